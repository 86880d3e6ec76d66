#include <future>

#include "services/client_record/app/fixture_test.h"

namespace stillpoint::client_record::app {
namespace {

class ClientsTest : public RecordsTest {
 protected:
  absl::StatusOr<std::string> Rename(const std::string& etag, const std::string& name) {
    const Caller caller = Desk("ClientService.UpdateClient");
    return UpdateClient(records_).Run(
        caller, Key(caller, ""), "zoe", etag,
        [&](domain::Person& person) { person.given_name = name; },
        [](const domain::Client& client) { return EtagOf(client.version); });
  }
  size_t Found(ports::Lookup lookup, const std::string& value,
               const std::string& organization = "o") {
    const Caller caller = By("organizations/o/desk", "ClientService.FindClients", organization);
    return FindClients(records_).Run(caller, lookup, value).value().size();
  }
};

TEST_P(ClientsTest, ReturnsWhatWasStoredAndAuditsBoth) {
  ASSERT_EQ(Add("zoe").value(), "zoe");
  const auto client = GetClient(records_).Run(Desk("ClientService.GetClient"), "zoe");
  ASSERT_TRUE(client.ok()) << client.status();
  EXPECT_EQ(client->person.phone, "+17805550199");
  EXPECT_EQ(client->person.region_code, "CA");
  ASSERT_EQ(client->consents.size(), 1u);
  EXPECT_TRUE(domain::Allows(client->consents, domain::ConsentKind::kEmail));
  EXPECT_FALSE(domain::Allows(client->consents, domain::ConsentKind::kSms));

  const auto entries = ListAuditEntries(records_).Run(Desk("x"), "zoe", 1000, 10).value();
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].method, "ClientService.GetClient");
  EXPECT_EQ(entries[1].method, "ClientService.CreateClient");
  EXPECT_EQ(entries[0].subject, "organizations/o/desk");
}

TEST_P(ClientsTest, RefusesASecondClientWithTheSameId) {
  ASSERT_TRUE(Add("zoe").ok());
  EXPECT_EQ(ReasonOf(Add("zoe").status()), "CLIENT_EXISTS");
}

TEST_P(ClientsTest, FindsByKeyedIndexInItsOwnOrganizationOnly) {
  ASSERT_TRUE(Add("zoe").ok());
  const Caller other = By("organizations/p/desk", "ClientService.CreateClient", "p");
  ASSERT_TRUE(CreateClient(records_, ids_)
                  .Run(other, Key(other, ""), Zoe(), [](const auto&) { return "p"; })
                  .ok());
  EXPECT_EQ(Found(ports::Lookup::kPhone, "+17805550199"), 1u);
  EXPECT_EQ(Found(ports::Lookup::kEmail, "zoe.canary@example.org"), 1u);
  const std::string name = ports::NameKey("zoë canaryfirst", "CANARY-LAST", "1984-02-29");
  EXPECT_EQ(Found(ports::Lookup::kNameAndBirthDate, name), 1u);
  EXPECT_EQ(Found(ports::Lookup::kEmail, "+17805550199"), 0u);
  EXPECT_EQ(Found(ports::Lookup::kPhone, "+17805550199", "nobody"), 0u);
  // The same value has different digests in two organizations.
  EXPECT_EQ(Count("SELECT count(DISTINCT digest) FROM client_index"), 6);
}

TEST_P(ClientsTest, AForeignOrganizationSeesNothing) {
  ASSERT_TRUE(Add("zoe").ok());
  for (const char* organization : {"p", "nobody"}) {
    const Caller caller = By("organizations/p/desk", "ClientService.GetClient", organization);
    EXPECT_EQ(ReasonOf(GetClient(records_).Run(caller, "zoe").status()), "NOT_FOUND");
  }
}

TEST_P(ClientsTest, AStaleEtagIsRefusedWithTheCurrentOne) {
  ASSERT_TRUE(Add("zoe").ok());
  EXPECT_EQ(Rename("v1", "Zoé").value(), "v2");
  const absl::Status stale = Rename("v1", "Other").status();
  EXPECT_EQ(stale.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(ReasonOf(stale), "ETAG_MISMATCH");
  EXPECT_EQ(MetadataOf(stale).at("etag"), "v2");
}

TEST_P(ClientsTest, ARefusalThatTellsOfTheClientIsAudited) {
  ASSERT_TRUE(Add("zoe").ok());
  EXPECT_EQ(ReasonOf(Rename("v9", "Other").status()), "ETAG_MISMATCH");
  EXPECT_EQ(ReasonOf(Rename("v1", "").status()), "INVALID_FIELD");
  EXPECT_EQ(ReasonOf(Add("zoe").status()), "CLIENT_EXISTS");
  const auto entries = ListAuditEntries(records_).Run(Desk("x"), "zoe", 1000, 10).value();
  ASSERT_EQ(entries.size(), 4u);
  EXPECT_EQ(entries[0].method, "ClientService.CreateClient");
  EXPECT_EQ(entries[1].method, "ClientService.UpdateClient");
  EXPECT_EQ(entries[2].method, "ClientService.UpdateClient");
  // What does not exist is nobody's record.
  EXPECT_EQ(ReasonOf(GetClient(records_).Run(Desk("x"), "nobody").status()), "NOT_FOUND");
  EXPECT_EQ(Count("SELECT count(*) FROM audit_entries"), 4);
  EXPECT_EQ(Count("SELECT version FROM clients"), 1);
}

TEST_P(ClientsTest, OfManyEditorsWithOneEtagExactlyOneWins) {
  ASSERT_TRUE(Add("zoe").ok());
  std::vector<std::future<bool>> editors;
  for (int i = 0; i < 8; ++i) {
    editors.push_back(std::async(
        std::launch::async, [&, i] { return Rename("v1", "Zoe" + std::string(i, 'x')).ok(); }));
  }
  int won = 0;
  for (auto& editor : editors) won += editor.get() ? 1 : 0;
  EXPECT_EQ(won, 1);
  EXPECT_EQ(Count("SELECT version FROM clients"), 2);
}

TEST_P(ClientsTest, ConsentsKeepTheirHistoryAndTheNewestCounts) {
  ASSERT_TRUE(Add("zoe").ok());
  const Caller caller = Desk("ConsentService.SetConsent");
  const domain::Consent stop{
      domain::ConsentKind::kEmail, false, domain::ConsentSource::kMessage, {}, ""};
  ASSERT_TRUE(SetConsent(records_)
                  .Run(caller, Key(caller, ""), "zoe", stop, [](const auto&) { return ""; })
                  .ok());
  EXPECT_EQ(ListConsents(records_).Run(Desk("x"), "zoe").value().size(), 2u);
  EXPECT_FALSE(domain::Allows(GetClient(records_).Run(Desk("x"), "zoe").value().consents,
                              domain::ConsentKind::kEmail));
}

TEST_P(ClientsTest, ListsInPages) {
  for (const char* id : {"a", "b", "c"}) ASSERT_TRUE(Add(id).ok());
  const auto first = ListClients(records_).Run(Desk("x"), "", 2).value();
  ASSERT_EQ(first.size(), 2u);
  const auto rest = ListClients(records_).Run(Desk("x"), first.back().id, 2).value();
  ASSERT_EQ(rest.size(), 1u);
  EXPECT_EQ(rest[0].id, "c");
}

INSTANTIATE_TEST_SUITE_P(Engines, ClientsTest,
                         ::testing::ValuesIn(stillpoint::testing::AllEngines()), EngineOf);

}  // namespace
}  // namespace stillpoint::client_record::app

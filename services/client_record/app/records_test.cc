// The audit chain, the replay, and what a thief of the tables would see.
#include "services/client_record/app/records.h"

#include "services/client_record/app/fixture_test.h"

namespace stillpoint::client_record::app {
namespace {

using AuditTest = RecordsTest;

TEST_P(AuditTest, AReplayIsTheSameBytesAndHappensOnce) {
  ASSERT_TRUE(Add("zoe").ok());
  const auto first = Submit("zoe", {{"allergies", {"Canarynuts"}}}, "r1");
  ASSERT_TRUE(first.ok()) << first.status();
  for (int i = 0; i < 100; ++i) EXPECT_EQ(Submit("zoe", {}, "r1").value(), *first);
  EXPECT_EQ(Count("SELECT count(*) FROM intakes"), 1);
  // Each of them gave data away, so each was audited.
  EXPECT_EQ(Count("SELECT count(*) FROM audit_entries"), 102);

  const Caller caller = Desk("IntakeService.SubmitIntake");
  const auto other =
      SubmitIntake(records_, content_, ids_)
          .Run(caller, Key(caller, "r1", "other payload"), {"zoe", 1, Healthy(), "", {}},
               [](const auto&, const auto&) { return ""; });
  EXPECT_EQ(other.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReasonOf(other.status()), "IDEMPOTENCY_KEY_REUSED");
}

TEST_P(AuditTest, NoEntryNoAnswer) {
  ASSERT_TRUE(Add("zoe").ok());
  ASSERT_TRUE(Raw("ALTER TABLE audit_entries RENAME TO audit_gone").ok());
  domain::Client seen;
  const auto client = GetClient(records_).Run(Desk("ClientService.GetClient"), "zoe");
  EXPECT_EQ(client.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ReasonOf(client.status()), "AUDIT_UNAVAILABLE");
  EXPECT_EQ(Clearance("zoe"), "AUDIT_UNAVAILABLE");
  EXPECT_EQ(ReasonOf(Submit("zoe", {}).status()), "AUDIT_UNAVAILABLE");
  EXPECT_EQ(Count("SELECT count(*) FROM intakes"), 0);
}

TEST_P(AuditTest, AWholeChainIsIntact) {
  for (const char* id : {"a", "b", "c", "d"}) ASSERT_TRUE(Add(id).ok());
  EXPECT_EQ(Verify().first_bad_sequence, 0);
  EXPECT_EQ(Verify().good_entries, 4);
}

TEST_P(AuditTest, TamperingIsNamedByItsFirstSequence) {
  for (const char* id : {"a", "b", "c", "d"}) ASSERT_TRUE(Add(id).ok());
  struct Tamper {
    const char* statement;
    const char* undo;
    int64_t want;
  };
  const Tamper corpus[] = {
      {"UPDATE audit_entries SET subject = 'x' WHERE sequence = 2",
       "UPDATE audit_entries SET subject = 'organizations/o/desk' WHERE sequence = 2", 2},
      {"UPDATE audit_entries SET client = 'b' WHERE sequence = 1",
       "UPDATE audit_entries SET client = 'a' WHERE sequence = 1", 1},
      {"UPDATE audit_entries SET time_us = time_us + 1 WHERE sequence = 4",
       "UPDATE audit_entries SET time_us = time_us - 1 WHERE sequence = 4", 4},
      {"UPDATE audit_entries SET sequence = 9 WHERE sequence = 3",
       "UPDATE audit_entries SET sequence = 3 WHERE sequence = 9", 3},
      {"UPDATE audit_heads SET sequence = 3", "UPDATE audit_heads SET sequence = 4", 5},
      {"INSERT INTO audit_entries SELECT organization, 5, time_us, subject, method, client, hash"
       " FROM audit_entries WHERE sequence = 4",
       "DELETE FROM audit_entries WHERE sequence = 5", 5},
      {"DELETE FROM audit_entries WHERE sequence = 4", "", 4},
      {"DELETE FROM audit_entries WHERE sequence = 2", "", 2},
      {"DELETE FROM audit_entries WHERE sequence = 1", "", 1},
      {"DELETE FROM audit_entries", "", 1},
      {"DELETE FROM audit_heads", "", 1},
  };
  for (const Tamper& tamper : corpus) {
    ASSERT_TRUE(Raw(tamper.statement).ok()) << tamper.statement;
    EXPECT_EQ(Verify().first_bad_sequence, tamper.want) << tamper.statement;
    if (*tamper.undo == '\0') continue;
    ASSERT_TRUE(Raw(tamper.undo).ok());
    ASSERT_EQ(Verify().first_bad_sequence, 0) << tamper.undo;
  }
}

TEST_P(AuditTest, NothingReadableIsStored) {
  ASSERT_TRUE(Add("zoe", "r1").ok());
  const Caller caller = Desk("ClientService.UpdateClient");
  ASSERT_TRUE(
      UpdateClient(records_)
          .Run(
              caller, Key(caller, "r2"), "zoe", "v1",
              [](domain::Person& person) { person.guardian.display_name = "Canaryguard"; },
              [](const domain::Client& client) { return client.person.guardian.display_name; })
          .ok());
  ASSERT_TRUE(Submit("zoe", {{"allergies", {"Canarynuts"}}, {"aneurysm", {"yes"}}}, "r3").ok());
  // Every value of every table, as the engine shows it.
  const char* tables[] = {"organization_keys", "clients",       "client_index",
                          "consents",          "intakes",       "idempotency",
                          "audit_heads",       "audit_entries", "session_notes",
                          "note_addenda",      "signing_keys",  "physician_clearances"};
  std::string dump;
  for (const char* table : tables) {
    const absl::Status read =
        stillpoint::testing::Unguarded(*database_)
            .Read(sql::AllOrganizations(), Deadline::After(absl::Seconds(10)),
                  [&](sql::Transaction& tx) -> absl::Status {
                    const auto rows = tx.Query("SELECT * FROM " + std::string(table));
                    if (!rows.ok()) return rows.status();
                    for (const sql::Row& row : *rows) {
                      for (const sql::Value& value : row) {
                        if (const auto* text = std::get_if<std::string>(&value.variant()))
                          dump += *text + "\n";
                        if (const auto* blob = std::get_if<sql::Blob>(&value.variant()))
                          dump += blob->bytes + "\n";
                      }
                    }
                    return absl::OkStatus();
                  });
    ASSERT_TRUE(read.ok()) << table << read;
  }
  EXPECT_NE(dump.find("organizations/o/desk"), std::string::npos);  // The dump is one.
  for (const char* canary : {"anary", "7805550199", "1984-02", "aneurysm", "example.org"}) {
    EXPECT_EQ(dump.find(canary), std::string::npos) << canary;
  }
}

TEST_P(AuditTest, ASealedValueOpensOnlyInItsPlaceAndWithItsSecret) {
  ASSERT_TRUE(Add("zoe").ok());
  ASSERT_TRUE(Add("yan").ok());
  const ports::KeyRing other_ring(crypto::Key::Random());
  EXPECT_EQ(
      ReasonOf(GetClient(Records(*database_, other_ring, care_)).Run(Desk("x"), "zoe").status()),
      "SEAL_BROKEN");
  ASSERT_TRUE(Raw("UPDATE clients SET sealed = (SELECT sealed FROM clients WHERE client = 'yan'),"
                  " wrapped_key = (SELECT wrapped_key FROM clients WHERE client = 'yan')"
                  " WHERE client = 'zoe'")
                  .ok());
  EXPECT_EQ(ReasonOf(GetClient(records_).Run(Desk("x"), "zoe").status()), "SEAL_BROKEN");
  EXPECT_TRUE(GetClient(records_).Run(Desk("x"), "yan").ok());
}

INSTANTIATE_TEST_SUITE_P(Engines, AuditTest, ::testing::ValuesIn(stillpoint::testing::AllEngines()),
                         EngineOf);

}  // namespace
}  // namespace stillpoint::client_record::app

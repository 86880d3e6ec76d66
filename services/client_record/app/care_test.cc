// Who sees which record: what a practitioner and a client proxy reach.
#include "services/client_record/app/fixture_test.h"

namespace stillpoint::client_record::app {
namespace {

constexpr char kAnn[] = "organizations/o/practitioners/ann";
constexpr char kBob[] = "organizations/o/practitioners/bob";

class CareTest : public RecordsTest {
 protected:
  // A practitioner's call about one client's record.
  Caller Treating(const std::string& subject, const std::string& client) {
    Caller caller = By(subject, "ClientService.GetClient");
    caller.reach.practitioner = subject.substr(subject.rfind('/') + 1);
    caller.client = client;
    return caller;
  }
  std::string Get(const Caller& caller) {
    return std::string(ReasonOf(GetClient(records_).Run(caller, caller.client).status()));
  }
  std::string Consent(const Caller& caller, bool granted) {
    return std::string(ReasonOf(
        SetConsent(records_)
            .Run(caller, Key(caller, ""), "zoe",
                 {domain::ConsentKind::kSharing, granted, domain::ConsentSource::kInPerson, {}, ""},
                 [](const auto&) { return "done"; })
            .status()));
  }
  int64_t Entries(const std::string& subject) {
    return Count("SELECT count(*) FROM audit_entries WHERE subject = '" + subject + "'");
  }
};

TEST_P(CareTest, AVisitOpensTheRecordToWhoGivesIt) {
  ASSERT_TRUE(Add("zoe").ok());
  EXPECT_EQ(Get(Treating(kAnn, "zoe")), "NOT_FOUND");
  care_.visits = {"o/ann/zoe"};
  EXPECT_EQ(Get(Treating(kAnn, "zoe")), "");
  EXPECT_EQ(Get(Treating(kBob, "zoe")), "NOT_FOUND");
  care_.visits = {"p/ann/zoe", "o/ann/max"};
  EXPECT_EQ(Get(Treating(kAnn, "zoe")), "NOT_FOUND");
}

TEST_P(CareTest, ForbiddenAndMissingAreAnsweredAndAuditedAlike) {
  ASSERT_TRUE(Add("zoe").ok());
  const Caller forbidden = Treating(kBob, "zoe");
  const Caller missing = Treating(kBob, "nobody");
  EXPECT_EQ(GetClient(records_).Run(forbidden, "zoe").status(),
            GetClient(records_).Run(missing, "nobody").status());
  EXPECT_EQ(Entries(kBob), 2);
  EXPECT_EQ(Consent(forbidden, true), "NOT_FOUND");
  EXPECT_EQ(Entries(kBob), 3);
  EXPECT_EQ(Count("SELECT count(*) FROM consents WHERE kind = 5"), 0);
  EXPECT_EQ(Verify().first_bad_sequence, 0);
}

TEST_P(CareTest, ConsentSharesTheRecordUntilItIsWithdrawn) {
  ASSERT_TRUE(Add("zoe").ok());
  const Caller desk = Desk("ConsentService.SetConsent");
  ASSERT_EQ(Consent(desk, true), "");
  EXPECT_EQ(Get(Treating(kBob, "zoe")), "");
  ASSERT_EQ(Consent(desk, false), "");
  EXPECT_EQ(Get(Treating(kBob, "zoe")), "NOT_FOUND");
}

TEST_P(CareTest, WhoWroteInARecordStillSeesItWhenTheVisitIsGone) {
  ASSERT_TRUE(Add("zoe").ok());
  care_.visits = {"o/ann/zoe"};
  const Caller ann = Treating(kAnn, "zoe");
  domain::SessionNote draft;
  draft.client = "zoe";
  draft.modality = domain::Modality::kCraniosacral;
  draft.start = clock_.TimeNow() - absl::Hours(1);
  draft.end = clock_.TimeNow();
  draft.content_json = "{}";
  const auto made = CreateDraft(records_, ids_).Run(ann, Key(ann, ""), draft, [](const auto& note) {
    return note.id;
  });
  ASSERT_TRUE(made.ok()) << made.status();
  care_.visits.clear();
  EXPECT_EQ(Get(ann), "");
  EXPECT_EQ(Get(Treating(kBob, "zoe")), "NOT_FOUND");
}

TEST_P(CareTest, WhenTheBookingsAreSilentOnlyTheRecordDecides) {
  ASSERT_TRUE(Add("zoe").ok());
  care_.error = Error(absl::StatusCode::kUnavailable, "CARE_UNAVAILABLE", "down");
  EXPECT_EQ(Get(Treating(kAnn, "zoe")), "CARE_UNAVAILABLE");
  Caller desk = Desk("ClientService.GetClient");  // Asks nobody.
  desk.client = "zoe";
  EXPECT_EQ(Get(desk), "");
  ASSERT_EQ(Consent(Desk("ConsentService.SetConsent"), true), "");
  EXPECT_EQ(Get(Treating(kAnn, "zoe")), "");
}

TEST_P(CareTest, AProxySpeaksForOneClient) {
  ASSERT_TRUE(Add("zoe").ok());
  ASSERT_TRUE(Add("max").ok());
  Caller proxy = By("proxies/parent", "ClientService.GetClient");
  proxy.reach.client = proxy.client = "zoe";
  EXPECT_EQ(Get(proxy), "");
  for (const char* other : {"max", "nobody"}) {
    proxy.client = other;
    EXPECT_EQ(Get(proxy), "NOT_FOUND") << other;
  }
}

INSTANTIATE_TEST_SUITE_P(Engines, CareTest, ::testing::ValuesIn(stillpoint::testing::AllEngines()),
                         EngineOf);

}  // namespace
}  // namespace stillpoint::client_record::app

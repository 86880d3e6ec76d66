#include "services/client_record/app/screening.h"

#include <future>

#include "services/client_record/app/fixture_test.h"

namespace stillpoint::client_record::app {
namespace {

class ScreeningTest : public RecordsTest {
 protected:
  ScreeningTest() { EXPECT_TRUE(Add("zoe").ok()); }

  absl::StatusOr<std::string> Attach(const std::string& rule, const std::string& document_date,
                                     absl::Duration valid) {
    const Caller caller = Desk("ScreeningService.AttachPhysicianClearance");
    domain::PhysicianClearance document;
    document.rule = rule;
    document.issuer = "Dr Canarydoc";
    document.document_date = document_date;
    document.scope = "Light touch is fine.";
    document.expires = clock_.TimeNow() + valid;
    return AttachPhysicianClearance(records_, content_, ids_)
        .Run(caller, Key(caller, ""), "zoe", document,
             [](const auto& attached) { return attached.id; });
  }
};

TEST_P(ScreeningTest, WithoutAnIntakeOneIsRequired) {
  EXPECT_EQ(Clearance("zoe"), "INTAKE_REQUIRED");
}

TEST_P(ScreeningTest, AHealthyClientIsClearedAndABlankIsNot) {
  ASSERT_TRUE(Submit("zoe", {}).ok());
  EXPECT_EQ(Clearance("zoe"), "");
  clock_.Advance(absl::Hours(25));
  ASSERT_TRUE(Submit("zoe", {{"aneurysm", {" "}}}).ok());
  EXPECT_EQ(Clearance("zoe"), "ANSWER_MISSING");
}

TEST_P(ScreeningTest, AnAbsoluteRuleBlocksAndNoDocumentHelps) {
  ASSERT_TRUE(Submit("zoe", {{"skull_fracture", {"yes"}}, {"skull_fracture_healed", {"no"}}}).ok());
  EXPECT_EQ(Clearance("zoe"), "CONTRAINDICATION_ABSOLUTE");
  ASSERT_TRUE(Attach("skull_fracture", "2027-03-08", absl::Hours(24)).ok());
  EXPECT_EQ(Clearance("zoe"), "CONTRAINDICATION_ABSOLUTE");
  EXPECT_EQ(ReasonOf(Attach("aneurysm", "2027-03-08", absl::Hours(24)).status()),
            "CLEARANCE_NOT_POSSIBLE");
}

TEST_P(ScreeningTest, ADocumentUnblocksUntilItExpires) {
  ASSERT_TRUE(Submit("zoe", {{"anticoagulants", {"yes"}}}).ok());
  EXPECT_EQ(Clearance("zoe"), "CLEARANCE_REQUIRED");
  ASSERT_TRUE(Attach("anticoagulants", "2027-03-01", absl::Hours(48)).ok());
  EXPECT_EQ(Clearance("zoe"), "");
  EXPECT_EQ(Clearance("zoe", domain::Modality::kSwedish, absl::Hours(48)), "CLEARANCE_REQUIRED");
  clock_.Advance(absl::Hours(48));
  EXPECT_EQ(Clearance("zoe"), "CLEARANCE_REQUIRED");
}

TEST_P(ScreeningTest, ADocumentHasToBeInOrder) {
  const auto reason = [&](const char* rule, const char* date, absl::Duration valid) {
    return FieldsOf(Attach(rule, date, valid).status()).begin()->first;
  };
  EXPECT_EQ(reason("nonsense", "2027-03-01", absl::Hours(1)), "physician_clearance.rule");
  EXPECT_EQ(reason("chiari", "2027-3-1", absl::Hours(1)), "physician_clearance.document_date");
  EXPECT_EQ(reason("chiari", "2027-03-10", absl::Hours(1)), "physician_clearance.document_date");
  EXPECT_EQ(reason("chiari", "2027-03-01", absl::ZeroDuration()),
            "physician_clearance.expire_time");
  EXPECT_EQ(reason("chiari", "2027-03-01", absl::Hours(24 * 400)),
            "physician_clearance.expire_time");
}

TEST_P(ScreeningTest, ConcurrentIntakesAreBothKeptAndTheStricterCountsUntilReviewed) {
  auto kiosk = std::async(std::launch::async, [&] {
    return Submit("zoe", {{"aneurysm", {"yes"}}});
  });
  auto phone = std::async(std::launch::async, [&] { return Submit("zoe", {}); });
  const std::string one = kiosk.get().value(), two = phone.get().value();
  EXPECT_EQ(Count("SELECT count(*) FROM intakes"), 2);
  EXPECT_EQ(Count("SELECT max(revision) FROM intakes"), 2);
  // Whichever came second is flagged.
  EXPECT_EQ(Count("SELECT sum(conflict) FROM intakes"), 1);
  EXPECT_EQ(Clearance("zoe"), "CONTRAINDICATION_ABSOLUTE");

  const bool phone_is_newest = two.find("conflict=1") != std::string::npos;
  const std::string newest = (phone_is_newest ? two : one).substr(0, two.find(' '));
  const std::string older = (phone_is_newest ? one : two).substr(0, one.find(' '));
  const Caller caller = Desk("IntakeService.ReviewIntake");
  const auto review = [&](const std::string& id) {
    return ReviewIntake(records_).Run(caller, Key(caller, ""), "zoe", id,
                                      [](const auto& intake, const auto&) { return intake.id; });
  };
  const int64_t audited = Count("SELECT count(*) FROM audit_entries");
  EXPECT_EQ(ReasonOf(review(older).status()), "INTAKE_SUPERSEDED");
  EXPECT_EQ(Count("SELECT count(*) FROM audit_entries"), audited + 1);
  ASSERT_TRUE(review(newest).ok());
  EXPECT_EQ(Clearance("zoe"), phone_is_newest ? "" : "CONTRAINDICATION_ABSOLUTE");
}

TEST_P(ScreeningTest, AnIntakeThatNamesItsPredecessorReplacesIt) {
  const std::string first = Submit("zoe", {{"fever_infection", {"yes"}}}).value();
  EXPECT_EQ(Clearance("zoe"), "CONTRAINDICATION_DEFERRED");
  const std::string id = first.substr(0, first.find(' '));
  EXPECT_THAT(Submit("zoe", {}, "", id).value(), ::testing::HasSubstr("conflict=0"));
  EXPECT_EQ(Clearance("zoe"), "");
  // One who had seen only the first, and comes third, conflicts.
  EXPECT_THAT(Submit("zoe", {}, "", id).value(), ::testing::HasSubstr("conflict=1"));
}

TEST_P(ScreeningTest, TooManyContradictionsAreARefusalThatIsAudited) {
  const std::string first = Submit("zoe", {}).value();
  const std::string id = first.substr(0, first.find(' '));
  for (int i = 0; i < 51; ++i) ASSERT_TRUE(Submit("zoe", {}, "", id).ok());
  const int64_t audited = Count("SELECT count(*) FROM audit_entries");
  EXPECT_EQ(Clearance("zoe"), "INTAKES_UNREVIEWED");
  EXPECT_EQ(Count("SELECT count(*) FROM audit_entries"), audited + 1);
  EXPECT_EQ(Clearance("nobody"), "NOT_FOUND");
  EXPECT_EQ(Count("SELECT count(*) FROM audit_entries"), audited + 1);
}

TEST_P(ScreeningTest, BadAnswersAreRefusedAndNothingIsWritten) {
  for (const domain::Answers& bad :
       {domain::Answers{{"nonsense", {"yes"}}}, domain::Answers{{"aneurysm", {"perhaps"}}},
        domain::Answers{{"aneurysm", {"yes", "no"}}},
        domain::Answers{{"concussion_date", {"2027-02-30"}}},
        domain::Answers{{"concern_severity", {"11"}}},
        domain::Answers{{"concern_severity", {"nan"}}}}) {
    EXPECT_EQ(ReasonOf(Submit("zoe", bad).status()), "INVALID_FIELD") << bad.begin()->first;
  }
  EXPECT_EQ(Count("SELECT count(*) FROM intakes"), 0);
  EXPECT_EQ(ReasonOf(Submit("nobody", {}).status()), "NOT_FOUND");
}

INSTANTIATE_TEST_SUITE_P(Engines, ScreeningTest,
                         ::testing::ValuesIn(stillpoint::testing::AllEngines()), EngineOf);

}  // namespace
}  // namespace stillpoint::client_record::app

// The seed content, rule by rule, at its boundaries.
#include "services/client_record/adapters/content.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "services/client_record/domain/dates.h"
#include "services/client_record/domain/screening.h"

namespace stillpoint::client_record {
namespace {

using domain::Answers;
using domain::Modality;

const domain::Content& Seed() {
  static const auto* content = new domain::Content(adapters::LoadContent().value());
  return *content;
}

absl::Time Noon(absl::string_view day) { return domain::BegunEverywhere(*domain::ParseDay(day)); }

// Every screening question that is always asked, answered with no.
Answers Healthy() {
  Answers answers;
  for (const domain::Question& question : Seed().newest().questions) {
    if (question.screening && question.asked_when_question.empty()) answers[question.id] = {"no"};
  }
  return answers;
}

Answers With(std::initializer_list<std::pair<const char*, const char*>> changes) {
  Answers answers = Healthy();
  for (const auto& [question, value] : changes) answers[question] = {value};
  return answers;
}

std::vector<domain::Finding> ScreenSeed(const Answers& answers, Modality modality, absl::Time at,
                                        std::vector<domain::CoveringDocument> documents = {}) {
  const std::vector<domain::CountedIntake> intakes = {
      {&Seed().newest(), answers, Noon("2027-03-01")}};
  return domain::Screen(Seed().rules, intakes, documents, modality, at);
}

// "RULE TIER" of the findings, in order.
std::vector<std::string> Names(const std::vector<domain::Finding>& findings) {
  static constexpr absl::string_view kTiers[] = {"ABSOLUTE", "CLEARANCE", "DEFER", "MODIFY"};
  std::vector<std::string> names;
  for (const domain::Finding& finding : findings) {
    names.push_back(absl::StrCat(finding.rule, " ", kTiers[static_cast<int>(finding.tier) - 1]));
  }
  return names;
}

struct Case {
  const char* name;
  std::vector<std::pair<const char*, const char*>> changes;
  const char* at;  // Day, at which it has begun everywhere.
  Modality modality;
  std::vector<std::string> want;
};

class SeedRulesTest : public ::testing::TestWithParam<Case> {};

TEST_P(SeedRulesTest, FindsWhatHolds) {
  Answers answers = Healthy();
  for (const auto& [question, value] : GetParam().changes) answers[question] = {value};
  ASSERT_TRUE(domain::CheckAnswers(Seed().newest(), answers).ok());
  EXPECT_EQ(Names(ScreenSeed(answers, GetParam().modality, Noon(GetParam().at))), GetParam().want);
}

constexpr char kDay[] = "2027-03-08";
constexpr auto kCst = Modality::kCraniosacral;

INSTANTIATE_TEST_SUITE_P(
    Seed, SeedRulesTest,
    ::testing::ValuesIn(std::vector<Case>{
        {"Healthy", {}, kDay, kCst, {}},
        {"StrokeInWindow",
         {{"stroke_haemorrhage", "yes"}, {"stroke_stable_since", "2026-09-09"}},
         kDay,
         kCst,
         {"stroke_haemorrhage ABSOLUTE"}},
        {"StrokeSixMonthsStable",
         {{"stroke_haemorrhage", "yes"}, {"stroke_stable_since", "2026-09-08"}},
         kDay,
         kCst,
         {"stroke_haemorrhage CLEARANCE"}},
        {"StrokeEndOfShortMonth",  // 31 August + 6 months: to the end of February.
         {{"stroke_haemorrhage", "yes"}, {"stroke_stable_since", "2026-08-31"}},
         "2027-02-28",
         kCst,
         {"stroke_haemorrhage ABSOLUTE"}},
        {"StrokeAfterShortMonth",
         {{"stroke_haemorrhage", "yes"}, {"stroke_stable_since", "2026-08-31"}},
         "2027-03-01",
         kCst,
         {"stroke_haemorrhage CLEARANCE"}},
        {"SubduralOpen",
         {{"subdural_haematoma", "yes"}, {"subdural_resolved", "no"}},
         kDay,
         kCst,
         {"subdural_haematoma ABSOLUTE"}},
        {"SubduralResolved",
         {{"subdural_haematoma", "yes"}, {"subdural_resolved", "yes"}},
         kDay,
         kCst,
         {"subdural_haematoma CLEARANCE"}},
        {"Aneurysm", {{"aneurysm", "yes"}}, kDay, kCst, {"aneurysm ABSOLUTE"}},
        {"SkullFracture",
         {{"skull_fracture", "yes"}, {"skull_fracture_healed", "no"}},
         kDay,
         kCst,
         {"skull_fracture ABSOLUTE"}},
        {"SkullFractureHealed",
         {{"skull_fracture", "yes"}, {"skull_fracture_healed", "yes"}},
         kDay,
         kCst,
         {"skull_fracture CLEARANCE"}},
        {"RaisedPressure", {{"raised_pressure", "yes"}}, kDay, kCst, {"raised_pressure ABSOLUTE"}},
        {"CsfLeak",
         {{"csf_leak", "yes"}, {"csf_leak_stable", "no"}},
         kDay,
         kCst,
         {"csf_leak ABSOLUTE"}},
        {"CsfLeakStable",
         {{"csf_leak", "yes"}, {"csf_leak_stable", "yes"}},
         kDay,
         kCst,
         {"csf_leak CLEARANCE"}},
        {"PunctureUnstable",
         {{"lumbar_puncture", "yes"},
          {"lumbar_puncture_stable", "no"},
          {"lumbar_puncture_date", "2026-04-01"}},
         kDay,
         kCst,
         {"lumbar_puncture ABSOLUTE"}},
        {"PunctureRecent",
         {{"lumbar_puncture", "yes"},
          {"lumbar_puncture_stable", "yes"},
          {"lumbar_puncture_date", "2026-12-09"}},
         kDay,
         kCst,
         {"lumbar_puncture CLEARANCE"}},
        {"PunctureNinetyDays",
         {{"lumbar_puncture", "yes"},
          {"lumbar_puncture_stable", "yes"},
          {"lumbar_puncture_date", "2026-12-08"}},
         kDay,
         kCst,
         {}},
        {"SurgeryRecent",
         {{"head_spine_surgery", "yes"}, {"head_spine_surgery_date", "2026-09-09"}},
         kDay,
         kCst,
         {"head_spine_surgery CLEARANCE"}},
        {"SurgeryOld",
         {{"head_spine_surgery", "yes"}, {"head_spine_surgery_date", "2026-09-08"}},
         kDay,
         kCst,
         {}},
        {"EpiduralRecent",
         {{"epidural", "yes"}, {"epidural_date", "2027-01-26"}},
         kDay,
         kCst,
         {"epidural CLEARANCE"}},
        {"EpiduralOld", {{"epidural", "yes"}, {"epidural_date", "2027-01-25"}}, kDay, kCst, {}},
        {"ConcussionAcute",
         {{"concussion", "yes"}, {"concussion_acute", "yes"}, {"concussion_date", "2026-01-01"}},
         kDay,
         kCst,
         {"concussion ABSOLUTE"}},
        {"ConcussionSixDays",
         {{"concussion", "yes"}, {"concussion_acute", "no"}, {"concussion_date", "2027-03-02"}},
         kDay,
         kCst,
         {"concussion ABSOLUTE"}},
        {"ConcussionSevenDays",
         {{"concussion", "yes"}, {"concussion_acute", "no"}, {"concussion_date", "2027-03-01"}},
         kDay,
         kCst,
         {"concussion CLEARANCE"}},
        {"Chiari", {{"chiari", "yes"}}, kDay, kCst, {"chiari CLEARANCE"}},
        {"Bleeding", {{"bleeding_disorder", "yes"}}, kDay, kCst, {"bleeding_disorder CLEARANCE"}},
        {"Anticoagulants", {{"anticoagulants", "yes"}}, kDay, kCst, {"anticoagulants CLEARANCE"}},
        {"Thrombosis",
         {{"deep_vein_thrombosis", "yes"}},
         kDay,
         kCst,
         {"deep_vein_thrombosis CLEARANCE"}},
        {"Epilepsy", {{"epilepsy", "yes"}}, kDay, kCst, {"epilepsy CLEARANCE"}},
        {"Tumour", {{"tumour", "yes"}}, kDay, kCst, {"tumour CLEARANCE"}},
        {"Crisis", {{"psychiatric_crisis", "yes"}}, kDay, kCst, {"psychiatric_crisis CLEARANCE"}},
        {"PregnancyHighRisk",
         {{"pregnant", "yes"}, {"pregnancy_high_risk", "yes"}},
         kDay,
         kCst,
         {"pregnancy_high_risk CLEARANCE"}},
        {"Pregnancy",
         {{"pregnant", "yes"}, {"pregnancy_high_risk", "no"}},
         kDay,
         kCst,
         {"pregnancy MODIFY"}},
        {"InfantWell",
         {{"infant", "yes"}, {"infant_complication", "no"}, {"infant_guardian_consent", "yes"}},
         kDay,
         Modality::kInfantCraniosacral,
         {}},
        {"InfantUnresolvedAndAlone",
         {{"infant", "yes"}, {"infant_complication", "yes"}, {"infant_guardian_consent", "no"}},
         kDay,
         Modality::kInfantCraniosacral,
         {"infant_complication CLEARANCE", "infant_guardian DEFER"}},
        {"Fever", {{"fever_infection", "yes"}}, kDay, kCst, {"fever_infection DEFER"}},
        {"Osteoporosis",
         {{"osteoporosis", "yes"}, {"osteoporosis_severe", "no"}},
         kDay,
         Modality::kDeepTissue,
         {"osteoporosis MODIFY"}},
        {"OsteoporosisSevereCst",
         {{"osteoporosis", "yes"}, {"osteoporosis_severe", "yes"}},
         kDay,
         kCst,
         {"osteoporosis MODIFY"}},
        {"OsteoporosisSevereMassage",
         {{"osteoporosis", "yes"}, {"osteoporosis_severe", "yes"}},
         kDay,
         Modality::kSwedish,
         {"osteoporosis CLEARANCE"}},
        {"OsteoporosisSevereCombined",
         {{"osteoporosis", "yes"}, {"osteoporosis_severe", "yes"}},
         kDay,
         Modality::kCombined,
         {"osteoporosis CLEARANCE"}},
        {"TouchTrauma", {{"touch_trauma", "yes"}}, kDay, kCst, {"touch_trauma MODIFY"}},
        {"StrictestFirst",
         {{"touch_trauma", "yes"}, {"fever_infection", "yes"}, {"aneurysm", "yes"}},
         kDay,
         kCst,
         {"aneurysm ABSOLUTE", "fever_infection DEFER", "touch_trauma MODIFY"}},
        {"IntakeLastDay", {}, "2028-02-28", kCst, {}},
        {"IntakeTooOld", {}, "2028-02-29", kCst, {"intake_expired DEFER"}},
    }),
    [](const auto& one) { return std::string(one.param.name); });

TEST(SeedContentTest, EveryRuleHasACase) { EXPECT_EQ(Seed().rules.rules.size(), 24u); }

TEST(SeedContentTest, EveryBlankScreeningQuestionBlocks) {
  for (const domain::Question& question : Seed().newest().questions) {
    if (!question.screening || !question.asked_when_question.empty()) continue;
    Answers answers = Healthy();
    answers.erase(question.id);
    const auto findings = ScreenSeed(answers, kCst, Noon(kDay));
    ASSERT_EQ(findings.size(), 1u) << question.id;
    EXPECT_EQ(findings[0].rule, domain::kAnswerMissing);
    EXPECT_EQ(findings[0].reason, "ANSWER_MISSING");
    EXPECT_EQ(findings[0].question, question.id);
    EXPECT_TRUE(findings[0].blocking);
  }
}

TEST(SeedContentTest, ABlankFollowUpBlocksAndCountsAsTheWorst) {
  // Said to have had a concussion, but not when, nor whether it is acute.
  const auto findings = ScreenSeed(With({{"concussion", "yes"}}), kCst, Noon(kDay));
  EXPECT_THAT(Names(findings), ::testing::ElementsAre("concussion ABSOLUTE", "answer_missing DEFER",
                                                      "answer_missing DEFER"));
}

TEST(SeedContentTest, ADocumentCoversOnlyClearanceUntilItExpires) {
  const absl::Time expires = Noon("2027-04-01");
  const Answers answers = With({{"anticoagulants", "yes"}});
  const std::vector<domain::CoveringDocument> document = {{"anticoagulants", {}, expires}};
  auto findings = ScreenSeed(answers, kCst, expires - absl::Microseconds(1), document);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_FALSE(findings[0].blocking);
  EXPECT_EQ(findings[0].until, expires);
  findings = ScreenSeed(answers, kCst, expires, document);
  EXPECT_EQ(findings[0].reason, "CLEARANCE_REQUIRED");

  // Not another rule, not another modality, and never an absolute one.
  EXPECT_TRUE(ScreenSeed(With({{"chiari", "yes"}}), kCst, Noon(kDay), document)[0].blocking);
  const std::vector<domain::CoveringDocument> swedish = {
      {"anticoagulants", {Modality::kSwedish}, expires}};
  EXPECT_TRUE(ScreenSeed(answers, kCst, Noon(kDay), swedish)[0].blocking);
  EXPECT_FALSE(ScreenSeed(answers, Modality::kSwedish, Noon(kDay), swedish)[0].blocking);
  const std::vector<domain::CoveringDocument> absolute = {{"aneurysm", {}, expires}};
  EXPECT_TRUE(ScreenSeed(With({{"aneurysm", "yes"}}), kCst, Noon(kDay), absolute)[0].blocking);
}

TEST(SeedContentTest, NoIntakeAtAllAsksForOne) {
  const auto findings = domain::Screen(Seed().rules, {}, {}, kCst, Noon(kDay));
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].reason, "INTAKE_REQUIRED");
}

TEST(SeedContentTest, AnOlderVersionThatDidNotAskIsNotANo) {
  domain::Questionnaire old = Seed().newest();
  old.questions.erase(
      std::remove_if(old.questions.begin(), old.questions.end(),
                     [](const auto& question) { return question.id == "aneurysm"; }),
      old.questions.end());
  Answers answers = Healthy();
  answers.erase("aneurysm");
  const auto findings =
      domain::Screen(Seed().rules, {{&old, answers, Noon("2027-03-01")}}, {}, kCst, Noon(kDay));
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].question, "aneurysm");
}

TEST(SeedContentTest, BadContentIsRefused) {
  const auto rules = [](const char* rule) {
    return domain::ParseRules(
               absl::StrCat(R"({"version":1,"intake_valid_days":365,"rules":[)", rule, "]}"),
               Seed().newest())
        .status();
  };
  const auto rule = [](const char* question, const char* code, const char* stages) {
    return absl::StrCat(R"({"id":"x","version":1,"practitioner_text":"p","client_text":"c",)",
                        R"("match":[{"question":")", question, R"(","is":[")", code,
                        R"("]}],"stages":[)", stages, "]}");
  };
  const char* defer = R"({"tier":"DEFER"})";
  EXPECT_TRUE(rules("").ok());
  EXPECT_TRUE(rules(rule("chiari", "yes", defer).c_str()).ok());
  const std::vector<std::string> bad = {
      "{}",
      rule("nope", "yes", defer),
      rule("chiari", "maybe", defer),
      rule("chiari", "yes", ""),
      rule("chiari", "yes", R"({"tier":"CLEARANCE"})"),  // Names no document.
      R"({"id":3,"version":"1"})"};
  for (const std::string& text : bad) EXPECT_FALSE(rules(text.c_str()).ok()) << text;
}

}  // namespace
}  // namespace stillpoint::client_record

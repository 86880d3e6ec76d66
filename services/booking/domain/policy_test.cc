#include "services/booking/domain/policy.h"

#include <gtest/gtest.h>

#include <functional>

#include "common/error/error.h"
#include "services/booking/domain/start_bounds.h"

namespace stillpoint::booking::domain {
namespace {

absl::TimeZone Zone(const char* name) {
  absl::TimeZone zone;
  EXPECT_TRUE(absl::LoadTimeZone(name, &zone));
  return zone;
}

absl::Time Utc(const char* text) {
  absl::Time time;
  std::string error;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, text, &time, &error)) << error;
  return time;
}

// The night of 2027-03-13 has 23 hours in Toronto.
TEST(LeadTimeTest, MinutesAreElapsedTime) {
  const LeadTime day{.minutes = 24 * 60};
  const absl::TimeZone toronto = Zone("America/Toronto");
  const absl::Time now = Utc("2027-03-13T18:00:00Z");
  EXPECT_EQ(day.EarliestStart(now, toronto), Utc("2027-03-14T18:00:00Z"));
  // 13:00 on the wall of both days is 23 hours away.
  EXPECT_LT(Utc("2027-03-14T17:00:00Z"), day.EarliestStart(now, toronto));
}

struct Cutoff {
  const char* name;
  const char* zone;
  int minute;
  const char* now;
  const char* first;  // Start of the first date in time.
};

class DayBeforeTest : public ::testing::TestWithParam<Cutoff> {};

TEST_P(DayBeforeTest, Scenario12IsJudgedOnTheWallOfTheClinic) {
  const LeadTime lead{.day_before_minute = GetParam().minute};
  EXPECT_EQ(lead.EarliestStart(Utc(GetParam().now), Zone(GetParam().zone)), Utc(GetParam().first));
}

const Cutoff kCutoffs[] = {
    {"BeforeSix", "America/Toronto", 1080, "2027-06-07T21:59:59Z", "2027-06-08T04:00:00Z"},
    {"AtSix", "America/Toronto", 1080, "2027-06-07T22:00:00Z", "2027-06-09T04:00:00Z"},
    {"SixInMoncton", "America/Moncton", 1080, "2027-06-07T21:00:00Z", "2027-06-09T03:00:00Z"},
    {"EveOfSpring", "America/Toronto", 1080, "2027-03-13T22:59:00Z", "2027-03-14T05:00:00Z"},
    {"OnTheDayOfSpring", "America/Toronto", 1080, "2027-03-14T21:59:00Z", "2027-03-15T04:00:00Z"},
    {"SixOnTheDayOfSpring", "America/Toronto", 1080, "2027-03-14T22:00:00Z",
     "2027-03-16T04:00:00Z"},
    {"UntilMidnight", "America/Toronto", 1440, "2027-06-08T03:59:59Z", "2027-06-08T04:00:00Z"},
    // Midnight itself is skipped: the date begins at 01:00.
    {"NoMidnight", "America/Havana", 1440, "2027-03-13T12:00:00Z", "2027-03-14T05:00:00Z"},
    // 02:30 does not exist that day and is 03:30.
    {"SkippedCutoff", "America/Toronto", 150, "2027-03-14T07:29:00Z", "2027-03-15T04:00:00Z"},
    {"AfterSkippedCutoff", "America/Toronto", 150, "2027-03-14T07:30:00Z", "2027-03-16T04:00:00Z"},
    // 01:30 happens twice: the first one counts.
    {"RepeatedCutoff", "America/Toronto", 90, "2027-11-07T05:30:00Z", "2027-11-09T05:00:00Z"},
};
INSTANTIATE_TEST_SUITE_P(Zones, DayBeforeTest, ::testing::ValuesIn(kCutoffs),
                         [](const auto& each) { return std::string(each.param.name); });

TEST(LeadTimeTest, OfTwoRulesTheStricterCounts) {
  const absl::TimeZone toronto = Zone("America/Toronto");
  const LeadTime both{.minutes = 48 * 60, .day_before_minute = 1080};
  EXPECT_EQ(both.EarliestStart(Utc("2027-06-07T21:59:00Z"), toronto), Utc("2027-06-09T21:59:00Z"));
  const LeadTime short_one{.minutes = 60, .day_before_minute = 1080};
  EXPECT_EQ(short_one.EarliestStart(Utc("2027-06-07T22:00:00Z"), toronto),
            Utc("2027-06-09T04:00:00Z"));
}

// A clinic `c` and one offering with a notice of an hour and a horizon of ten days.
struct World {
  World() {
    clinic.id = "c";
    clinic.zone = Zone("America/Toronto");
    offering.notice_minutes = 60;
    offering.horizon_days = 10;
  }
  std::string Refusal(absl::Time start) const {
    const absl::Status status = CheckLeadTime(catalogue, clinic, offering, start, now);
    if (status.ok()) return "";
    auto metadata = MetadataOf(status);
    return std::string(ReasonOf(status)) + " " + metadata["rule"] + " " + metadata["limit"];
  }
  Clinic clinic;
  Offering offering;
  Catalogue catalogue;
  absl::Time now = Utc("2027-06-07T12:00:00Z");  // 08:00 in Toronto.
};

TEST(StartBoundsTest, NamesTheStricterRule) {
  World world;
  const absl::Time soon = world.now + absl::Minutes(59);
  EXPECT_EQ(world.Refusal(soon), "NOTICE_TOO_SHORT offering 2027-06-07T13:00:00+00:00");
  EXPECT_EQ(world.Refusal(world.now + absl::Minutes(60)), "");
  world.catalogue.policies[""] = {{.notice = {.minutes = 30}, .horizon_days = 20}};
  EXPECT_EQ(world.Refusal(soon), "NOTICE_TOO_SHORT offering 2027-06-07T13:00:00+00:00");
  EXPECT_EQ(world.Refusal(world.now + absl::Hours(241)),
            "BEYOND_HORIZON offering 2027-06-17T12:00:00+00:00");
  world.catalogue.policies[""] = {{.notice = {.minutes = 120}, .horizon_days = 2}};
  EXPECT_EQ(world.Refusal(soon), "NOTICE_TOO_SHORT policy 2027-06-07T14:00:00+00:00");
  EXPECT_EQ(world.Refusal(world.now + absl::Hours(48)), "");
  EXPECT_EQ(world.Refusal(world.now + absl::Hours(49)),
            "BEYOND_HORIZON policy 2027-06-09T12:00:00+00:00");
  world.catalogue.policies[""] = {{.notice = {.minutes = 120, .day_before_minute = 1080}}};
  EXPECT_EQ(world.Refusal(world.now + absl::Hours(8)),
            "NOTICE_TOO_SHORT policy_day_before 2027-06-08T04:00:00+00:00");
  EXPECT_EQ(world.Refusal(Utc("2027-06-08T04:00:00Z")), "");
  EXPECT_EQ(world.Refusal(world.now - absl::Seconds(1)), "START_IN_PAST  ");
}

TEST(PolicyAtTest, TheClinicsOwnCountsAsAWholeUntilItIsWithdrawn) {
  World world;
  Catalogue& catalogue = world.catalogue;
  EXPECT_EQ(catalogue.PolicyAt("c", world.now), nullptr);
  catalogue.policies[""] = {{.horizon_days = 7}};
  EXPECT_EQ(catalogue.PolicyAt("c", world.now), &catalogue.policies[""][0]);
  catalogue.policies["c"] = {
      {.clinic = "c", .version = 1, .effective = world.now},
      {.clinic = "c", .version = 2, .effective = world.now + absl::Hours(1), .withdrawn = true}};
  EXPECT_EQ(catalogue.PolicyAt("c", world.now - absl::Seconds(1)), &catalogue.policies[""][0]);
  EXPECT_EQ(catalogue.PolicyAt("c", world.now), &catalogue.policies["c"][0]);
  EXPECT_EQ(catalogue.PolicyAt("elsewhere", world.now), &catalogue.policies[""][0]);
  EXPECT_EQ(catalogue.PolicyAt("c", world.now + absl::Hours(1)), &catalogue.policies[""][0]);
  EXPECT_EQ(catalogue.FindPolicy("c", 1), &catalogue.policies["c"][0]);
  EXPECT_EQ(catalogue.FindPolicy("c", 3), nullptr);
  EXPECT_EQ(catalogue.FindPolicy("c", 0), nullptr);
}

TEST(PolicyAtTest, TheNewestInEffectReplacesWhatWasPlanned) {
  const absl::Time now = Utc("2027-06-07T12:00:00Z");
  const PolicyVersions versions = {{.version = 1, .effective = now},
                                   {.version = 2, .effective = now + absl::Hours(2)},
                                   {.version = 3, .effective = now + absl::Hours(1)}};
  EXPECT_EQ(InForce(versions, now)->version, 1);
  EXPECT_EQ(InForce(versions, now + absl::Hours(1))->version, 3);
  EXPECT_EQ(InForce(versions, now + absl::Hours(2))->version, 3);
}

struct Bad {
  const char* name;
  std::function<void(BookingPolicy&)> change;
  const char* field;
};

TEST(CheckPolicyTest, KeepsToItsBounds) {
  const absl::Time now = Utc("2027-06-07T12:00:00Z");
  const BookingPolicy good{.clinic = "c",
                           .effective = now,
                           .notice = {.minutes = 1, .day_before_minute = 5},
                           .horizon_days = 730,
                           .cancellation = {.day_before_minute = 1440},
                           .meal_break = {1440, 0, 1440, 1440}};
  EXPECT_TRUE(CheckPolicy(good, now, "p").ok());
  const Bad kBad[] = {
      {"Past", [&](auto& p) { p.effective = now - absl::Seconds(1); }, "p.effective_time"},
      {"Negative", [](auto& p) { p.notice.minutes = -1; }, "p.notice.minutes"},
      {"AYear", [](auto& p) { p.change.minutes = 525601; }, "p.change.minutes"},
      {"OffGrid", [](auto& p) { p.notice.day_before_minute = 1081; }, "p.notice.day_before_minute"},
      {"Late", [](auto& p) { p.cancellation.day_before_minute = 1445; },
       "p.cancellation.day_before_minute"},
      {"Horizon", [](auto& p) { p.horizon_days = 731; }, "p.horizon_days"},
      {"Withdrawn", [](auto& p) { p.withdrawn = true; }, "p.withdrawn"},
      {"NoBreak",
       [](auto& p) {
         p.meal_break = {0, 0, 60};
       },
       "p.meal_break.minutes"},
      {"LongBreak",
       [](auto& p) {
         p.meal_break = {65, 0, 60};
       },
       "p.meal_break.minutes"},
      {"BreakOffGrid",
       [](auto& p) {
         p.meal_break = {31, 0, 60};
       },
       "p.meal_break.minutes"},
      {"NoWindow",
       [](auto& p) {
         p.meal_break = {5, 60, 60};
       },
       "p.meal_break.until_minute"},
      {"Tomorrow",
       [](auto& p) {
         p.meal_break = {5, 0, 1445};
       },
       "p.meal_break.until_minute"},
      {"Yesterday",
       [](auto& p) {
         p.meal_break = {5, -5, 60};
       },
       "p.meal_break.from_minute"},
      {"LongShift",
       [](auto& p) {
         p.meal_break = {5, 0, 5, 1445};
       },
       "p.meal_break.shift_minutes"},
      {"NotAClinics", [&](auto& p) { p = {.effective = now, .withdrawn = true}; }, "p.withdrawn"},
  };
  for (const Bad& bad : kBad) {
    BookingPolicy policy = good;
    bad.change(policy);
    const absl::Status status = CheckPolicy(policy, now, "p");
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << bad.name;
    EXPECT_NE(status.message().find(bad.field), std::string::npos) << bad.name << status;
  }
  EXPECT_TRUE(CheckPolicy({.clinic = "c", .effective = now, .withdrawn = true}, now, "p").ok());
}

}  // namespace
}  // namespace stillpoint::booking::domain

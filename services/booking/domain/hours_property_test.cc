// OpenTicks, IsOpen and StartGrid against a model that asks about one minute at a time, over six
// weeks around a clock change, so that counted weeks and months come and go.
#include <cstdio>
#include <map>
#include <memory>
#include <random>

#include "absl/strings/str_cat.h"
#include "common/testing/seed.h"
#include "gtest/gtest.h"
#include "services/booking/domain/hours.h"
#include "services/booking/domain/hours_testing.h"
#include "services/booking/domain/slots_oracle.h"

namespace stillpoint::booking::domain {
namespace {

constexpr int kCases = 300;
constexpr int kReachDays = 21;      // Windows lie this far around the date of the place.
constexpr int kWindowDaysMax = 12;  // Longer than a week, shorter than what the tables hold.
constexpr int kRangesAsked = 40;

constexpr int64_t kDayTicks = 288;

int64_t DayNumber(absl::CivilDay day) { return day - absl::CivilDay(1970, 1, 1); }

Clinic MakeClinic(const Place2027& place, RandomHours& random) {
  Clinic clinic;
  clinic.id = "c";
  clinic.zone_name = place.zone;
  EXPECT_TRUE(absl::LoadTimeZone(place.zone, &clinic.zone));
  for (int i = 0; i < 6; ++i) clinic.opening_hours.push_back(random.Weekly(place.day, false));
  random.Override(place.day + (random.Below(20) - 10), "c", clinic.overrides);
  clinic.holidays = random.Holidays(place.day);
  return clinic;
}

Practitioner MakePractitioner(const Place2027& place, RandomHours& random) {
  Practitioner who;
  who.id = "p";
  for (int i = 0; i < 8; ++i) {
    who.hours.push_back({.clinic = random.Chance(80) ? "c" : "elsewhere",
                         .week = random.Weekly(place.day, random.Chance(20))});
  }
  random.Override(place.day + (random.Below(20) - 10), "c", who.overrides);
  random.Override(place.day, "elsewhere", who.overrides);
  const absl::Time start =
      absl::FromCivil(place.day, absl::UTCTimeZone()) + absl::Minutes(random.Below(2880));
  who.time_off.push_back(
      {.id = "t", .start = start, .end = start + absl::Minutes(1 + random.Below(500))});
  return who;
}

TEST(HoursProperty, EngineAndOracleAgreeMinuteByMinute) {
  const auto seed = static_cast<uint32_t>(testing::Seed());
  RecordProperty("seed", absl::StrCat(seed));
  RandomHours random(seed);
  std::map<const Place2027*, std::unique_ptr<WallTable>> tables;
  int64_t open_ticks = 0;
  int64_t starts = 0;
  int64_t open_ranges = 0;
  for (int i = 0; i < kCases; ++i) {
    SCOPED_TRACE(absl::StrCat("seed ", seed, ", case ", i));
    const Place2027& place = kPlaces[random.Below(std::size(kPlaces))];
    Catalogue catalogue;
    const Clinic& clinic = catalogue.clinics["c"] = MakeClinic(place, random);
    const Practitioner& who = catalogue.practitioners["p"] = MakePractitioner(place, random);
    auto& table = tables[&place];
    if (table == nullptr) {
      const int64_t first = DayNumber(place.day) - kReachDays - 5;
      table = std::make_unique<WallTable>(clinic.zone, first * 1440,
                                          (first + 2 * kReachDays + kWindowDaysMax + 12) * 1440);
    }
    HoursOracle oracle(clinic, *table);
    const auto open_at = [&](Tick tick) {
      for (int64_t minute = tick * kTickMinutes; minute < (tick + 1) * kTickMinutes; ++minute) {
        if (!oracle.Works(who, minute)) return false;
      }
      return true;
    };
    const Tick begin =
        (DayNumber(place.day) - kReachDays + random.Below(2 * kReachDays)) * kDayTicks +
        random.Below(kDayTicks);
    const Tick end = begin + 1 + random.Below(kWindowDaysMax * kDayTicks);
    const int step = std::vector<int>{5, 15, 50, 60}[random.Below(4)];
    const Bits open = OpenTicks(who, clinic, begin, end);
    const Bits grid = StartGrid(clinic, step, begin, end);
    for (Tick tick = begin; tick < end; ++tick) {
      ASSERT_EQ(open.Test(tick), open_at(tick)) << TimeOf(tick);
      ASSERT_EQ(grid.Test(tick), oracle.OnGrid(step, tick * kTickMinutes)) << TimeOf(tick);
      open_ticks += open.Test(tick) ? 1 : 0;
      starts += grid.Test(tick) ? 1 : 0;
    }
    for (int asked = 0; asked < kRangesAsked; ++asked) {
      // Half of them begin where something opens: those are the ones that can be open throughout.
      Tick from = begin + random.Below(static_cast<int>(end - begin));
      if (random.Chance(50)) from = std::min(open.NextSet(from), end - 1);
      const Tick to = from + 1 + random.Below(30);
      bool all = true;
      for (Tick tick = from; tick < to; ++tick) all = all && open_at(tick);
      ASSERT_EQ(IsOpen(catalogue, "p", "c", TimeOf(from), TimeOf(to)), all) << TimeOf(from);
      open_ranges += all ? 1 : 0;
    }
  }
  EXPECT_GT(open_ticks, kCases * 20) << "hardly anything was ever open";
  EXPECT_GT(open_ranges, kCases) << "hardly any range was open throughout";
  printf("seed %u: %d cases, %lld open ticks, %lld starts, %lld open ranges\n", seed, kCases,
         static_cast<long long>(open_ticks), static_cast<long long>(starts),
         static_cast<long long>(open_ranges));
}

}  // namespace
}  // namespace stillpoint::booking::domain

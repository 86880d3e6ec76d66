// Random days, many of them with a change of the clocks: what a search leaves, what booking allows
// and what an oracle finds by walking over the minutes are the same starts.
#include "services/booking/domain/meal_break.h"

#include <cstdio>
#include <map>

#include "absl/strings/str_cat.h"
#include "common/testing/seed.h"
#include "gtest/gtest.h"
#include "services/booking/domain/hours.h"
#include "services/booking/domain/hours_testing.h"
#include "services/booking/domain/slots_oracle.h"

namespace stillpoint::booking::domain {
namespace {

constexpr int kCases = 50;
constexpr int kDay = 24 * 60;

// Two local days of one practitioner, with a few claims, and a policy.
struct Case {
  Clinic clinic;
  Practitioner who;
  MealBreak rule;
  std::vector<Claim> claims;
  Tick before = 0;  // Of the visit that is looked for,
  Tick after = 0;   // from its start to the end of its buffer.
  Tick begin = 0;   // Starts that are compared.
  Tick end = 0;
};

Case AnyCase(RandomHours& random, const Place2027& place) {
  Case made;
  made.clinic.id = "c";
  made.clinic.zone_name = place.zone;
  EXPECT_TRUE(absl::LoadTimeZone(place.zone, &made.clinic.zone));
  made.who.id = "p";
  for (int day = 0; day < 3; ++day) {
    const absl::Weekday weekday = absl::GetWeekday(place.day + day);
    made.clinic.opening_hours.push_back({weekday, 0, kDay});
    const int from = 5 * random.Below(120);
    made.who.hours.push_back({"c", {weekday, from, from + 60 + 5 * random.Below(156)}});
  }
  made.rule = AnyMealBreak([&](int limit) { return random.Below(limit); });
  made.before = random.Below(4);
  made.after = 3 + random.Below(20);
  made.begin = TickFloor(absl::FromCivil(place.day, made.clinic.zone));
  made.end = made.begin + 2 * 288;
  for (int i = random.Below(12); i > 0; --i) {
    const Tick start = made.begin - 24 + random.Below(2 * 288 + 48);
    Claim claim;
    claim.resource = random.Chance(90) ? made.who.resource() : PractitionerResource("other");
    claim.start = TimeOf(start);
    claim.end = TimeOf(start + 1 + random.Below(30));
    claim.booking = random.Chance(90) ? "b" : "own";
    made.claims.push_back(claim);
  }
  return made;
}

// Of one minute: whether something of `made` other than the booking "own" occupies the
// practitioner.
bool IsTaken(const Case& made, int64_t minute) {
  const absl::Time at = absl::FromUnixSeconds(minute * 60);
  for (const Claim& claim : made.claims) {
    if (claim.resource == made.who.resource() && claim.booking != "own" && claim.start <= at &&
        at < claim.end) {
      return true;
    }
  }
  return false;
}

bool OracleLeaves(const Case& made, const WallTable& table, const std::map<int64_t, int>& work,
                  int64_t from, int64_t to) {
  for (int64_t day = table.Wall(from) / kDay; day <= table.Wall(to - 1) / kDay; ++day) {
    const int64_t begin = table.First(day * kDay + made.rule.from_minute);
    const int64_t end = table.First(day * kDay + made.rule.until_minute);
    if (end - begin < made.rule.minutes) continue;
    if (work.at(day) <= made.rule.shift_minutes) continue;
    bool meets = false;
    int row = 0;
    int longest = 0;
    for (int64_t at = begin; at < end; at += 5) {  // Everything is on the grid.
      const bool in_visit = from <= at && at < to;
      meets |= in_visit;
      row = in_visit || IsTaken(made, at) ? 0 : row + 5;
      longest = std::max(longest, row);
    }
    if (meets && longest < made.rule.minutes) return false;
  }
  return true;
}

// Minutes at work on each local day, by days since the epoch.
std::map<int64_t, int> WorkByDay(const Case& made, const WallTable& table) {
  HoursOracle hours(made.clinic, table);
  std::map<int64_t, int> work;
  for (int64_t day = table.Wall(made.begin * 5) / kDay - 1;
       day <= table.Wall(made.end * 5) / kDay + 1; ++day) {
    for (int64_t at = table.First(day * kDay); at < table.First((day + 1) * kDay); at += 5) {
      work[day] += hours.Works(made.who, at) ? 5 : 0;
    }
  }
  return work;
}

TEST(MealBreakProperty, SearchBookingAndOracleAgree) {
  const auto seed = static_cast<uint32_t>(testing::Seed());
  RandomHours random(seed);
  Booking own;
  own.id = "own";
  int64_t left = 0;
  int64_t taken = 0;
  for (int i = 0; i < kCases; ++i) {
    SCOPED_TRACE(absl::StrCat("seed ", seed, ", case ", i));
    const Place2027& place = kPlaces[random.Below(std::size(kPlaces))];
    const Case made = AnyCase(random, place);
    const WallTable table(made.clinic.zone, (made.begin - 5 * 288) * 5, (made.end + 5 * 288) * 5);
    const std::map<int64_t, int> work = WorkByDay(made, table);
    const Tick from = made.begin - 2 * 288;
    const Tick to = made.end + 2 * 288;
    const Bits open = OpenTicks(made.who, made.clinic, from, to);
    Bits unclaimed(from, to);
    unclaimed.Set(from, to);
    for (Tick tick = from; tick < to; ++tick) {
      if (IsTaken(made, tick * 5)) unclaimed.Clear(tick, tick + 1);
    }
    Bits free(made.begin, made.end);
    for (Tick start = made.begin; start < made.end; ++start) {
      if (unclaimed.AllSet(start - made.before, start + made.after)) free.Set(start, start + 1);
    }
    Bits starts = free;
    const std::vector<MealWindow> windows =
        MealWindows(made.rule, made.clinic.zone, made.begin - made.before, made.end + made.after);
    KeepBreaks(made.rule, windows, {open, unclaimed}, made.before, made.after, starts);
    for (Tick start = made.begin; start < made.end; ++start) {
      if (!free.Test(start)) continue;
      const Tick begin = start - made.before;
      const Tick end = start + made.after;
      const bool leaves = OracleLeaves(made, table, work, begin * 5, end * 5);
      ASSERT_EQ(starts.Test(start), leaves) << start;
      ++(leaves ? left : taken);
      if (start % 4 != 0 && leaves) continue;  // Expands the hours each time.
      ASSERT_EQ(LeavesBreak(made.rule, made.clinic, made.who, TimeOf(begin), TimeOf(end),
                            made.claims, &own),
                leaves)
          << start;
    }
  }
  EXPECT_GT(left, kCases);
  EXPECT_GT(taken, kCases);
  printf("seed %u: %lld starts leave a break, %lld do not\n", seed, static_cast<long long>(left),
         static_cast<long long>(taken));
}

}  // namespace
}  // namespace stillpoint::booking::domain

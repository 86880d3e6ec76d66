// Cases that other booking systems' tests have, block by block, with the answers that are right:
// where theirs differ from ours the reason is beside it. What needs capacities or several people
// for one visit is not here.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "common/error/error.h"
#include "services/booking/domain/catalogue_rules.h"
#include "services/booking/domain/slots.h"
#include "services/booking/domain/slots_testing.h"

namespace stillpoint::booking::domain {
namespace {

absl::Time Utc(const char* text) {
  absl::Time time;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, text, &time, nullptr)) << text;
  return time;
}

// Minutes of one date, or of all.
struct Hours {
  int start;
  int end;
  std::optional<absl::CivilDay> date = {};
};

// Someone who works these hours at a clinic that is always open, so that starts are counted from
// midnight there.
Catalogue Works(const char* zone, const std::vector<Hours>& hours, int step, int length) {
  Catalogue catalogue;
  Clinic clinic;
  clinic.id = "c";
  clinic.zone_name = zone;
  EXPECT_TRUE(absl::LoadTimeZone(zone, &clinic.zone)) << zone;
  Practitioner who;
  who.id = "p";
  for (int day = 0; day < 7; ++day) {
    const auto weekday = static_cast<absl::Weekday>(day);
    clinic.opening_hours.push_back({weekday, 0, 1440});
    for (const Hours& part : hours) {
      WeeklyHours week{weekday, part.start, part.end};
      week.valid_from = part.date;
      week.valid_until = part.date;
      who.hours.push_back({.clinic = "c", .week = week});
    }
  }
  catalogue.clinics["c"] = clinic;
  catalogue.practitioners["p"] = who;
  Room room;
  room.id = "r";
  room.clinic = "c";
  catalogue.rooms[room.resource()] = room;
  Offering offering;
  offering.id = "o";
  offering.variants = {length};
  offering.step_minutes = step;
  offering.horizon_days = 3650;
  catalogue.offerings["o"] = offering;
  return catalogue;
}

std::vector<FreeSlot> Find(const Catalogue& catalogue, absl::Time now, absl::Time begin,
                           absl::Time end, const std::vector<TestClaim>& claims = {}) {
  SlotQuery query;
  query.offering = "o";
  query.length_minutes = catalogue.offerings.at("o").variants.front();
  query.begin = TickCeil(begin);
  query.end = TickFloor(end);
  SlotPlan plan = MakePlan(catalogue, query);
  FillPlan(query, claims, plan);
  FindSlots(query, now, plan);
  return ListSlots(plan, std::nullopt, 1000);
}

// "HH:MM ..." in the clinic's zone.
std::string Texts(const std::vector<FreeSlot>& slots) {
  return absl::StrJoin(slots, " ", [](std::string* out, const FreeSlot& slot) {
    out->append(absl::FormatTime("%H:%M", TimeOf(slot.start), slot.clinic->zone));
  });
}

constexpr int At(int hour, int minute = 0) { return hour * 60 + minute; }

TEST(SlotsCases, BlockACountsOfADay) {
  const absl::Time now = Utc("2021-06-20T11:59:59Z");
  struct Case {
    const char* day;
    std::vector<Hours> hours;
    int step, length, notice;
    size_t want;
  };
  const char* const kToday = "2021-06-20T00:00:00Z";
  const char* const kNext = "2021-06-21T00:00:00Z";
  const std::vector<Hours> all = {{0, 1440}};
  for (const Case& c : std::vector<Case>{
           {kNext, all, 60, 60, 0, 24},
           {kNext, all, 60, 30, 0, 24},
           {kToday, all, 60, 60, 0, 12},
           {kNext, all, 60, 60, 1500, 11},
           {kNext, all, 20, 20, 0, 72},
           {kNext, {{At(11), At(12)}, {At(14), At(15)}}, 20, 20, 0, 6},
           {kNext, {{At(11), At(12)}, {At(11, 20), At(12, 40)}}, 20, 20, 0, 5},
           {kNext, {{0, At(23, 45)}}, 20, 20, 0, 71},
           {kNext, {{At(0, 10), At(2)}}, 10, 10, 0, 11},
           {kNext, {{At(7), At(7, 5)}, {At(7, 10), At(7, 30)}}, 5, 5, 0, 5},
       }) {
    Catalogue catalogue = Works("UTC", c.hours, c.step, c.length);
    catalogue.offerings["o"].notice_minutes = c.notice;
    const absl::Time begin = Utc(c.day);
    EXPECT_EQ(Find(catalogue, now, begin, begin + absl::Hours(24)).size(), c.want)
        << c.step << "/" << c.length << " " << c.hours.front().start;
  }
}

TEST(SlotsCases, BlockAStartsAreCountedFromMidnightAndNotFromWhoeverComesToWork) {
  const absl::Time now = Utc("2021-06-20T11:59:59Z");
  const absl::Time next = Utc("2021-06-21T00:00:00Z");
  const auto day = [&](const std::vector<Hours>& hours, int step, const char* zone = "UTC") {
    return Texts(
        Find(Works(zone, hours, step, step), now, next - absl::Hours(6), next + absl::Hours(18)));
  };
  // The better pair of those that either could have.
  EXPECT_EQ(day({{At(11), At(13)}, {At(11, 15), At(13)}}, 45), "11:15 12:00");
  EXPECT_EQ(day({{At(11, 15), At(13)}, {At(11), At(13)}}, 45), "11:15 12:00");
  EXPECT_EQ(day({{At(11, 30), At(14)}, {At(9, 15), At(11)}}, 60), "10:00 12:00 13:00");
  EXPECT_EQ(day({{At(7, 30), At(9, 30)}}, 60, "Asia/Kolkata"), "08:00");
}

// Theirs ends a second early, at 20:59:59Z, which they tolerate; ours are on the grid.
TEST(SlotsCases, BlockATheLastOneEndsWithTheHours) {
  Catalogue catalogue = Works("Europe/Brussels", {{At(9), At(17)}, {At(20, 30), At(23)}}, 15, 15);
  catalogue.offerings["o"].notice_minutes = 120;
  const auto slots = Find(catalogue, Utc("2023-07-13T00:00:00Z"), Utc("2023-07-12T22:00:00Z"),
                          Utc("2023-07-13T22:00:00Z"));
  ASSERT_FALSE(slots.empty());
  EXPECT_EQ(TimeOf(slots.back().start), Utc("2023-07-13T20:45:00Z"));
}

// Theirs offers 07:22, :30, :38 and :46.
TEST(SlotsCases, BlockAHoursOffTheGridAreRefused) {
  const Catalogue catalogue = Works("UTC", {{442, 480}}, 5, 5);
  EXPECT_EQ(ReasonOf(CheckWorkingHours(catalogue.practitioners.at("p").hours, catalogue,
                                       absl::CivilDay(2021, 6, 20), "working_hours")),
            "OFF_GRID");
}

TEST(SlotsCases, BlockCAVisitIsWithOnePersonThroughout) {
  const absl::Time now = Utc("2025-01-20T00:00:00Z");
  const auto find = [&](int length) {
    Catalogue catalogue = Works("UTC", {{At(11), At(11, 20)}, {At(16, 10), At(16, 30)}}, 5, length);
    Practitioner other =
        Works("UTC", {{At(11, 15), At(11, 30)}, {At(13, 20), At(13, 30)}}, 5, 5).practitioners["p"];
    other.id = "q";
    catalogue.practitioners["q"] = other;
    return Texts(Find(catalogue, now, Utc("2025-01-23T00:00:00Z"), Utc("2025-01-24T00:00:00Z")));
  };
  EXPECT_EQ(find(30), "");
  EXPECT_EQ(find(20), "11:00 16:10");
}

TEST(SlotsCases, BlockDWhatIsInTheWay) {
  const char* const kDay = "2025-01-23T00:00:00Z";
  struct Case {
    int start, length;
    std::vector<std::pair<int, int>> busy;
    bool in_the_way;
  };
  for (const Case& c : std::vector<Case>{
           {At(9), 30, {}, false},
           {At(9), 30, {{At(8), At(8, 30)}}, false},
           {At(9), 30, {{At(10), At(10, 30)}}, false},
           {At(9, 15), 30, {{At(9), At(9, 30)}}, true},
           {At(8, 45), 30, {{At(9), At(9, 30)}}, true},
           {At(9), 60, {{At(9, 15), At(9, 45)}}, true},
           {At(9, 15), 30, {{At(9), At(10)}}, true},
           {At(9, 30), 30, {{At(8), At(9)}, {At(10), At(11)}}, false},
           {At(9, 30), 30, {{At(8), At(9)}, {At(9, 45), At(10)}}, true},
           {At(9, 30), 30, {{At(9), At(9, 30)}}, false},
           // Theirs lets in who finds a seat taken at that start, whatever else is there.
           {At(9), 30, {{At(9), At(9, 30)}}, true},
       }) {
    std::vector<TestClaim> claims;
    for (const auto& [from, until] : c.busy) {
      claims.push_back(
          {"practitioners/p", Utc(kDay) + absl::Minutes(from), Utc(kDay) + absl::Minutes(until)});
    }
    const absl::Time start = Utc(kDay) + absl::Minutes(c.start);
    const auto found = Find(Works("UTC", {{0, 1440}}, 5, c.length), Utc(kDay), start,
                            start + absl::Minutes(5), claims);
    EXPECT_EQ(found.empty(), c.in_the_way) << c.start << " " << c.length;
  }
}

TEST(SlotsCases, BlockFAHoldHidesEveryStartThatItMeets) {
  const absl::Time now = Utc("2024-05-31T01:30:00Z");
  const absl::Time day = Utc("2024-05-31T00:00:00Z");
  const Catalogue catalogue = Works("UTC", {{At(4), At(12, 15)}}, 45, 45);
  const auto starts = [&](int from, int until) {
    return Texts(
        Find(catalogue, now, day, day + absl::Hours(6),
             {{"practitioners/p", day + absl::Minutes(from), day + absl::Minutes(until)}}));
  };
  // Counted from midnight: 04:30 is one, 04:00 is not.
  EXPECT_EQ(Texts(Find(catalogue, now, day, day + absl::Hours(24))),
            "04:30 05:15 06:00 06:45 07:30 08:15 09:00 09:45 10:30 11:15");
  EXPECT_EQ(starts(At(4, 30), At(5, 15)), "05:15");
  EXPECT_EQ(starts(At(5), At(5, 45)), "");
}

}  // namespace
}  // namespace stillpoint::booking::domain

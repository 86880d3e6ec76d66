// The scenarios of time and zones, each by its number (tests/README.md has the list).
#include "services/booking/domain/slots.h"

#include "gtest/gtest.h"
#include "services/booking/domain/hours.h"
#include "services/booking/domain/slots_testing.h"

namespace stillpoint::booking::domain {
namespace {

using Texts = std::vector<std::string>;

constexpr int kHour = 60;
const absl::Time kLongAgo = absl::FromCivil(absl::CivilDay(2026, 1, 1), absl::UTCTimeZone());

absl::TimeZone Zone(const char* name) {
  absl::TimeZone zone;
  EXPECT_TRUE(absl::LoadTimeZone(name, &zone)) << name;
  return zone;
}

absl::Time Utc(int month, int day, int hour, int minute = 0) {
  return absl::FromCivil(absl::CivilMinute(2027, month, day, hour, minute), absl::UTCTimeZone());
}

// One practitioner "p" whose hours are those of the clinic "c", one room, one offering without
// buffers.
Catalogue OnePerson(const char* zone, const std::vector<WeeklyHours>& hours, int length, int step) {
  Catalogue catalogue;
  Clinic clinic;
  clinic.id = "c";
  clinic.zone_name = zone;
  clinic.zone = Zone(zone);
  clinic.opening_hours = hours;
  catalogue.clinics["c"] = clinic;
  Room room;
  room.id = "r";
  room.clinic = "c";
  catalogue.rooms[room.resource()] = room;
  Practitioner who;
  who.id = "p";
  for (const WeeklyHours& week : hours) {
    who.hours.push_back({.clinic = "c", .week = week});
  }
  catalogue.practitioners["p"] = who;
  Offering offering;
  offering.id = "o";
  offering.variants = {length};
  offering.step_minutes = step;
  offering.horizon_days = 3650;
  catalogue.offerings["o"] = offering;
  return catalogue;
}

// Starts in [begin, end) as "MM-DDTHH:MMZ".
Texts Starts(const Catalogue& catalogue, absl::Time begin, absl::Time end,
             const std::vector<TestClaim>& claims = {}, const char* zone = nullptr) {
  SlotQuery query;
  query.offering = "o";
  query.length_minutes = catalogue.offerings.at("o").variants.front();
  query.begin = TickCeil(begin);
  query.end = TickFloor(end);
  SlotPlan plan = MakePlan(catalogue, query);
  FillPlan(query, claims, plan);
  FindSlots(query, kLongAgo, plan);
  Texts starts;
  for (const FreeSlot& slot : ListSlots(plan, std::nullopt, 1000)) {
    starts.push_back(zone == nullptr
                         ? absl::FormatTime("%m-%dT%H:%MZ", TimeOf(slot.start), absl::UTCTimeZone())
                         : absl::FormatTime("%H:%M%Ez", TimeOf(slot.start), Zone(zone)));
  }
  return starts;
}

WeeklyHours Week(absl::Weekday weekday, int start, int end) { return {weekday, start, end}; }

TEST(Slots, Scenario1GapShowsNoSkippedHour) {
  const Catalogue catalogue =
      OnePerson("America/Toronto", {Week(absl::Weekday::sunday, 30, 390)}, 60, 60);
  EXPECT_EQ(
      Starts(catalogue, Utc(3, 14, 0), Utc(3, 15, 0)),
      (Texts{"03-14T05:30Z", "03-14T06:30Z", "03-14T07:30Z", "03-14T08:30Z", "03-14T09:30Z"}));
  for (const std::string& local :
       Starts(catalogue, Utc(3, 14, 0), Utc(3, 15, 0), {}, "America/Toronto")) {
    EXPECT_NE(local.substr(0, 2), "02");
  }
  EXPECT_TRUE(IsOpen(catalogue, "p", "c", Utc(3, 14, 5, 30), Utc(3, 14, 10, 30)));
  EXPECT_FALSE(IsOpen(catalogue, "p", "c", Utc(3, 14, 5, 30), Utc(3, 14, 10, 35)));
}

TEST(Slots, Scenario2OverlapShowsTheRepeatedHourTwice) {
  const Catalogue catalogue =
      OnePerson("America/Toronto", {Week(absl::Weekday::sunday, 30, 390)}, 60, 60);
  EXPECT_EQ(Starts(catalogue, Utc(11, 7, 0), Utc(11, 8, 0)),
            (Texts{"11-07T04:30Z", "11-07T05:30Z", "11-07T06:30Z", "11-07T07:30Z", "11-07T08:30Z",
                   "11-07T09:30Z", "11-07T10:30Z"}));
  const Texts local = Starts(catalogue, Utc(11, 7, 0), Utc(11, 8, 0), {}, "America/Toronto");
  EXPECT_EQ(local[1], "01:30-04:00");
  EXPECT_EQ(local[2], "01:30-05:00");
  // Booking one leaves the other.
  EXPECT_EQ(Starts(catalogue, Utc(11, 7, 5), Utc(11, 7, 7),
                   {{"practitioners/p", Utc(11, 7, 5, 30), Utc(11, 7, 6, 30)}}),
            (Texts{"11-07T06:30Z"}));
}

TEST(Slots, Scenario3AfternoonOfTheChangeDayStays) {
  std::vector<WeeklyHours> hours = {Week(absl::Weekday::saturday, 13 * kHour, 18 * kHour),
                                    Week(absl::Weekday::sunday, 13 * kHour, 18 * kHour)};
  const Catalogue catalogue = OnePerson("America/Toronto", hours, 300, 5);
  EXPECT_EQ(Starts(catalogue, Utc(3, 13, 0), Utc(3, 15, 0)),
            (Texts{"03-13T18:00Z", "03-14T17:00Z"}));
}

TEST(Slots, Scenario4StartsInTheGapMoveForwardAndAmbiguousOnesAreTheEarlier) {
  const absl::TimeZone toronto = Zone("America/Toronto");
  EXPECT_EQ(InstantOf(absl::CivilDay(2027, 3, 14), 150, toronto), Utc(3, 14, 7, 30));
  EXPECT_EQ(InstantOf(absl::CivilDay(2027, 11, 7), 90, toronto), Utc(11, 7, 5, 30));
}

TEST(Slots, Scenario5ShiftsReachPastMidnight) {
  const Catalogue catalogue =
      OnePerson("America/Toronto", {Week(absl::Weekday::friday, 22 * kHour, 26 * kHour)}, 60, 60);
  const Texts all = {"01-16T03:00Z", "01-16T04:00Z", "01-16T05:00Z", "01-16T06:00Z"};
  EXPECT_EQ(Starts(catalogue, Utc(1, 15, 5), Utc(1, 18, 5)), all);
  // Local Saturday begins at 05:00Z, and a range may start after midnight.
  EXPECT_EQ(Starts(catalogue, Utc(1, 16, 5), Utc(1, 17, 5)),
            (Texts{"01-16T05:00Z", "01-16T06:00Z"}));
  EXPECT_EQ(Starts(catalogue, Utc(1, 16, 5, 30), Utc(1, 17, 5)), (Texts{"01-16T06:00Z"}));
}

TEST(Slots, Scenario6DayEndsAt24) {
  std::vector<WeeklyHours> hours;
  for (int day = 0; day < 7; ++day)
    hours.push_back(Week(static_cast<absl::Weekday>(day), 0, 24 * kHour));
  const Catalogue catalogue = OnePerson("America/Toronto", hours, 30, 30);
  EXPECT_EQ(Starts(catalogue, Utc(1, 15, 5), Utc(1, 16, 5)).size(), 48u);
  EXPECT_EQ(Starts(catalogue, Utc(3, 14, 5), Utc(3, 15, 4)).size(), 46u);
  EXPECT_EQ(Starts(catalogue, Utc(11, 7, 4), Utc(11, 8, 5)).size(), 50u);
}

TEST(Slots, Scenario9OddOffsetsKeepTheLocalGrid) {
  for (const auto& [zone, first] : {std::pair("America/St_Johns", "05-03T11:30Z"),
                                    std::pair("Asia/Kathmandu", "05-03T03:15Z")}) {
    const Catalogue catalogue = OnePerson(zone, {Week(absl::Weekday::monday, 540, 1020)}, 30, 30);
    const Texts starts = Starts(catalogue, Utc(5, 2, 12), Utc(5, 4, 12));
    ASSERT_EQ(starts.size(), 16u) << zone;
    EXPECT_EQ(starts.front(), first);
    for (const std::string& local : Starts(catalogue, Utc(5, 2, 12), Utc(5, 4, 12), {}, zone)) {
      EXPECT_TRUE(local.substr(3, 2) == "00" || local.substr(3, 2) == "30") << local;
    }
  }
}

TEST(Slots, Scenario11TwoClinicsInTwoZones) {
  const WeeklyHours morning = Week(absl::Weekday::monday, 9 * kHour, 12 * kHour);
  const WeeklyHours afternoon = Week(absl::Weekday::monday, 13 * kHour, 17 * kHour);
  Catalogue catalogue = OnePerson("America/Moncton", {morning}, 60, 60);
  Clinic other = catalogue.clinics["c"];
  other.id = "t";
  other.zone_name = "America/Toronto";
  other.zone = Zone("America/Toronto");
  other.opening_hours = {afternoon};
  catalogue.clinics["t"] = other;
  Room room;
  room.id = "r";
  room.clinic = "t";
  catalogue.rooms[room.resource()] = room;
  catalogue.practitioners["p"].hours.push_back({.clinic = "t", .week = afternoon});
  EXPECT_EQ(Starts(catalogue, Utc(6, 7, 0), Utc(6, 8, 0)),
            (Texts{"06-07T12:00Z", "06-07T13:00Z", "06-07T14:00Z", "06-07T17:00Z", "06-07T18:00Z",
                   "06-07T19:00Z", "06-07T20:00Z"}));
  EXPECT_TRUE(IsOpen(catalogue, "p", "t", Utc(6, 7, 17), Utc(6, 7, 21)));
  EXPECT_FALSE(IsOpen(catalogue, "p", "c", Utc(6, 7, 17), Utc(6, 7, 21)));
}

// 13:00 in Toronto on the day of the change is 23 hours after 13:00 of the day before.
TEST(Slots, Scenario12NoticeIsElapsedTime) {
  Catalogue catalogue =
      OnePerson("America/Toronto", {Week(absl::Weekday::sunday, 13 * kHour, 18 * kHour)}, 60, 60);
  catalogue.offerings["o"].notice_minutes = 24 * kHour;
  const auto first = [&](absl::Time now) {
    SlotQuery query;
    query.offering = "o";
    query.length_minutes = 60;
    query.begin = TickCeil(Utc(3, 14, 0));
    query.end = TickCeil(Utc(3, 15, 0));
    SlotPlan plan = MakePlan(catalogue, query);
    FillPlan(query, {}, plan);
    FindSlots(query, now, plan);
    return TimeOf(ListSlots(plan, std::nullopt, 1).at(0).start);
  };
  EXPECT_EQ(first(Utc(3, 13, 18)), Utc(3, 14, 18));
  EXPECT_EQ(first(Utc(3, 13, 17)), Utc(3, 14, 17));
  EXPECT_EQ(first(Utc(3, 13, 17) + absl::Seconds(1)), Utc(3, 14, 18));
}

TEST(Slots, Scenario15TouchingVisitsBothFit) {
  const Catalogue catalogue =
      OnePerson("America/Toronto", {Week(absl::Weekday::monday, 9 * kHour, 12 * kHour)}, 60, 5);
  const ResourceId who = "practitioners/p";
  EXPECT_EQ(Starts(catalogue, Utc(6, 7, 0), Utc(6, 8, 0),
                   {{who, Utc(6, 7, 13), Utc(6, 7, 14)}, {who, Utc(6, 7, 15), Utc(6, 7, 16)}}),
            (Texts{"06-07T14:00Z"}));
  // One millisecond of overlap is too much.
  EXPECT_EQ(Starts(catalogue, Utc(6, 7, 0), Utc(6, 8, 0),
                   {{who, Utc(6, 7, 13), Utc(6, 7, 14) + absl::Milliseconds(1)},
                    {who, Utc(6, 7, 15), Utc(6, 7, 16)}}),
            Texts{});
}

TEST(Slots, Scenario20BuffersCountOnBothSidesAndLieWithinTheShift) {
  Catalogue catalogue =
      OnePerson("UTC", {Week(absl::Weekday::monday, 9 * kHour, 15 * kHour)}, 60, 60);
  catalogue.offerings["o"].buffer_before_minutes = 30;
  catalogue.offerings["o"].buffer_after_minutes = 30;
  EXPECT_EQ(Starts(catalogue, Utc(6, 7, 0), Utc(6, 8, 0),
                   {{"practitioners/p", Utc(6, 7, 11, 40), Utc(6, 7, 11, 55)}}),
            (Texts{"06-07T10:00Z", "06-07T13:00Z"}));
}

TEST(Slots, Scenario30CredentialsEndOnTheirLastLocalDate) {
  Catalogue catalogue = OnePerson("America/Toronto",
                                  {Week(absl::Weekday::monday, 9 * kHour, 24 * kHour),
                                   Week(absl::Weekday::tuesday, 0, 12 * kHour)},
                                  60, 60);
  catalogue.offerings["o"].credential_kind = "cst-1";
  Credential held;
  held.kind = "cst-1";
  held.valid_until = absl::CivilDay(2027, 5, 31);
  catalogue.practitioners["p"].credentials = {held};
  EXPECT_EQ(Starts(catalogue, Utc(5, 31, 0), Utc(6, 2, 0)).back(), "06-01T03:00Z");
  held.valid_from = absl::CivilDay(2027, 6, 1);
  held.valid_until = {};
  catalogue.practitioners["p"].credentials.push_back(held);
  EXPECT_EQ(Starts(catalogue, Utc(5, 31, 0), Utc(6, 2, 0)).back(), "06-01T15:00Z");
}

TEST(Slots, Scenario35AHoldIsARange) {
  const std::vector<WeeklyHours> nine_to_twelve = {Week(absl::Weekday::monday, 540, 720)};
  const std::vector<TestClaim> hold = {{"practitioners/p", Utc(6, 7, 10), Utc(6, 7, 11)}};
  EXPECT_EQ(Starts(OnePerson("UTC", nine_to_twelve, 60, 30), Utc(6, 7, 0), Utc(6, 8, 0), hold),
            (Texts{"06-07T09:00Z", "06-07T11:00Z"}));
  EXPECT_EQ(Starts(OnePerson("UTC", nine_to_twelve, 90, 15), Utc(6, 7, 0), Utc(6, 8, 0), hold),
            Texts{});
}

TEST(Slots, OneRoomMustBeFreeThroughout) {
  Catalogue catalogue = OnePerson("UTC", {Week(absl::Weekday::monday, 540, 720)}, 60, 60);
  Room second;
  second.id = "s";
  second.clinic = "c";
  second.turnover_minutes = 30;
  catalogue.rooms[second.resource()] = second;
  // Between them the rooms are free all the time, but neither from 10 to 11.
  EXPECT_EQ(Starts(catalogue, Utc(6, 7, 0), Utc(6, 8, 0),
                   {{"clinics/c/rooms/r", Utc(6, 7, 10), Utc(6, 7, 10, 30)},
                    {"clinics/c/rooms/s", Utc(6, 7, 11), Utc(6, 7, 11, 15)}}),
            (Texts{"06-07T09:00Z", "06-07T11:00Z"}));
}

}  // namespace
}  // namespace stillpoint::booking::domain

// Which dates have hours, and which instants these are. Scenarios by their number; the blocks are
// cases that other systems' tests have, with the answers that are right.
#include "services/booking/domain/hours.h"

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "services/booking/domain/day_hours.h"

namespace stillpoint::booking::domain {
namespace {

using absl::CivilDay;
using absl::Weekday;
using Texts = std::vector<std::string>;

absl::Time Utc(int64_t year, int month, int day, int hour, int minute = 0) {
  return absl::FromCivil(absl::CivilMinute(year, month, day, hour, minute), absl::UTCTimeZone());
}

Clinic AlwaysOpen(const char* zone) {
  Clinic clinic;
  clinic.id = "c";
  EXPECT_TRUE(absl::LoadTimeZone(zone, &clinic.zone)) << zone;
  for (int day = 0; day < 7; ++day) {
    clinic.opening_hours.push_back({static_cast<Weekday>(day), 0, 1440});
  }
  return clinic;
}

Practitioner Works(const std::vector<WeeklyHours>& weeks) {
  Practitioner who;
  who.id = "p";
  for (const WeeklyHours& week : weeks) who.hours.push_back({.clinic = "c", .week = week});
  return who;
}

std::vector<WeeklyHours> On(std::initializer_list<Weekday> days, int start, int end) {
  std::vector<WeeklyHours> weeks;
  for (const Weekday day : days) weeks.push_back({day, start, end});
  return weeks;
}

// The ranges of `open` as "MM-DDTHH:MM/MM-DDTHH:MM", UTC.
Texts Ranges(const Bits& open) {
  Texts ranges;
  for (Tick from = open.NextSet(open.begin()); from < open.end();) {
    Tick to = from;
    while (to < open.end() && open.Test(to)) ++to;
    const auto text = [](Tick tick) {
      return absl::FormatTime("%m-%dT%H:%M", TimeOf(tick), absl::UTCTimeZone());
    };
    ranges.push_back(absl::StrCat(text(from), "/", text(to)));
    from = open.NextSet(to);
  }
  return ranges;
}

Texts Open(const Practitioner& who, const Clinic& clinic, absl::Time begin, absl::Time end) {
  return Ranges(OpenTicks(who, clinic, TickFloor(begin), TickFloor(end)));
}

// The dates of 2027 in [first, last] on which `week` starts, as "MM-DD".
Texts Dates(const WeeklyHours& week, CivilDay first, CivilDay last) {
  Texts dates;
  for (CivilDay day = first; day <= last; ++day) {
    if (week.StartsOn(day)) dates.push_back(absl::FormatCivilTime(day).substr(5));
  }
  return dates;
}

TEST(Weeks, EveryFortnightCountsFromItsAnchorBothWays) {
  WeeklyHours week{Weekday::wednesday, 540, 1020};
  week.weeks = {.every = 2, .anchor = CivilDay(2027, 6, 6)};  // A Sunday: the week of 31 May.
  EXPECT_EQ(Dates(week, CivilDay(2027, 5, 1), CivilDay(2027, 7, 1)),
            (Texts{"05-05", "05-19", "06-02", "06-16", "06-30"}));
  week.weeks.anchor = CivilDay(2031, 6, 9);  // The same weeks, from four years later.
  EXPECT_EQ(Dates(week, CivilDay(2027, 5, 1), CivilDay(2027, 7, 1)),
            (Texts{"05-05", "05-19", "06-02", "06-16", "06-30"}));
  week.weeks.anchor = CivilDay(1969, 12, 29);  // The Monday of the week that holds the epoch.
  week.weekday = Weekday::thursday;
  EXPECT_EQ(Dates(week, CivilDay(1969, 12, 1), CivilDay(1970, 1, 31)),
            (Texts{"12-04", "12-18", "01-01", "01-15", "01-29"}));
}

TEST(Weeks, EveryThirdWeekGoesOnThroughTheNewYear) {
  WeeklyHours week{Weekday::monday, 540, 1020};
  week.weeks = {.every = 3, .anchor = CivilDay(2026, 12, 14)};
  EXPECT_EQ(Dates(week, CivilDay(2026, 12, 1), CivilDay(2027, 2, 15)),
            (Texts{"12-14", "01-04", "01-25", "02-15"}));
}

TEST(Weeks, NthAndLastOfTheMonth) {
  WeeklyHours week{Weekday::saturday, 540, 720};
  const auto dates = [&](int of_month) {
    week.weeks.of_month = of_month;
    return Dates(week, CivilDay(2027, 4, 25), CivilDay(2027, 7, 31));
  };
  EXPECT_EQ(dates(1), (Texts{"05-01", "06-05", "07-03"}));
  EXPECT_EQ(dates(2), (Texts{"05-08", "06-12", "07-10"}));
  EXPECT_EQ(dates(4), (Texts{"05-22", "06-26", "07-24"}));
  EXPECT_EQ(dates(5), (Texts{"05-29", "07-31"}));
  EXPECT_EQ(dates(kLastOfMonth), (Texts{"05-29", "06-26", "07-31"}));
}

TEST(Weeks, ValidityBoundsTheStart) {
  WeeklyHours week{Weekday::saturday, 1320, 1560};
  week.valid_from = CivilDay(2027, 5, 8);
  week.valid_until = CivilDay(2027, 5, 15);
  EXPECT_EQ(Dates(week, CivilDay(2027, 4, 25), CivilDay(2027, 6, 30)), (Texts{"05-08", "05-15"}));
  // The last one still ends on Sunday.
  EXPECT_EQ(Open(Works({week}), AlwaysOpen("UTC"), Utc(2027, 5, 15, 0), Utc(2027, 5, 30, 0)),
            (Texts{"05-15T22:00/05-16T02:00"}));
}

TEST(Weeks, OpeningHoursHavePatternsToo) {
  Clinic clinic = AlwaysOpen("America/Moncton");
  clinic.opening_hours = {{Weekday::saturday, 540, 720, {.of_month = 1}}};
  const Practitioner who = Works(On({Weekday::saturday}, 480, 1020));
  EXPECT_EQ(Open(who, clinic, Utc(2027, 5, 1, 0), Utc(2027, 6, 30, 0)),
            (Texts{"05-01T12:00/05-01T15:00", "06-05T12:00/06-05T15:00"}));
}

TEST(Hours, Scenario10AWeeklySeriesKeepsItsWallTime) {
  absl::TimeZone toronto;
  absl::TimeZone london;
  ASSERT_TRUE(absl::LoadTimeZone("America/Toronto", &toronto));
  ASSERT_TRUE(absl::LoadTimeZone("Europe/London", &london));
  Texts instants;
  Texts seen;
  for (int week = 0; week < 5; ++week) {
    const absl::Time start = InstantOf(CivilDay(2027, 2, 28) + 7 * week, 600, toronto);
    instants.push_back(absl::FormatTime("%m-%dT%HZ", start, absl::UTCTimeZone()));
    seen.push_back(absl::FormatTime("%H:%M", start, london));
  }
  EXPECT_EQ(instants, (Texts{"02-28T15Z", "03-07T15Z", "03-14T14Z", "03-21T14Z", "03-28T14Z"}));
  EXPECT_EQ(seen, (Texts{"15:00", "15:00", "14:00", "14:00", "15:00"}));
}

TEST(Hours, BlockBOverridesReplaceTheDay) {
  const Clinic clinic = AlwaysOpen("America/New_York");
  Practitioner who = Works(On(
      {Weekday::monday, Weekday::tuesday, Weekday::wednesday, Weekday::thursday, Weekday::friday},
      480, 1020));
  const absl::Time begin = Utc(2023, 6, 13, 4);  // Midnight in New York.
  const absl::Time end = Utc(2023, 6, 15, 4);
  const std::string wednesday = "06-14T12:00/06-14T21:00";
  EXPECT_EQ(Open(who, clinic, begin, end), (Texts{"06-13T12:00/06-13T21:00", wednesday}));
  const auto with = [&](OverrideKind kind, std::vector<DayRange> ranges) {
    who.overrides.clear();
    PutOverride({CivilDay(2023, 6, 13), "c", kind, std::move(ranges)}, who.overrides);
    return Open(who, clinic, begin, end);
  };
  EXPECT_EQ(with(OverrideKind::kOtherHours, {{600, 900}}),
            (Texts{"06-13T14:00/06-13T19:00", wednesday}));
  EXPECT_EQ(with(OverrideKind::kOtherHours, {{1320, 1380}}),
            (Texts{"06-14T02:00/06-14T03:00", wednesday}));
  EXPECT_EQ(with(OverrideKind::kExtraHours, {{1320, 1380}}),
            (Texts{"06-13T12:00/06-13T21:00", "06-14T02:00/06-14T03:00", wednesday}));
  EXPECT_EQ(with(OverrideKind::kClosed, {}), (Texts{wednesday}));
  // Elsewhere on that date says nothing of here.
  who.overrides = {{CivilDay(2023, 6, 13), "d", OverrideKind::kClosed, {}}};
  EXPECT_EQ(Open(who, clinic, begin, end), (Texts{"06-13T12:00/06-13T21:00", wednesday}));
}

TEST(Hours, BlockBTimeOffTakesTheDayAway) {
  const Clinic clinic = AlwaysOpen("America/New_York");
  Practitioner who = Works(On({Weekday::tuesday, Weekday::wednesday}, 480, 1020));
  who.time_off = {{.id = "b", .start = Utc(2023, 6, 14, 13), .end = Utc(2023, 6, 14, 14)},
                  {.id = "a", .start = Utc(2023, 6, 13, 4), .end = Utc(2023, 6, 14, 4)}};
  const Texts want = {"06-14T12:00/06-14T13:00", "06-14T14:00/06-14T21:00"};
  EXPECT_EQ(Open(who, clinic, Utc(2023, 6, 13, 0), Utc(2023, 6, 15, 0)), want);
  std::swap(who.time_off[0], who.time_off[1]);
  EXPECT_EQ(Open(who, clinic, Utc(2023, 6, 13, 0), Utc(2023, 6, 15, 0)), want);
}

TEST(Hours, BlockBOverridesFarFromTheOneWhoAsks) {
  const Clinic clinic = AlwaysOpen("Pacific/Honolulu");
  Practitioner who = Works({});
  who.overrides = {
      {CivilDay(2023, 6, 13), "c", OverrideKind::kOtherHours, {{540, 1020}, {1140, 1260}}}};
  EXPECT_EQ(Open(who, clinic, Utc(2023, 6, 12, 22), Utc(2023, 6, 14, 22)),
            (Texts{"06-13T19:00/06-14T03:00", "06-14T05:00/06-14T07:00"}));
  // The local day of Brussels ends in between.
  EXPECT_EQ(Open(who, clinic, Utc(2023, 6, 12, 22), Utc(2023, 6, 13, 22)),
            (Texts{"06-13T19:00/06-13T22:00"}));
}

TEST(Hours, BlockBTravelByDate) {
  Practitioner who;
  who.id = "p";
  const auto work = [&](const char* clinic, int first, int last) {
    for (int day = 0; day < 7; ++day) {
      who.hours.push_back({.clinic = clinic,
                           .week = {static_cast<Weekday>(day),
                                    480,
                                    1020,
                                    {},
                                    CivilDay(2023, 6, first),
                                    CivilDay(2023, 6, last)}});
    }
  };
  work("berlin", 13, 13);
  work("york", 14, 14);
  work("kolkata", 15, 15);
  const auto open = [&](const char* id, const char* zone) {
    Clinic clinic = AlwaysOpen(zone);
    clinic.id = id;
    return Open(who, clinic, Utc(2023, 6, 12, 0), Utc(2023, 6, 17, 0));
  };
  EXPECT_EQ(open("berlin", "Europe/Berlin"), (Texts{"06-13T06:00/06-13T15:00"}));
  EXPECT_EQ(open("york", "America/New_York"), (Texts{"06-14T12:00/06-14T21:00"}));
  EXPECT_EQ(open("kolkata", "Asia/Kolkata"), (Texts{"06-15T02:30/06-15T11:30"}));
}

TEST(Hours, BlockBChangeDayAndTheDayAfterTheLast) {
  const Practitioner who =
      Works(On({Weekday::sunday, Weekday::monday, Weekday::tuesday}, 540, 1020));
  EXPECT_EQ(
      Open(who, AlwaysOpen("America/New_York"), Utc(2023, 11, 5, 13, 26), Utc(2023, 11, 8, 0)),
      (Texts{"11-05T14:00/11-05T22:00", "11-06T14:00/11-06T22:00", "11-07T14:00/11-07T22:00"}));
  // London changes on 29 October 2023; the days after keep their nine o'clock.
  EXPECT_EQ(Open(who, AlwaysOpen("Europe/London"), Utc(2023, 10, 24, 0), Utc(2023, 11, 1, 0)),
            (Texts{"10-24T08:00/10-24T16:00", "10-29T09:00/10-29T17:00", "10-30T09:00/10-30T17:00",
                   "10-31T09:00/10-31T17:00"}));
}

TEST(Hours, BlockHWindowsOfAWeek) {
  std::vector<WeeklyHours> weeks =
      On({Weekday::monday, Weekday::wednesday, Weekday::thursday}, 570, 750);
  for (const WeeklyHours& after :
       On({Weekday::monday, Weekday::wednesday, Weekday::thursday}, 795, 975)) {
    weeks.push_back(after);
  }
  const Clinic clinic = AlwaysOpen("America/New_York");
  EXPECT_EQ(Open(Works(weeks), clinic, Utc(2025, 11, 30, 5), Utc(2025, 12, 4, 5)),
            (Texts{"12-01T14:30/12-01T17:30", "12-01T18:15/12-01T21:15", "12-03T14:30/12-03T17:30",
                   "12-03T18:15/12-03T21:15"}));
  EXPECT_EQ(Open(Works({{Weekday::monday, 920, 1520}}), clinic, Utc(2025, 11, 30, 5),
                 Utc(2025, 12, 4, 5)),
            (Texts{"12-01T20:20/12-02T06:20"}));
  // Clamped to what was asked.
  EXPECT_EQ(Open(Works(On({Weekday::tuesday, Weekday::wednesday, Weekday::thursday}, 1200, 1560)),
                 clinic, Utc(2026, 1, 15, 0), Utc(2026, 1, 15, 10)),
            (Texts{"01-15T01:00/01-15T07:00"}));
}

TEST(Hours, BlockHClockChanges) {
  const Clinic clinic = AlwaysOpen("America/New_York");
  const auto open = [&](int start, int end, absl::Time begin) {
    return Open(Works(On({Weekday::sunday}, start, end)), clinic, begin, begin + absl::Hours(24));
  };
  EXPECT_EQ(open(600, 960, Utc(2026, 3, 8, 5)), (Texts{"03-08T14:00/03-08T20:00"}));
  EXPECT_EQ(open(600, 960, Utc(2025, 11, 2, 4)), (Texts{"11-02T15:00/11-02T21:00"}));
  EXPECT_EQ(open(30, 390, Utc(2026, 3, 8, 5)), (Texts{"03-08T05:30/03-08T10:30"}));
  EXPECT_EQ(open(30, 390, Utc(2025, 11, 2, 4)), (Texts{"11-02T04:30/11-02T11:30"}));
  EXPECT_EQ(open(90, 390, Utc(2025, 11, 2, 4)), (Texts{"11-02T05:30/11-02T11:30"}));
  EXPECT_EQ(open(150, 570, Utc(2026, 3, 8, 5)), (Texts{"03-08T07:30/03-08T13:30"}));
}

TEST(Hours, BlockHTheGridBeginsAnewAtEachMidnight) {
  const Bits grid = StartGrid(AlwaysOpen("America/Chicago"), 50, TickFloor(Utc(2026, 1, 13, 0)),
                              TickFloor(Utc(2026, 1, 15, 0)));
  EXPECT_TRUE(grid.Test(TickFloor(Utc(2026, 1, 13, 9, 20))));
  EXPECT_FALSE(grid.Test(TickFloor(Utc(2026, 1, 13, 9, 10))));
  EXPECT_TRUE(grid.Test(TickFloor(Utc(2026, 1, 14, 6, 0))));
  EXPECT_TRUE(grid.Test(TickFloor(Utc(2026, 1, 14, 9, 20))));
}

TEST(Hours, TheGridFollowsOverrides) {
  Clinic clinic = AlwaysOpen("UTC");
  clinic.opening_hours = {{Weekday::monday, 540, 720}};
  clinic.overrides = {{CivilDay(2027, 6, 7), "c", OverrideKind::kOtherHours, {{620, 745}}},
                      {CivilDay(2027, 6, 8), "c", OverrideKind::kExtraHours, {{600, 660}}}};
  Texts starts;
  const Bits grid =
      StartGrid(clinic, 60, TickFloor(Utc(2027, 6, 7, 0)), TickFloor(Utc(2027, 6, 9, 0)));
  for (Tick at = grid.NextSet(grid.begin()); at < grid.end(); at = grid.NextSet(at + 1)) {
    starts.push_back(absl::FormatTime("%d %H:%M", TimeOf(at), absl::UTCTimeZone()));
  }
  EXPECT_EQ(starts, (Texts{"07 10:20", "07 11:20", "07 12:20", "08 10:00"}));
}

TEST(Hours, ANightBelongsToTheDateOnWhichItBegins) {
  const Clinic clinic = AlwaysOpen("UTC");
  Practitioner who = Works({{Weekday::sunday, 1320, 1560}, {Weekday::monday, 540, 720}});
  who.overrides = {{CivilDay(2027, 6, 7), "c", OverrideKind::kClosed, {}}};
  EXPECT_EQ(Open(who, clinic, Utc(2027, 6, 6, 0), Utc(2027, 6, 9, 0)),
            (Texts{"06-06T22:00/06-07T02:00"}));
}

TEST(Hours, APractitionersExtraHoursDoNotOpenTheClinic) {
  Clinic clinic = AlwaysOpen("UTC");
  clinic.opening_hours = {{Weekday::monday, 540, 720}};
  Practitioner who = Works({});
  who.overrides = {{CivilDay(2027, 6, 7), "c", OverrideKind::kExtraHours, {{480, 1020}}}};
  EXPECT_EQ(Open(who, clinic, Utc(2027, 6, 7, 0), Utc(2027, 6, 9, 0)),
            (Texts{"06-07T09:00/06-07T12:00"}));
  EXPECT_TRUE(who.WorksAt("c"));
  who.overrides[0] = {CivilDay(2027, 6, 7), "c", OverrideKind::kClosed, {}};
  EXPECT_FALSE(who.WorksAt("c"));
}

}  // namespace
}  // namespace stillpoint::booking::domain

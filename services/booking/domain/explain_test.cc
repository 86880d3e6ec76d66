#include "services/booking/domain/explain.h"

#include <functional>

#include "absl/strings/str_cat.h"
#include "common/error/error.h"
#include "gtest/gtest.h"

namespace stillpoint::booking::domain {
namespace {

absl::TimeZone Edmonton() {
  absl::TimeZone zone;
  absl::LoadTimeZone("America/Edmonton", &zone);
  return zone;
}

// On Monday 2027-03-08.
absl::Time At(int hour, int minute = 0) {
  return absl::FromCivil(absl::CivilMinute(2027, 3, 8, hour, minute), Edmonton());
}

// Clinic `c`, Mondays 09:00-17:00; p1 works there 09:00-12:00 and 13:00-17:00; rooms plain (10
// minutes of turnover) and quiet. `massage`: 60 minutes, 15 before and after, every 30 minutes.
struct World {
  World() {
    Clinic clinic;
    clinic.id = "c";
    clinic.zone_name = "America/Edmonton";
    clinic.zone = Edmonton();
    clinic.opening_hours.push_back({absl::Weekday::monday, 9 * 60, 17 * 60});
    catalogue.clinics["c"] = clinic;
    clinic.id = "elsewhere";
    catalogue.clinics["elsewhere"] = clinic;
    Room plain{.id = "plain", .clinic = "c", .kind = "treatment", .turnover_minutes = 10};
    Room quiet{.id = "quiet", .clinic = "c", .kind = "treatment", .features = {"quiet"}};
    catalogue.rooms[plain.resource()] = plain;
    catalogue.rooms[quiet.resource()] = quiet;
    Practitioner who;
    who.id = "p1";
    who.credentials.push_back({.kind = "rmt", .valid_until = absl::CivilDay(2027, 3, 31)});
    for (const auto& [from, to] : {std::pair(9, 12), std::pair(13, 17)}) {
      WorkingHours hours;
      hours.clinic = "c";
      hours.week.weekday = absl::Weekday::monday;
      hours.week.start_minute = from * 60;
      hours.week.end_minute = to * 60;
      who.hours.push_back(hours);
    }
    catalogue.practitioners["p1"] = who;
    Offering offering;
    offering.id = "massage";
    offering.variants = {60};
    offering.buffer_before_minutes = 15;
    offering.buffer_after_minutes = 15;
    offering.step_minutes = 30;
    offering.credential_kind = "rmt";
    offering.horizon_days = 30;
    offering.online_bookable = true;
    catalogue.offerings["massage"] = offering;
  }

  Practitioner& who() { return catalogue.practitioners["p1"]; }
  Offering& offering() { return catalogue.offerings["massage"]; }

  // A booking of the visit [start, end) with what is occupied besides.
  void Book(const std::string& id, const ResourceId& resource, absl::Time start, absl::Time end,
            absl::Duration before, absl::Duration after, std::optional<absl::Time> expires = {}) {
    Booking booking;
    booking.id = id;
    booking.start = start;
    booking.end = end;
    bookings[id] = booking;
    claims.push_back({.id = id,
                      .resource = resource,
                      .start = start - before,
                      .end = end + after,
                      .expires = expires,
                      .booking = id,
                      .visit_start = start,
                      .visit_end = end});
  }

  Catalogue catalogue;
  SlotRequest request = {.clinic = "c", .offering = "massage", .minutes = 60, .start = At(10)};
  std::vector<Claim> claims;
  std::map<std::string, Booking> bookings;
  absl::Time now = At(6);
};

void Append(const std::string& who, const std::vector<Obstacle>& obstacles, std::string& text) {
  for (const Obstacle& each : obstacles) {
    EXPECT_FALSE(each.text.empty());
    absl::StrAppend(&text, text.empty() ? "" : "; ", who, " ", static_cast<int>(each.code));
    if (!each.booking.empty()) absl::StrAppend(&text, " ", each.booking);
  }
}

constexpr absl::Duration kQuarter = absl::Minutes(15);

struct Case {
  const char* name;
  std::function<void(World&)> change;
  const char* want;  // Everything that stands in the way: who, number of the code, booking.
  const char* to;  // To whom the time is open: Everybody, Staff, Named (by its time alone), Nobody.
};

class ExplainTest : public ::testing::TestWithParam<Case> {};

TEST_P(ExplainTest, NamesEveryObstacle) {
  World world;
  GetParam().change(world);
  const auto asked = AskExplanation(world.catalogue, world.request);
  ASSERT_TRUE(asked.ok()) << asked.status();
  const Explanation why = Explain(*asked, world.claims, world.bookings, world.now);
  std::string got;
  Append("time", why.obstacles, got);
  for (const auto& each : why.practitioners) {
    Append(each.resource.substr(each.resource.rfind('/') + 1), each.obstacles, got);
  }
  for (const auto& each : why.rooms) {
    Append(each.resource.substr(each.resource.rfind('/') + 1), each.obstacles, got);
  }
  EXPECT_EQ(got, GetParam().want);
  const char* to = why.OfferedOnline() ? "Everybody"
                   : why.Offered()     ? "Staff"
                   : why.Bookable()    ? "Named"
                                       : "Nobody";
  EXPECT_STREQ(to, GetParam().to);
}

const Case kCases[] = {
    {"NothingInTheWay", [](World&) {}, "", "Everybody"},
    {"OffGrid", [](World& w) { w.request.start = At(10) + absl::Minutes(1); }, "time 1", "Nobody"},
    {"Past", [](World& w) { w.now = At(10, 1); }, "time 2", "Nobody"},
    {"NowIsNotPast", [](World& w) { w.now = At(10); }, "", "Everybody"},
    {"NoticeByAMinute",
     [](World& w) {
       w.offering().notice_minutes = 60;
       w.now = At(9, 1);
     },
     "time 3", "Nobody"},
    {"NoticeIsExact",
     [](World& w) {
       w.offering().notice_minutes = 60;
       w.now = At(9);
     },
     "", "Everybody"},
    {"Horizon",
     [](World& w) {
       w.offering().horizon_days = 1;
       w.now = At(10) - absl::Hours(24) - absl::Seconds(1);
     },
     "time 4", "Nobody"},
    {"PolicyNoticeByAMinute",
     [](World& w) {
       w.catalogue.policies[""] = {{.notice = {.minutes = 60}}};
       w.now = At(9, 1);
     },
     "time 3", "Nobody"},
    // The clinic's own counts as a whole.
    {"ClinicPolicyInstead",
     [](World& w) {
       w.catalogue.policies[""] = {{.notice = {.minutes = 600}}};
       w.catalogue.policies["c"] = {{.clinic = "c", .horizon_days = 30}};
       w.now = At(9, 1);
     },
     "", "Everybody"},
    {"DayBeforeAtTheMinute",
     [](World& w) {
       w.catalogue.policies[""] = {{.notice = {.day_before_minute = 18 * 60}}};
       w.now = At(18) - absl::Hours(24);
     },
     "time 3", "Nobody"},
    {"DayBeforeInTime",
     [](World& w) {
       w.catalogue.policies[""] = {{.notice = {.day_before_minute = 18 * 60}}};
       w.now = At(18) - absl::Hours(24) - absl::Seconds(1);
     },
     "", "Everybody"},
    {"PolicyHorizon",
     [](World& w) {
       w.catalogue.policies[""] = {{.horizon_days = 1}};
       w.now = At(10) - absl::Hours(24) - absl::Seconds(1);
     },
     "time 4", "Nobody"},
    {"OffStep", [](World& w) { w.request.start = At(10, 15); }, "time 5", "Named"},
    {"NotOfferedHere", [](World& w) { w.offering().clinics = {"elsewhere"}; }, "time 6", "Nobody"},
    {"NotOnline", [](World& w) { w.offering().online_bookable = false; }, "time 7", "Staff"},
    // The buffer before would begin at 08:45.
    {"Closed", [](World& w) { w.request.start = At(9); }, "time 8; p1 12", "Nobody"},
    {"ClosedAllDay", [](World& w) { w.request.start = At(10) + absl::Hours(24); }, "time 8; p1 12",
     "Nobody"},
    {"WorksButClosed",
     [](World& w) { w.catalogue.clinics["c"].opening_hours[0].start_minute = 10 * 60; }, "time 8",
     "Nobody"},
    {"Lunch", [](World& w) { w.request.start = At(12); }, "p1 12", "Nobody"},
    {"NobodyHere", [](World& w) { w.catalogue.practitioners.clear(); }, "time 9", "Nobody"},
    {"NoRoomHere", [](World& w) { w.catalogue.rooms.clear(); }, "time 10", "Nobody"},
    {"WorksElsewhere",
     [](World& w) {
       w.who().hours.clear();
       w.request.practitioner = "p1";
     },
     "p1 11", "Nobody"},
    {"TimeOff",
     [](World& w) { w.who().time_off.push_back({.id = "t", .start = At(11), .end = At(12)}); },
     "p1 13", "Nobody"},
    {"TimeOffEndsBefore",
     [](World& w) { w.who().time_off.push_back({.id = "t", .start = At(9), .end = At(9, 45)}); },
     "", "Everybody"},
    {"NoCredential", [](World& w) { w.who().credentials.clear(); }, "p1 14", "Nobody"},
    {"CredentialEnded",
     [](World& w) { w.who().credentials[0].valid_until = absl::CivilDay(2027, 3, 7); }, "p1 15",
     "Nobody"},
    {"RoomKind",
     [](World& w) {
       w.offering().room_kind = "treatment";
       w.catalogue.rooms["clinics/c/rooms/plain"].kind = "office";
     },
     "plain 16", "Everybody"},
    {"RoomFeatures", [](World& w) { w.offering().room_features = {"quiet"}; }, "plain 17",
     "Everybody"},
    {"RoomFeaturesNowhere",
     [](World& w) {
       w.offering().room_features = {"piano", "quiet"};
     },
     "plain 17; quiet 17", "Nobody"},
    {"Busy",
     [](World& w) { w.Book("b", "practitioners/p1", At(10, 55), At(11, 55), kQuarter, kQuarter); },
     "p1 18 b", "Nobody"},
    // Visits of 09:00-09:40 and 10:00-11:00 do not meet; 15 + 15 minutes do not fit between them.
    {"BufferCut",
     [](World& w) { w.Book("b", "practitioners/p1", At(9), At(9, 40), kQuarter, kQuarter); },
     "p1 19 b", "Nobody"},
    {"BuffersTouch",
     [](World& w) { w.Book("b", "practitioners/p1", At(9), At(9, 30), kQuarter, kQuarter); }, "",
     "Everybody"},
    {"RoomBusy",
     [](World& w) {
       w.Book("b", "clinics/c/rooms/plain", At(9, 30), At(10, 30), {}, absl::Minutes(10));
     },
     "plain 18 b", "Everybody"},
    {"Turnover",
     [](World& w) {
       w.Book("b", "clinics/c/rooms/plain", At(9), At(9, 55), {}, absl::Minutes(10));
     },
     "plain 20 b", "Everybody"},
    {"Held",
     [](World& w) {
       w.Book("h", "practitioners/p1", At(10), At(11), {}, {}, w.now + absl::Minutes(1));
     },
     "p1 21 h", "Nobody"},
    {"HoldRanOut", [](World& w) { w.Book("h", "practitioners/p1", At(10), At(11), {}, {}, w.now); },
     "", "Everybody"},
    {"DayFull",
     [](World& w) {
       w.catalogue.policies[""] = {{.practitioner = {.visits = 1}}};
       w.Book("b", "practitioners/p1", At(14), At(15), {}, {});
     },
     "p1 22", "Nobody"},
    {"DayHasRoomForTheMinutes",
     [](World& w) {
       w.catalogue.policies[""] = {{.practitioner = {.minutes = 120}}};
       w.Book("b", "practitioners/p1", At(14), At(15), kQuarter, kQuarter);
     },
     "", "Everybody"},
    {"TooManyMinutes",
     [](World& w) {
       w.catalogue.policies[""] = {{.practitioner = {.minutes = 119}}};
       w.Book("b", "practitioners/p1", At(14), At(15), {}, {});
     },
     "p1 22", "Nobody"},
    {"AllAtOnce",
     [](World& w) {
       w.now = At(10, 1);
       w.offering().online_bookable = false;
       w.who().credentials.clear();
       w.Book("b", "practitioners/p1", At(10), At(11), {}, {});
       w.Book("c", "clinics/c/rooms/plain", At(10), At(11), {}, {});
     },
     "time 2; time 7; p1 14; p1 18 b; plain 18 c", "Nobody"},
};

INSTANTIATE_TEST_SUITE_P(OneMonday, ExplainTest, ::testing::ValuesIn(kCases),
                         [](const auto& each) { return std::string(each.param.name); });

// On a holiday the question is which.
TEST(Explain, SaysWhichHolidayItIs) {
  World world;
  HolidayCalendar calendar;
  calendar.holidays.push_back({absl::CivilDay(2027, 3, 8), "Founders' Day", "an Act"});
  Clinic& clinic = world.catalogue.clinics["c"];
  clinic.holidays = &calendar;
  const auto text = [&] {
    const auto asked = AskExplanation(world.catalogue, world.request);
    const Explanation why = Explain(*asked, world.claims, world.bookings, world.now);
    return why.obstacles.empty() ? "" : why.obstacles[0].text;
  };
  EXPECT_EQ(text(),
            "the clinic is not open for the whole visit and its buffers: it keeps Founders' Day");
  clinic.overrides.push_back(
      {absl::CivilDay(2027, 3, 8), "c", OverrideKind::kOtherHours, {{9 * 60, 14 * 60}}});
  EXPECT_EQ(text(), "");
}

TEST(AskExplanation, WhatDoesNotExistCannotBeExplained) {
  const std::pair<const char*, std::function<void(SlotRequest&)>> cases[] = {
      {"REFERENCE_UNKNOWN", [](SlotRequest& r) { r.clinic = "nowhere"; }},
      {"REFERENCE_UNKNOWN", [](SlotRequest& r) { r.offering = "nothing"; }},
      {"REFERENCE_UNKNOWN", [](SlotRequest& r) { r.practitioner = "nobody"; }},
      {"REFERENCE_UNKNOWN", [](SlotRequest& r) { r.room = "none"; }},
      {"INVALID_FIELD", [](SlotRequest& r) { r.minutes = 45; }},
  };
  for (const auto& [reason, spoil] : cases) {
    World world;
    spoil(world.request);
    EXPECT_EQ(ReasonOf(AskExplanation(world.catalogue, world.request).status()), reason);
  }
}

TEST(AskExplanation, OnlyWhoAndWhereWasAskedFor) {
  World world;
  world.request.practitioner = "p1";
  world.request.room = "quiet";
  const auto asked = AskExplanation(world.catalogue, world.request);
  ASSERT_TRUE(asked.ok()) << asked.status();
  EXPECT_EQ(asked->resources(),
            (std::vector<ResourceId>{"practitioners/p1", "clinics/c/rooms/quiet"}));
}

}  // namespace
}  // namespace stillpoint::booking::domain

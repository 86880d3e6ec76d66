// The job after a change of the zone data, on both engines. The clinic's own zone is seven hours
// behind UTC in March.
#include "services/booking/app/follow_zones.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/booking/app/follow_zones_testing.h"

namespace stillpoint::booking::app {
namespace {

TEST_P(FollowZonesTest, WhileTheDataIsTheSameNothingMoves) {
  // All of 2027-11-06 and the night after, in which 01:30 comes twice, are bookable.
  domain::Catalogue changed = *catalogues_.catalogue;
  changed.version += 1;
  changed.clinics["c"].opening_hours = {{absl::Weekday::sunday, 0, 24 * 60}};
  changed.offerings["massage"].horizon_days = 365;
  changed.offerings["massage"].credential_kind = "";
  for (auto& hours : changed.practitioners["p1"].hours)
    hours.week = {absl::Weekday::sunday, 0, 1440};
  catalogues_.catalogue = std::make_shared<const domain::Catalogue>(changed);
  const absl::Time first =
      absl::FromCivil(absl::CivilMinute(2027, 11, 7, 1, 0), absl::UTCTimeZone()) + absl::Hours(6);
  const std::string once = IdOf(Create(Slot(first)));
  const std::string again = IdOf(Create(Slot(first + absl::Hours(1))));
  EXPECT_EQ(Get(once).local_start, Get(again).local_start);
  const ZoneReport report = Run();
  EXPECT_EQ(Told(report), Texts{});
  EXPECT_EQ(report.seen, 2);
  EXPECT_EQ(report.unknown, 0);
  EXPECT_FALSE(report.next.has_value());
}

TEST_P(FollowZonesTest, ADayOfVisitsMovesByAnHourOneByOne) {
  const std::string first = IdOf(Create(Slot(At(10))));
  const std::string second = IdOf(Create(Slot(At(11))));
  const std::string third = IdOf(Hold(Slot(At(12))));
  MakeZone(-8);  // Later.
  (void)Run({}, 100, /*validate_only=*/true);
  EXPECT_EQ(Get(first).start, At(10));
  EXPECT_EQ(RunAsForetold(),
            (Texts{absl::StrCat(third, " 19:00 20:00 "), absl::StrCat(second, " 18:00 19:00 "),
                   absl::StrCat(first, " 17:00 18:00 ")}));
  const domain::Booking moved = Get(first);
  EXPECT_EQ(moved.start, At(11));
  EXPECT_EQ(moved.end, At(12));
  EXPECT_EQ(moved.revision, 2);
  EXPECT_EQ(moved.local_start, absl::CivilSecond(2027, 3, 8, 10, 0, 0));
  EXPECT_EQ(EventKinds(first), (Texts{"booking.confirmed", "booking.zone_changed"}));
  EXPECT_EQ(Get(third).state, domain::BookingState::kHeld);
  EXPECT_EQ(Count("claims"), 6);
  EXPECT_EQ(Overlaps(), 0);
  EXPECT_EQ(Told(Run()), Texts{});  // Once is enough.
  MakeZone(-7);                     // And back.
  EXPECT_EQ(Told(Run()),
            (Texts{absl::StrCat(first, " 18:00 17:00 "), absl::StrCat(second, " 19:00 18:00 "),
                   absl::StrCat(third, " 20:00 19:00 ")}));
  EXPECT_EQ(Overlaps(), 0);
  EXPECT_TRUE(Move(third, domain::BookingMove::kConfirm).ok());
}

TEST_P(FollowZonesTest, WhatIsInTheWayIsToldAndBothStay) {
  const std::string stays = IdOf(Create(Slot(At(11), "p2", "r1")));
  const std::string blocked = IdOf(Create(Slot(At(10), "p1", "r1")));
  const std::string next = IdOf(Create(Slot(At(9), "p1", "r2")));
  // Agreed before local times were kept.
  Execute(absl::StrCat("UPDATE bookings SET local_start_us = NULL WHERE booking = '", stays, "'"));
  MakeZone(-8);
  const ZoneReport report = Run();
  EXPECT_EQ(RunAsForetold(), Told(report));
  EXPECT_EQ(Told(report), (Texts{absl::StrCat(blocked, " 17:00 18:00 SLOT_TAKEN"),
                                 absl::StrCat(next, " 16:00 17:00 SLOT_TAKEN")}));
  EXPECT_EQ(report.unknown, 1);
  EXPECT_EQ(Get(blocked).start, At(10));
  EXPECT_EQ(EventKinds(blocked), Texts{"booking.confirmed"});
  ASSERT_TRUE(Move(stays, domain::BookingMove::kCancel).ok());
  EXPECT_EQ(Told(Run()),
            (Texts{absl::StrCat(blocked, " 17:00 18:00 "), absl::StrCat(next, " 16:00 17:00 ")}));
  EXPECT_EQ(Overlaps(), 0);
}

TEST_P(FollowZonesTest, AHoldThatRanOutGivesWay) {
  const std::string hold = IdOf(Hold(Slot(At(11))));
  const std::string visit = IdOf(Create(Slot(At(10))));
  clock_.Advance(domain::kHoldDefault);
  MakeZone(-8);
  EXPECT_EQ(Told(Run()), Texts{absl::StrCat(visit, " 17:00 18:00 ")});
  EXPECT_EQ(Get(hold).state, domain::BookingState::kExpired);
}

TEST_P(FollowZonesTest, WhatHasBegunOrWouldHaveStays) {
  const std::string early = IdOf(Create(Slot(At(9), "p1", "r1")));
  const std::string later = IdOf(Create(Slot(At(11), "p1", "r1")));
  const std::string arrived = IdOf(Create(Slot(At(14), "p1", "r1")));
  ASSERT_TRUE(Move(arrived, domain::BookingMove::kCheckIn).ok());
  clock_.Advance(absl::Hours(2) + absl::Minutes(30));  // 08:30.
  MakeZone(-6);
  EXPECT_EQ(Told(Run()), (Texts{absl::StrCat(early, " 16:00 15:00 START_IN_PAST"),
                                absl::StrCat(later, " 18:00 17:00 ")}));
  clock_.Advance(absl::Hours(1));  // The first is under way.
  EXPECT_EQ(Told(Run()), Texts{});
}

TEST_P(FollowZonesTest, WhatCannotBeKnownIsTold) {
  const std::string id = IdOf(Create(Slot(At(10))));
  knows_zones_ = false;
  EXPECT_EQ(Told(Run()), Texts{absl::StrCat(id, " 17:00 17:00 ZONE_UNKNOWN")});
  knows_zones_ = true;
  zones_["America/Edmonton"] = absl::FixedTimeZone(-7 * 60 * 60 - 60);
  EXPECT_EQ(Told(Run()), Texts{absl::StrCat(id, " 17:00 17:01 OFF_GRID")});
  EXPECT_EQ(ReasonOf(follow_
                         .Run({.tenant = Tenant("other"),
                               .from = {},
                               .bookings_max = 1,
                               .deadline = Deadline::After(absl::Seconds(10))})
                         .status()),
            "NOT_FOUND");
}

TEST_P(FollowZonesTest, InPartsItDoesTheSame) {
  Texts all;
  for (const int hour : {9, 10, 11, 12, 13}) all.push_back(IdOf(Create(Slot(At(hour)))));
  MakeZone(-8);
  Texts moved;
  ZonePosition at;
  for (int calls = 0; calls < 20; ++calls) {
    const ZoneReport report = Run(at, 2);
    EXPECT_LE(report.moves.size(), 2u);
    for (const ZoneMove& move : report.moves) {
      EXPECT_TRUE(move.refusal.ok()) << move.refusal;
      moved.insert(moved.begin(), move.booking.id);
    }
    if (!report.next.has_value()) break;
    at = *report.next;
  }
  EXPECT_EQ(moved, all);
  EXPECT_EQ(Overlaps(), 0);
}

TEST_P(FollowZonesTest, AMoveByHandIsAgreedAnew) {
  const std::string id = IdOf(Create(Slot(At(10))));
  MakeZone(-8);
  ASSERT_TRUE(Reschedule(id, Slot(At(14))).ok());
  EXPECT_EQ(Get(id).local_start, absl::CivilSecond(2027, 3, 8, 14, 0, 0));
  EXPECT_EQ(Told(Run()), Texts{absl::StrCat(id, " 21:00 22:00 ")});
}

TEST_P(FollowZonesTest, WhereverAStartIsSetItsLocalTimeIs) {
  AddToronto();
  const auto keeps = [this](const std::string& id) {
    const domain::Booking booking = Get(id);
    absl::TimeZone zone;
    EXPECT_TRUE(absl::LoadTimeZone(booking.zone, &zone));
    EXPECT_EQ(booking.local_start, absl::ToCivilSecond(booking.start, zone)) << booking.id;
    return booking.zone;
  };
  const std::string held = IdOf(Hold(Slot(At(10))));
  EXPECT_EQ(keeps(held), "America/Edmonton");
  ASSERT_TRUE(Move(held, domain::BookingMove::kConfirm).ok());
  keeps(held);
  ASSERT_TRUE(Reschedule(held, Slot(At(14))).ok());
  keeps(held);
  ASSERT_TRUE(Reschedule(held, InToronto(At(12))).ok());
  EXPECT_EQ(keeps(held), "America/Toronto");
  // In the quiet room, until somebody needs it.
  ASSERT_TRUE(Create(Slot(At(13), "p2", "r1")).ok());
  const std::string second = IdOf(Create(Slot(At(13), "p3", "r2")));
  const std::string any = IdOf(Create(Slot(At(13), "p1", "")));
  ASSERT_EQ(Get(any).room, "r3");
  ASSERT_TRUE(Move(second, domain::BookingMove::kCancel).ok());
  domain::SlotRequest quiet = Slot(At(13), "p3", "");
  quiet.offering = "quiet";
  domain::Catalogue changed = *catalogues_.catalogue;
  changed.version += 1;
  changed.offerings["quiet"].notice_minutes = 0;
  catalogues_.catalogue = std::make_shared<const domain::Catalogue>(changed);
  ASSERT_TRUE(Create(quiet).ok());
  ASSERT_EQ(Get(any).room, "r2");
  keeps(any);
  ASSERT_TRUE(Move(any, domain::BookingMove::kCheckIn).ok());
  keeps(any);
}

INSTANTIATE_TEST_SUITE_P(Engines, FollowZonesTest, ::testing::ValuesIn(testing::AllEngines()),
                         [](const auto& engine) { return testing::EngineName(engine.param); });

}  // namespace
}  // namespace stillpoint::booking::app

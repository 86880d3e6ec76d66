// Bookings that stand in each other's way when zones change, on both engines: what is foretold is
// what is done.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/booking/app/follow_zones_testing.h"

namespace stillpoint::booking::app {
namespace {

using FollowZonesGroupTest = FollowZonesTest;

TEST_P(FollowZonesGroupTest, TwoThatNeedEachOthersPlacesMoveTogether) {
  AddToronto();
  const std::string west = IdOf(Create(Slot(At(10))));
  const std::string east = IdOf(Create(InToronto(At(11))));
  MakeZone(-8);
  MakeZone(-4, "America/Toronto");  // It was -5.
  EXPECT_EQ(RunAsForetold(),
            (Texts{absl::StrCat(west, " 17:00 18:00 "), absl::StrCat(east, " 18:00 17:00 ")}));
  EXPECT_EQ(Get(west).start, At(11));
  EXPECT_EQ(Get(east).start, At(10));
  EXPECT_EQ(Get(east).revision, 2);
  for (const std::string& id : {west, east}) {
    EXPECT_EQ(EventKinds(id), (Texts{"booking.confirmed", "booking.zone_changed"}));
  }
  EXPECT_EQ(Count("claims"), 4);
}

TEST_P(FollowZonesGroupTest, OfTwoThatWouldMeetTheFirstToBeBookedGoes) {
  AddToronto();
  const std::string east = IdOf(Create(InToronto(At(12))));
  const std::string west = IdOf(Create(Slot(At(10))));
  MakeZone(-8);
  MakeZone(-4, "America/Toronto");
  EXPECT_EQ(RunAsForetold(), (Texts{absl::StrCat(west, " 17:00 18:00 SLOT_TAKEN"),
                                    absl::StrCat(east, " 19:00 18:00 ")}));
  EXPECT_EQ(Told(Run()), Texts{absl::StrCat(west, " 17:00 18:00 SLOT_TAKEN")});
}

TEST_P(FollowZonesGroupTest, TheOtherZonesVisitsAreInTheWayOfAWholeRow) {
  AddToronto();
  ASSERT_TRUE(Create(InToronto(At(12))).ok());
  const std::string second = IdOf(Create(Slot(At(11))));
  const std::string first = IdOf(Create(Slot(At(10), "p1", "r2")));
  const std::string other = IdOf(Create(Slot(At(10), "p2", "r1")));  // Needs the second's room.
  const std::string free = IdOf(Create(Slot(At(10), "p3", "r3")));
  MakeZone(-8);
  Texts told = RunAsForetold();
  std::sort(told.begin(), told.end());
  Texts wanted = {absl::StrCat(second, " 18:00 19:00 SLOT_TAKEN"),
                  absl::StrCat(first, " 17:00 18:00 SLOT_TAKEN"),
                  absl::StrCat(other, " 17:00 18:00 SLOT_TAKEN"),
                  absl::StrCat(free, " 17:00 18:00 ")};
  std::sort(wanted.begin(), wanted.end());
  EXPECT_EQ(told, wanted);
}

TEST_P(FollowZonesGroupTest, WhoseWayOrBufferBecomesTooShortIsTold) {
  AddToronto();
  domain::Catalogue changed = *catalogues_.catalogue;
  changed.version += 1;
  changed.travel = {{"c", {{"t", 30}}}, {"t", {{"c", 30}}}};
  changed.policies[""] = {
      {.version = 1, .effective = clock_.TimeNow(), .buffers = domain::BufferPolicy::kMax}};
  catalogues_.catalogue = std::make_shared<const domain::Catalogue>(changed);
  const std::string west = IdOf(Create(Slot(At(10))));
  const std::string east = IdOf(Create(InToronto(At(12))));
  const std::string before = IdOf(Create(Slot(At(10), "p2", "r2")));
  domain::SlotRequest slot = InToronto(At(12), "p2", "r2");
  slot.offering = "buffered";
  const std::string buffered = IdOf(Create(slot));
  ASSERT_EQ(Get(buffered).buffer_before, absl::Minutes(15));
  MakeZone(-8);
  Texts told = RunAsForetold();
  EXPECT_EQ(told, (Texts{absl::StrCat(before, " 17:00 18:00 buffer"),
                         absl::StrCat(west, " 17:00 18:00 travels")}));
  MakeZone(-6, "America/Toronto");  // All are an hour later than at first.
  EXPECT_EQ(RunAsForetold(),
            (Texts{absl::StrCat(buffered, " 19:00 20:00 "), absl::StrCat(east, " 19:00 20:00 ")}));
}

TEST_P(FollowZonesGroupTest, WhatOthersDoMeanwhileIsSeen) {
  AddToronto();
  const std::string late = IdOf(Create(Slot(At(14))));
  const std::string west = IdOf(Create(Slot(At(10))));
  const std::string east = IdOf(Create(InToronto(At(11))));
  MakeZone(-8);
  MakeZone(-4, "America/Toronto");
  // Was to go; its claims are as they were.
  interruption_.hook = [&] { ASSERT_TRUE(Move(east, domain::BookingMove::kCheckIn).ok()); };
  EXPECT_EQ(Told(Run()), (Texts{absl::StrCat(late, " 21:00 22:00 "),
                                absl::StrCat(west, " 17:00 18:00 SLOT_TAKEN")}));
  EXPECT_EQ(Get(east).start, At(11));
  ASSERT_TRUE(Move(east, domain::BookingMove::kCancel).ok());
  EXPECT_EQ(RunAsForetold(), Texts{absl::StrCat(west, " 17:00 18:00 ")});
}

TEST_P(FollowZonesGroupTest, WhatSomebodyMovesMeanwhileIsPlannedAnew) {
  AddToronto();
  const std::string late = IdOf(Create(Slot(At(14))));
  const std::string west = IdOf(Create(Slot(At(10))));
  const std::string east = IdOf(Create(InToronto(At(11))));
  MakeZone(-8);
  MakeZone(-4, "America/Toronto");
  // As it was planned it would go to 17:00, where its local time no longer is.
  interruption_.hook = [&] { ASSERT_TRUE(Reschedule(east, InToronto(At(11, 15))).ok()); };
  EXPECT_EQ(Told(Run()), (Texts{absl::StrCat(late, " 21:00 22:00 "),
                                absl::StrCat(west, " 17:00 18:00 SLOT_TAKEN"),
                                absl::StrCat(east, " 18:15 17:15 SLOT_TAKEN")}));
  EXPECT_EQ(Get(east).start, At(11, 15));
}

TEST_P(FollowZonesGroupTest, WhatHasMovedIsToldThoughTheNextFails) {
  const std::string first = IdOf(Create(Slot(At(10))));
  const std::string second = IdOf(Create(Slot(At(14))));
  MakeZone(-8);
  interruption_.hook = [this] { Execute("ALTER TABLE claims RENAME TO away"); };
  const ZoneReport part = Run();
  EXPECT_EQ(Told(part), Texts{absl::StrCat(second, " 21:00 22:00 ")});
  ASSERT_TRUE(part.next.has_value());
  EXPECT_FALSE(follow_
                   .Run({.tenant = Tenant("o"),
                         .from = *part.next,
                         .bookings_max = 1,
                         .deadline = Deadline::After(absl::Seconds(10))})
                   .ok());
  Execute("ALTER TABLE away RENAME TO claims");
  EXPECT_EQ(Told(Run(*part.next)), Texts{absl::StrCat(first, " 17:00 18:00 ")});
}

// With parts of one, and groups of two at most, a row of five is more than is looked at together.
TEST_P(FollowZonesGroupTest, OfALongRowLessIsForetoldThanIsDone) {
  for (const int hour : {9, 10, 11, 12, 13}) ASSERT_TRUE(Create(Slot(At(hour))).ok());
  MakeZone(-8);
  FollowZones narrow(*database_, catalogues_, ledger_, interruption_, expire_, Loader(),
                     /*group_max=*/2);
  FollowZonesCommand command{.tenant = Tenant("o"),
                             .from = {},
                             .bookings_max = 1,
                             .validate_only = true,
                             .deadline = Deadline::After(absl::Seconds(30))};
  int go = 0, stay = 0;
  for (bool more = true; more;) {
    const auto part = narrow.Run(command);
    ASSERT_TRUE(part.ok()) << part.status();
    for (const ZoneMove& move : part->moves) ++(move.refusal.ok() ? go : stay);
    more = part->next.has_value();
    if (more) command.from = *part->next;
  }
  EXPECT_EQ(go, 2);
  EXPECT_EQ(stay, 3);
  command.from = {};
  command.validate_only = false;
  command.bookings_max = 100;
  const auto done = narrow.Run(command);
  ASSERT_TRUE(done.ok()) << done.status();
  EXPECT_EQ(done->moves.size(), 5u);
  for (const ZoneMove& move : done->moves) EXPECT_TRUE(move.refusal.ok()) << move.refusal;
  EXPECT_EQ(Overlaps(), 0);
}

INSTANTIATE_TEST_SUITE_P(Engines, FollowZonesGroupTest, ::testing::ValuesIn(testing::AllEngines()),
                         [](const auto& engine) { return testing::EngineName(engine.param); });

}  // namespace
}  // namespace stillpoint::booking::app

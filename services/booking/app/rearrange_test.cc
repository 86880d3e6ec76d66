// "Any room" stays assignable: scenarios 17 and 18, and whom nobody moves.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/error/error.h"
#include "common/testing/databases.h"
#include "services/booking/app/ledger_testing.h"

namespace stillpoint::booking::app {
namespace {

using domain::BookingMove;
using ::testing::ValuesIn;

class RearrangeTest : public LedgerTest {
 protected:
  // `rooms`: id and features. An offering for each single feature, of its name. Four practitioners.
  void SetRooms(const std::map<std::string, std::vector<std::string>>& rooms) {
    domain::Catalogue catalogue = SmallClinic();
    catalogue.rooms.clear();
    for (const auto& [id, features] : rooms) {
      domain::Room room;
      room.id = id;
      room.clinic = "c";
      room.kind = "treatment";
      room.features = features;
      catalogue.rooms[room.resource()] = room;
      for (const std::string& feature : features) {
        domain::Offering offering = catalogue.offerings["massage"];
        offering.id = feature;
        offering.room_features = {feature};
        catalogue.offerings[feature] = offering;
      }
    }
    domain::Practitioner fourth = catalogue.practitioners["p1"];
    fourth.id = "p4";
    catalogue.practitioners["p4"] = fourth;
    catalogues_.catalogue = std::make_shared<const domain::Catalogue>(catalogue);
  }
  static domain::SlotRequest With(const std::string& offering, absl::Time start,
                                  const std::string& practitioner, const std::string& room = "") {
    domain::SlotRequest slot = Slot(start, practitioner, room);
    slot.offering = offering;
    return slot;
  }
};

// Scenario 17: three rooms, one with a hydraulic table; who needs it comes last.
TEST_P(RearrangeTest, Scenario17AnyRoomGivesWayToWhoNeedsTheSpecialOne) {
  SetRooms({{"r1", {}}, {"r2", {}}, {"r3", {"hydraulic"}}});
  const std::string first = IdOf(Create(Slot(At(10), "p1", "r1")));
  ASSERT_TRUE(Create(Slot(At(10), "p2", "r2")).ok());
  const std::string any = IdOf(Create(Slot(At(10), "p3", "")));
  ASSERT_EQ(Get(any).room, "r3");
  ASSERT_TRUE(Move(first, BookingMove::kCancel).ok());

  const std::string special = IdOf(Create(With("hydraulic", At(10), "p4")));
  EXPECT_EQ(Get(special).room, "r3");
  const domain::Booking moved = Get(any);
  EXPECT_EQ(moved.room, "r1");
  EXPECT_EQ(moved.revision, 2);
  EXPECT_EQ(moved.practitioner, "p3");
  EXPECT_EQ(moved.start, At(10));
  EXPECT_EQ(EventKinds(any),
            (std::vector<std::string>{"booking.confirmed", "booking.room_changed"}));
  EXPECT_EQ(Count("claims"), 6);
  EXPECT_EQ(Overlaps(), 0);
  EXPECT_EQ(ReasonOf(Create(Slot(At(10), "p1", "")).status()), "SLOT_TAKEN");  // All fit, no more.
}

TEST_P(RearrangeTest, Scenario17WhoAskedForTheRoomKeepsIt) {
  SetRooms({{"r1", {}}, {"r2", {}}, {"r3", {"hydraulic"}}});
  const std::string pinned = IdOf(Create(Slot(At(10), "p3", "r3")));
  const auto refused = Create(With("hydraulic", At(10), "p4"));
  EXPECT_EQ(ReasonOf(refused.status()), "SLOT_TAKEN");
  EXPECT_EQ(MetadataOf(refused.status())["resource"], "room");
  EXPECT_EQ(Get(pinned).room, "r3");
  EXPECT_EQ(Get(pinned).revision, 1);
}

// Scenario 18: {G,B}, {G,O}, {O,B} for one each; B, O, B in whatever rooms the first two landed.
TEST_P(RearrangeTest, Scenario18EverybodyFitsAndNobodyLosesTheirPlace) {
  SetRooms({{"r1", {"B", "G"}}, {"r2", {"G", "O"}}, {"r3", {"B", "O"}}});
  const std::string first = IdOf(Create(With("B", At(10), "p1")));
  const std::string second = IdOf(Create(With("O", At(10), "p2")));
  const std::string third = IdOf(Create(With("B", At(10), "p3")));
  const auto has = [&](const std::string& id, const std::string& feature) {
    const domain::Booking booking = Get(id);
    const domain::Room* room = catalogues_.catalogue->FindRoom("c", booking.room);
    return booking.state == domain::BookingState::kConfirmed &&
           std::count(room->features.begin(), room->features.end(), feature) == 1;
  };
  EXPECT_TRUE(has(first, "B"));
  EXPECT_TRUE(has(second, "O"));
  EXPECT_TRUE(has(third, "B"));
  EXPECT_EQ(Overlaps(), 0);
  EXPECT_EQ(ReasonOf(Create(With("G", At(10), "p4")).status()), "SLOT_TAKEN");
}

// The one who is in the way can only move if another one moves first.
TEST_P(RearrangeTest, AChainOfMovesIsOneChange) {
  SetRooms({{"r1", {"A"}}, {"r2", {"A", "B"}}, {"r3", {"B", "C"}}});
  const std::string blocker = IdOf(Create(Slot(At(10), "p4", "r1")));
  const std::string a = IdOf(Create(With("A", At(10), "p1")));
  ASSERT_EQ(Get(a).room, "r2");
  const std::string b = IdOf(Create(With("B", At(10), "p2")));
  ASSERT_EQ(Get(b).room, "r3");
  ASSERT_TRUE(Move(blocker, BookingMove::kCancel).ok());
  // C needs r3, so b needs r2, so a goes back to r1.
  EXPECT_EQ(Get(IdOf(Create(With("C", At(10, 30), "p3")))).room, "r3");
  EXPECT_EQ(Get(b).room, "r2");
  EXPECT_EQ(Get(a).room, "r1");
  EXPECT_EQ(EventKinds(a).back(), "booking.room_changed");
  EXPECT_EQ(EventKinds(b).back(), "booking.room_changed");
  EXPECT_EQ(Overlaps(), 0);
}

TEST_P(RearrangeTest, WhoMovesMayChangePlacesWithWhoMakesRoom) {
  SetRooms({{"r1", {}}, {"r2", {}}});
  const std::string moving = IdOf(Create(Slot(At(10), "p1", "r1")));
  const std::string other = IdOf(Create(Slot(At(10), "p2", "")));
  ASSERT_EQ(Get(other).room, "r2");

  const auto swapped = Reschedule(moving, Slot(At(10), "p1", "r2"));
  ASSERT_TRUE(swapped.ok()) << swapped.status();
  EXPECT_EQ(Get(moving).room, "r2");
  EXPECT_EQ(Get(moving).revision, 2);
  EXPECT_EQ(Get(other).room, "r1");
  EXPECT_EQ(EventKinds(other),
            (std::vector<std::string>{"booking.confirmed", "booking.room_changed"}));
  // The same, to a time that overlaps its own old one.
  ASSERT_TRUE(Reschedule(moving, Slot(At(10, 30), "p1", "r1")).ok());
  EXPECT_EQ(Get(moving).room, "r1");
  EXPECT_EQ(Get(other).room, "r2");
  EXPECT_EQ(Count("claims"), 4);
}

TEST_P(RearrangeTest, OnlyAskingMovesNobody) {
  SetRooms({{"r1", {}}, {"r3", {"hydraulic"}}});
  const std::string first = IdOf(Create(Slot(At(10), "p1", "r1")));
  const std::string any = IdOf(Create(Slot(At(10), "p2", "")));
  ASSERT_TRUE(Move(first, BookingMove::kCancel).ok());
  EXPECT_TRUE(book_
                  .Run({.call = NewCall(),
                        .client = "client",
                        .slot = With("hydraulic", At(10), "p3"),
                        .hold = {},
                        .validate_only = true},
                       Encoded)
                  .ok());
  EXPECT_EQ(Get(any).room, "r3");
  EXPECT_EQ(Get(any).revision, 1);
}

// Who is being treated, and who keeps a time for somebody, is left alone.
TEST_P(RearrangeTest, ABegunVisitAndAHoldStayWhereTheyAre) {
  SetRooms({{"r1", {}}, {"r3", {"hydraulic"}}});
  const std::string first = IdOf(Create(Slot(At(10), "p1", "r1")));
  const std::string any = IdOf(Create(Slot(At(10), "p2", "")));
  ASSERT_TRUE(Move(first, BookingMove::kCancel).ok());
  clock_.Set(At(10));
  EXPECT_EQ(ReasonOf(Create(With("hydraulic", At(10, 30), "p3")).status()), "SLOT_TAKEN");
  EXPECT_EQ(Get(any).room, "r3");
  const std::string other = IdOf(Create(Slot(At(14), "p1", "r1")));
  const std::string hold = IdOf(Hold(Slot(At(14), "p2", "")));
  ASSERT_TRUE(Move(other, BookingMove::kCancel).ok());
  EXPECT_EQ(ReasonOf(Create(With("hydraulic", At(14), "p3")).status()), "SLOT_TAKEN");
  EXPECT_EQ(Get(hold).room, "r3");
}

// Rooms are given, given up and taken back while everybody hurries: never two in one room.
TEST_P(RearrangeTest, ManyAtOnceNeverShareARoom) {
  SetRooms({{"r1", {}}, {"r2", {"A"}}, {"r3", {"A", "B"}}, {"r4", {"B"}}});
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      for (int n = 0; n < 10; ++n) {
        const char* const offerings[] = {"massage", "A", "B"};
        const auto reply = Create(
            With(offerings[(i + n) % 3], At(9 + (i * 3 + n) % 7), absl::StrCat("p", 1 + i % 4)));
        if (!reply.ok()) {
          const std::string reason = ReasonOf(reply.status());
          EXPECT_TRUE(reason == "SLOT_TAKEN" || reason == "TX_CONFLICT") << reply.status();
        } else if (n % 3 == 0) {
          EXPECT_TRUE(Move(IdOf(reply), BookingMove::kCancel).ok());
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Overlaps(), 0);
}

INSTANTIATE_TEST_SUITE_P(Engines, RearrangeTest, ValuesIn(testing::AllEngines()),
                         [](const auto& engine) { return testing::EngineName(engine.param); });

}  // namespace
}  // namespace stillpoint::booking::app

#include "services/notification/app/relay.h"

#include <map>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "services/notification/app/test_world.h"
#include "services/notification/domain/lattice.h"
#include "services/notification/ports/booking_store.h"

namespace stillpoint::notification::app {
namespace {

using domain::EventKind;
using domain::Kind;
using domain::State;

class RelayTest : public ::testing::TestWithParam<sql::Engine> {};

TEST_P(RelayTest, ABookingGetsItsConfirmationAndReminder) {
  World world(GetParam());
  world.Happens(EventKind::kHeld);
  world.Happens(EventKind::kConfirmed);
  world.Relay();
  ASSERT_EQ(world.All().size(), 2u);
  EXPECT_EQ(world.Newest(Kind::kConfirmation).notification.due, world.clock.TimeNow());
  const View reminder = world.Newest(Kind::kReminder);
  EXPECT_EQ(reminder.notification.due, world.clock.TimeNow() + absl::Hours(48));
  EXPECT_EQ(Reasons(reminder), std::vector<std::string>{"NONE>SCHEDULED:PLANNED"});
}

TEST_P(RelayTest, AReminderTooLateToSendExistsAndSaysWhy) {
  World world(GetParam());
  world.MoveTo(world.clock.TimeNow() + absl::Hours(5));
  world.Happens(EventKind::kConfirmed);
  world.Relay();
  EXPECT_EQ(Reasons(world.Newest(Kind::kReminder)),
            std::vector<std::string>{"NONE>SUPPRESSED:BOOKED_TOO_LATE"});
}

TEST_P(RelayTest, TheSamePageAgainChangesNothing) {
  World world(GetParam());
  world.Happens(EventKind::kConfirmed);
  world.Relay();
  // A crash that lost the cursor but kept the effects cannot happen; even then nothing doubles.
  ASSERT_TRUE(world.database
                  ->Write(sql::AllOrganizations(), World::Soon(),
                          [](sql::Transaction& tx) { return ports::SaveCursor(tx, ""); })
                  .ok());
  world.Relay();
  EXPECT_EQ(world.All().size(), 2u);
}

TEST_P(RelayTest, AnOlderRevisionNeverOverwritesANewer) {
  World world(GetParam());
  world.Happens(EventKind::kConfirmed);
  world.MoveTo(world.clock.TimeNow() + absl::Hours(100));
  world.Happens(EventKind::kRescheduled);
  std::swap(world.bookings.events[0], world.bookings.events[1]);
  world.Relay();
  for (const View& view : world.All()) EXPECT_EQ(view.notification.key.revision, 2);
}

TEST_P(RelayTest, NothingIsLostWhenBookingIsDownForAWhile) {
  World world(GetParam());
  world.Happens(EventKind::kConfirmed);
  world.bookings.down = true;
  EXPECT_FALSE(world.relay.RunOnce(absl::ZeroDuration(), World::Soon()).ok());
  EXPECT_TRUE(world.All().empty());
  world.bookings.down = false;
  world.Relay();
  EXPECT_EQ(world.All().size(), 2u);
}

TEST_P(RelayTest, CancellingSuppressesWithItsReason) {
  World world(GetParam());
  world.Happens(EventKind::kConfirmed);
  world.Happens(EventKind::kCancelled);
  world.Relay();
  for (const View& view : world.All()) {
    EXPECT_EQ(view.notification.state, State::kSuppressed);
    EXPECT_EQ(view.decisions.back().reason, "BOOKING_CANCELLED");
  }
}

TEST_P(RelayTest, ANewZoneMovesTheReminderAndTellsNothing) {
  World world(GetParam());
  world.Happens(EventKind::kConfirmed);
  world.Relay();
  const ports::Lease lease = world.LeaseOne();  // The confirmation.
  ASSERT_TRUE(world.Begin(lease).ok());
  ASSERT_TRUE(world.Complete(lease, Outcome::kAccepted).ok());
  world.MoveTo(world.clock.TimeNow() + absl::Hours(73));
  world.Happens(EventKind::kZoneChanged);
  world.Relay();
  ASSERT_EQ(world.All().size(), 3u);
  EXPECT_EQ(world.All()[1].decisions.back().reason, "ZONE_CHANGED");
  const View reminder = world.Newest(Kind::kReminder);
  EXPECT_EQ(reminder.notification.key.revision, 2);
  EXPECT_EQ(reminder.notification.state, State::kScheduled);
  EXPECT_EQ(reminder.notification.due, world.clock.TimeNow() + absl::Hours(49));
  // Once it has left, nobody is reminded again, though the visit is a day ahead again.
  world.clock.Advance(absl::Hours(49));
  const ports::Lease due = world.LeaseOne();
  ASSERT_TRUE(world.Begin(due).ok());
  ASSERT_TRUE(world.Complete(due, Outcome::kAccepted).ok());
  world.MoveTo(world.clock.TimeNow() + absl::Hours(25));
  world.Happens(EventKind::kZoneChanged);
  world.Relay();
  EXPECT_EQ(world.All().size(), 3u);
}

TEST_P(RelayTest, AConfirmationThatHadNotLeftIsToldAfterANewZone) {
  World world(GetParam());
  world.Happens(EventKind::kConfirmed);
  world.Relay();
  world.MoveTo(world.clock.TimeNow() + absl::Hours(73));
  world.Happens(EventKind::kZoneChanged);
  // The check before the send sees the new instant before the event has come.
  const ports::Lease lease = world.LeaseOne();
  ASSERT_TRUE(world.Begin(lease).ok());
  EXPECT_EQ(world.Newest(Kind::kConfirmation).decisions.back().reason, "BOOKING_MOVED");
  world.Relay();
  EXPECT_EQ(world.Newest(Kind::kConfirmation).notification.key.revision, 2);
  EXPECT_EQ(world.Newest(Kind::kConfirmation).notification.state, State::kScheduled);
  world.MoveTo(world.clock.TimeNow() + absl::Hours(74));
  world.Happens(EventKind::kZoneChanged);
  world.Relay();
  EXPECT_EQ(world.Newest(Kind::kConfirmation).notification.key.revision, 3);
  const ports::Lease again = world.LeaseOne();
  const auto begun = world.Begin(again);
  ASSERT_TRUE(begun.ok()) << begun.status();
  ASSERT_TRUE(world.Complete(again, Outcome::kAccepted).ok());
  EXPECT_EQ(world.Newest(Kind::kConfirmation).notification.state, State::kAccepted);
  EXPECT_EQ(world.All().size(), 6u);
}

// It was replaced by a change, which told the time that the visit has again.
TEST_P(RelayTest, WhatAMoveHasReplacedStaysSoAfterANewZone) {
  World world(GetParam());
  const absl::Time start = world.clock.TimeNow() + absl::Hours(72);
  world.Happens(EventKind::kConfirmed);
  world.Relay();
  for (const int hours : {5, 0}) {
    world.MoveTo(start + absl::Hours(hours));
    world.Happens(EventKind::kRescheduled);
    world.Relay();
  }
  world.MoveTo(start + absl::Hours(1));
  world.Happens(EventKind::kZoneChanged);
  world.Relay();
  EXPECT_EQ(world.Newest(Kind::kConfirmation).notification.key.revision, 1);
  EXPECT_EQ(world.Newest(Kind::kChange).notification.key.revision, 4);
  EXPECT_EQ(world.Newest(Kind::kReminder).notification.key.revision, 4);
}

TEST_P(RelayTest, CompletingMakesAftercareAndFollowUp) {
  World world(GetParam());
  world.Happens(EventKind::kConfirmed);
  world.clock.Advance(absl::Hours(73));
  world.Happens(EventKind::kCompleted);
  world.Relay();
  EXPECT_EQ(world.Newest(Kind::kAftercare).notification.state, State::kScheduled);
  EXPECT_EQ(world.Newest(Kind::kFollowUp).notification.due,
            world.clock.TimeNow() + absl::Hours(48));
  EXPECT_EQ(world.Newest(Kind::kReminder).decisions.back().reason, "BOOKING_COMPLETED");
}

// N8: fifty moves, relayed by four replicas at once: one live per kind and channel, of the last
// one.
TEST_P(RelayTest, FiftyMovesLeaveOneLiveOfEachKindForTheLastRevision) {
  World world(GetParam());
  world.Happens(EventKind::kConfirmed);
  for (int i = 0; i < 50; ++i) {
    world.MoveTo(world.clock.TimeNow() + absl::Hours(72 + i));
    world.Happens(EventKind::kRescheduled);
  }
  std::vector<std::thread> replicas;
  for (int i = 0; i < 4; ++i) {
    replicas.emplace_back([&world] {
      for (int round = 0; round < 3; ++round) {
        EXPECT_TRUE(world.relay.RunOnce(absl::ZeroDuration(), World::Soon()).ok());
      }
    });
  }
  for (std::thread& replica : replicas) replica.join();
  std::map<Kind, int> live;
  for (const View& view : world.All()) {
    if (!domain::IsLive(view.notification.state)) continue;
    ++live[view.notification.key.kind];
    EXPECT_EQ(view.notification.key.revision, 51);
  }
  EXPECT_EQ(live, (std::map<Kind, int>{{Kind::kReminder, 1}, {Kind::kChange, 1}}));
}

// The schema itself refuses a second live one, also to code that goes round the relay.
TEST_P(RelayTest, TheSchemaAllowsOneLive) {
  World world(GetParam());
  world.Happens(EventKind::kConfirmed);
  world.Relay();
  const absl::Status status =
      stillpoint::testing::Unguarded(*world.database)
          .Write(sql::AllOrganizations(), World::Soon(), [](sql::Transaction& tx) -> absl::Status {
            return tx
                .Execute(
                    "INSERT INTO notification SELECT organization, 'other', booking, occurrence, "
                    "revision + 1, kind, channel, client, state, due_us, not_after_us, clinic, "
                    "practitioner, clinic_name, zone, start_us, end_us, token, lease_until_us, "
                    "worker, "
                    "lapsed, attempts, failures, deferrals, decisions, duplicate_risk, "
                    "row_version, "
                    "created_us, wake_us FROM notification WHERE organization = $1 AND kind = 2",
                    {"o"})
                .status();
          });
  EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists) << status;
}

INSTANTIATE_TEST_SUITE_P(Engines, RelayTest, ::testing::ValuesIn(stillpoint::testing::AllEngines()),
                         [](const auto& test) {
                           return stillpoint::testing::EngineName(test.param);
                         });

}  // namespace
}  // namespace stillpoint::notification::app

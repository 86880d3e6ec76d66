// Sending when workers, providers and templates break: N1-N4, N24.
#include <string>
#include <vector>

#include "common/error/error.h"
#include "gtest/gtest.h"
#include "services/notification/app/test_world.h"
#include "services/notification/domain/policy.h"

namespace stillpoint::notification::app {
namespace {

using domain::EventKind;
using domain::Kind;
using domain::State;

class SendFaultsTest : public ::testing::TestWithParam<sql::Engine> {};

// Aftercare is sent at most once.
World& Completed(World& world) {
  world.Happens(EventKind::kConfirmed);
  world.clock.Advance(absl::Hours(74));
  world.Happens(EventKind::kCompleted);
  world.Relay();
  return world;
}

// N1: the worker died after the provider may have accepted.
TEST_P(SendFaultsTest, AtMostOnceIsNeverSentAgainAndALateAnswerCounts) {
  World world(GetParam());
  Completed(world);
  const ports::Lease lease = world.LeaseOne();
  ASSERT_EQ(world.Begin(lease)->state, State::kSubmitting);
  world.clock.Advance(absl::Minutes(2));
  EXPECT_TRUE(world.LeaseAll().empty());
  View view = world.Newest(Kind::kAftercare);
  EXPECT_EQ(view.notification.state, State::kOutcomeUnknown);
  EXPECT_EQ(view.decisions.back().reason, "WORKER_VANISHED");
  EXPECT_EQ(view.attempts[0].outcome, State::kOutcomeUnknown);

  EXPECT_EQ(*world.Complete(lease, Outcome::kAccepted), State::kAccepted);
  EXPECT_EQ(world.Newest(Kind::kAftercare).decisions.back().reason, "LATE_ANSWER");
}

// N2: the same where a second copy is the smaller harm.
TEST_P(SendFaultsTest, AtLeastOnceIsSentAgainUnderTheSameMessageId) {
  World world(GetParam());
  world.Happens(EventKind::kConfirmed);
  world.Relay();
  const ports::Lease first = world.LeaseOne();
  const std::string message_id = world.Begin(first)->message->message_id;
  world.clock.Advance(absl::Minutes(2));
  EXPECT_TRUE(world.LeaseAll().empty());  // Settled, and due again after a backoff.
  world.clock.Advance(absl::Minutes(2));
  const ports::Lease second = world.LeaseOne();
  EXPECT_GT(second.token, first.token);
  EXPECT_EQ(world.Begin(second)->message->message_id, message_id);
  EXPECT_EQ(*world.Complete(second, Outcome::kAccepted), State::kAccepted);
  const View view = world.Newest(Kind::kConfirmation);
  EXPECT_TRUE(view.notification.duplicate_risk);
  EXPECT_EQ(view.attempts.size(), 2u);
}

TEST_P(SendFaultsTest, ALateAnswerBeforeTheRepeatSparesIt) {
  World world(GetParam());
  world.Happens(EventKind::kConfirmed);
  world.Relay();
  const ports::Lease lease = world.LeaseOne();
  ASSERT_TRUE(world.Begin(lease).ok());
  world.clock.Advance(absl::Minutes(2));
  EXPECT_TRUE(world.LeaseAll().empty());
  EXPECT_EQ(*world.Complete(lease, Outcome::kAccepted), State::kAccepted);
  world.clock.Advance(absl::Hours(1));
  EXPECT_TRUE(world.LeaseAll().empty());
}

// A resend would tell the old time: the lapsed send of a moved booking is left alone.
TEST_P(SendFaultsTest, ALapsedSendOfAMovedBookingIsNotRepeated) {
  World world(GetParam());
  world.Happens(EventKind::kConfirmed);
  world.Relay();
  ASSERT_TRUE(world.Begin(world.LeaseOne()).ok());
  world.MoveTo(world.clock.TimeNow() + absl::Hours(90));
  world.Happens(EventKind::kRescheduled);
  world.Relay();
  world.clock.Advance(absl::Minutes(2));
  EXPECT_EQ(world.LeaseAll().size(), 1u);  // The change.
  EXPECT_EQ(world.Newest(Kind::kConfirmation).notification.state, State::kOutcomeUnknown);
}

// N3 and N4: dead or asleep before the send began; the second worker sends, the first may not.
TEST_P(SendFaultsTest, ALapsedLeaseIsTakenOverAndItsOldTokenIsWorthless) {
  World world(GetParam());
  world.Happens(EventKind::kConfirmed);
  world.Relay();
  const ports::Lease first = world.LeaseOne();
  world.clock.Advance(absl::Minutes(1));
  EXPECT_EQ(ReasonOf(world.Begin(first).status()), "LEASE_LOST");  // Ended, though nobody took it.
  const ports::Lease second = world.LeaseOne();
  EXPECT_EQ(second.token, first.token + 1);
  EXPECT_EQ(ReasonOf(world.Begin(first).status()), "LEASE_LOST");
  EXPECT_EQ(world.Begin(second)->state, State::kSubmitting);
  EXPECT_EQ(ReasonOf(world.Begin(second).status()), "ALREADY_BEGUN");
  EXPECT_EQ(ReasonOf(world.Complete(first, Outcome::kAccepted).status()), "LEASE_LOST");
  EXPECT_EQ(*world.Complete(second, Outcome::kAccepted), State::kAccepted);
  EXPECT_EQ(Reasons(world.Newest(Kind::kConfirmation))[1], "LEASED>LEASED:LEASE_LAPSED");
}

// Settling takes a page at a time; what it has not come to yet must not be leased as if it were
// new.
TEST_P(SendFaultsTest, ALapsedSendIsNeverLeasedUnsettled) {
  World world(GetParam());
  Completed(world);
  ASSERT_EQ(world.Begin(world.LeaseOne())->state, State::kSubmitting);
  world.clock.Advance(absl::Minutes(2));
  const absl::Status status = world.database->Write(
      sql::AllOrganizations(), World::Soon(), [&](sql::Transaction& tx) -> absl::Status {
        const absl::Time now = world.clock.TimeNow();
        const auto leases =
            ports::LeaseDue(tx, now, now + absl::Minutes(1), "w", domain::kAllChannels, 10);
        EXPECT_TRUE(leases->empty());
        return leases.status();
      });
  EXPECT_TRUE(status.ok()) << status;
}

TEST_P(SendFaultsTest, AnExtendedLeaseLastsLonger) {
  World world(GetParam());
  world.Happens(EventKind::kConfirmed);
  world.Relay();
  const ports::Lease lease = world.LeaseOne();
  world.clock.Advance(absl::Seconds(50));
  ASSERT_TRUE(
      world.queue.Extend(world.tenant, lease.id, lease.token, absl::Minutes(1), World::Soon())
          .ok());
  world.clock.Advance(absl::Seconds(50));
  EXPECT_EQ(world.Begin(lease)->state, State::kSubmitting);
  world.clock.Advance(absl::Seconds(50));
  EXPECT_EQ(
      ReasonOf(
          world.queue.Extend(world.tenant, lease.id, lease.token, absl::Minutes(1), World::Soon())
              .status()),
      "LEASE_LOST");
}

TEST_P(SendFaultsTest, TemporaryFailuresBackOffAndEndDead) {
  World world(GetParam());
  world.Happens(EventKind::kConfirmed);
  world.Relay();
  const int attempts_max =
      domain::PolicyFor(Kind::kConfirmation, domain::Channel::kEmail).attempts_max;
  for (int i = 1; i <= attempts_max; ++i) {
    const ports::Lease lease = world.LeaseOne();
    ASSERT_TRUE(world.Begin(lease).ok());
    EXPECT_EQ(*world.Complete(lease, Outcome::kRetry, "451"),
              i < attempts_max ? State::kRetry : State::kDead);
    EXPECT_TRUE(world.LeaseAll().empty());
    world.clock.Advance(absl::Hours(3));
  }
  EXPECT_EQ(world.Newest(Kind::kConfirmation).attempts.back().provider_code, "451");
}

TEST_P(SendFaultsTest, APermanentRefusalIsFinal) {
  World world(GetParam());
  world.Happens(EventKind::kConfirmed);
  world.Relay();
  const ports::Lease lease = world.LeaseOne();
  ASSERT_TRUE(world.Begin(lease).ok());
  EXPECT_EQ(*world.Complete(lease, Outcome::kRejected, "550"), State::kRejected);
  world.clock.Advance(absl::Hours(1));
  EXPECT_TRUE(world.LeaseAll().empty());
}

// N24: a poisonous template ends dead while others flow; after the fix it goes under its old key.
TEST_P(SendFaultsTest, APoisonousTemplateEndsDeadAndIsRedriven) {
  World world(GetParam());
  domain::Template poison;
  poison.kind = Kind::kConfirmation;
  poison.language = "en";
  poison.subject = "Booked";
  poison.body = "{{#given_name}}Hello{{/given_name}}";
  const auto serialise = [](const domain::Template&) { return std::string("bytes"); };
  ASSERT_TRUE(world.templates.Create(world.tenant, poison, {}, serialise, World::Soon()).ok());
  world.contacts.contact->given_name = "";
  world.Happens(EventKind::kConfirmed);
  world.Relay();
  while (world.Newest(Kind::kConfirmation).notification.state != State::kDead) {
    const auto begun = world.Begin(world.LeaseOne());
    ASSERT_EQ(begun->reason, "TEMPLATE_FAILED");
    world.clock.Advance(absl::Hours(3));
  }
  const View dead = world.Newest(Kind::kConfirmation);
  EXPECT_TRUE(dead.attempts.empty());
  EXPECT_EQ(dead.decisions.back().detail, "EMPTY_BODY");

  poison.body = "Hello{{#given_name}} {{given_name}}{{/given_name}}";
  ASSERT_TRUE(world.templates.Create(world.tenant, poison, {}, serialise, World::Soon()).ok());
  const auto redriven = world.manage.Redrive(
      world.tenant, {dead.notification.id, "", {}}, [](const View&) { return std::string("x"); },
      World::Soon());
  ASSERT_TRUE(redriven.ok()) << redriven.status();
  const ports::Lease lease = world.LeaseOne();
  EXPECT_EQ(lease.id, dead.notification.id);
  EXPECT_EQ(world.Begin(lease)->message->message_id, lease.id + ".o@stillpoint.invalid");
  EXPECT_EQ(*world.Complete(lease, Outcome::kAccepted), State::kAccepted);
  EXPECT_EQ(world.Newest(Kind::kConfirmation).attempts[0].template_version, 3);
}

INSTANTIATE_TEST_SUITE_P(Engines, SendFaultsTest,
                         ::testing::ValuesIn(stillpoint::testing::AllEngines()),
                         [](const auto& test) {
                           return stillpoint::testing::EngineName(test.param);
                         });

}  // namespace
}  // namespace stillpoint::notification::app

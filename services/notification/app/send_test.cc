// Sending when nothing breaks: N5, N7, N9, N14 and the checks around them.
#include <string>
#include <vector>

#include "common/error/error.h"
#include "gtest/gtest.h"
#include "services/notification/app/test_world.h"

namespace stillpoint::notification::app {
namespace {

using domain::EventKind;
using domain::Kind;
using domain::State;

class SendTest : public ::testing::TestWithParam<sql::Engine> {};

TEST_P(SendTest, AConfirmationGoesOutOnceAndShowsItsWholeLog) {
  World world(GetParam());
  world.Happens(EventKind::kConfirmed);
  world.Relay();
  const ports::Lease lease = world.LeaseOne();
  const auto begun = world.Begin(lease);
  ASSERT_TRUE(begun.ok()) << begun.status();
  ASSERT_TRUE(begun->message.has_value()) << begun->reason;
  EXPECT_EQ(begun->message->address, "ana@example.com");
  EXPECT_EQ(begun->message->message_id, lease.id + ".o@stillpoint.invalid");
  EXPECT_EQ(begun->message->text.subject,
            "Your appointment on Thursday, March 11, 2027 at 10:00 AM is booked");
  EXPECT_NE(begun->message->text.body.find("Hello Ana,"), std::string::npos);
  EXPECT_TRUE(begun->message->headers.empty());  // Service mail.
  EXPECT_EQ(*world.Complete(lease, Outcome::kAccepted), State::kAccepted);
  EXPECT_EQ(*world.Complete(lease, Outcome::kAccepted), State::kAccepted);  // A repeat.

  const View view = world.Newest(Kind::kConfirmation);
  EXPECT_EQ(Reasons(view),
            (std::vector<std::string>{"NONE>SCHEDULED:PLANNED", "LEASED>CHECKED:STILL_TRUE",
                                      "CHECKED>SUBMITTING:ATTEMPT_STORED",
                                      "SUBMITTING>ACCEPTED:PROVIDER_ACCEPTED"}));
  ASSERT_EQ(view.attempts.size(), 1u);
  EXPECT_EQ(view.attempts[0].body_hash.size(), 64u);
  EXPECT_EQ(view.attempts[0].template_id, "confirmation-email-en");
  EXPECT_EQ(view.attempts[0].outcome, State::kAccepted);
  EXPECT_TRUE(world.LeaseAll().empty());  // The reminder is two days away.
}

TEST_P(SendTest, NothingIsLeasedEarlyOrTwice) {
  World world(GetParam());
  world.Happens(EventKind::kConfirmed);
  world.Relay();
  world.LeaseOne();
  EXPECT_TRUE(world.LeaseAll().empty());
}

// N28: only the store's clock says what is due; a worker has none to show.
TEST_P(SendTest, TheStoresClockJudges) {
  World world(GetParam());
  world.Happens(EventKind::kConfirmed);
  world.Relay();
  const ports::Lease confirmation = world.LeaseOne();
  ASSERT_TRUE(world.Begin(confirmation).ok());
  ASSERT_TRUE(world.Complete(confirmation, Outcome::kAccepted).ok());
  world.clock.Advance(absl::Hours(48) - absl::Microseconds(1));
  EXPECT_TRUE(world.LeaseAll().empty());
  world.clock.Advance(absl::Microseconds(1));
  EXPECT_EQ(world.LeaseAll().size(), 1u);
}

// N5: the booking moved after the lease; the relay has not heard of it yet.
TEST_P(SendTest, AMovedBookingSupersedesItsLeasedReminder) {
  World world(GetParam());
  world.Happens(EventKind::kConfirmed);
  world.Relay();
  world.clock.Advance(absl::Hours(48));
  std::vector<ports::Lease> leases = world.LeaseAll();
  ASSERT_EQ(leases.size(), 2u);
  world.MoveTo(world.clock.TimeNow() + absl::Hours(50));
  world.Happens(EventKind::kRescheduled);
  for (const ports::Lease& lease : leases) {
    const auto begun = world.Begin(lease);
    ASSERT_TRUE(begun.ok());
    EXPECT_EQ(begun->state, State::kSuperseded);
    EXPECT_FALSE(begun->message.has_value());
  }
  world.Relay();
  EXPECT_EQ(world.Newest(Kind::kReminder).notification.due,
            world.clock.TimeNow() + absl::Hours(26));
  const ports::Lease change = world.LeaseOne();
  EXPECT_NE(world.Begin(change)->message->text.subject.find("New time"), std::string::npos);
}

// The other order: the relay was first, and the worker still holds the old lease.
TEST_P(SendTest, ASupersededLeaseIsLost) {
  World world(GetParam());
  world.Happens(EventKind::kConfirmed);
  world.Relay();
  const ports::Lease lease = world.LeaseOne();
  world.MoveTo(world.clock.TimeNow() + absl::Hours(50));
  world.Happens(EventKind::kRescheduled);
  world.Relay();
  EXPECT_EQ(ReasonOf(world.Begin(lease).status()), "LEASE_LOST");
}

// N7.
TEST_P(SendTest, ACancelledBookingSuppressesWhatIsLeased) {
  World world(GetParam());
  world.Happens(EventKind::kConfirmed);
  world.Relay();
  const ports::Lease lease = world.LeaseOne();
  world.Happens(EventKind::kCancelled);
  const auto begun = world.Begin(lease);
  EXPECT_EQ(begun->state, State::kSuppressed);
  EXPECT_EQ(begun->reason, "BOOKING_CANCELLED");
  world.Relay();
  EXPECT_TRUE(world.LeaseAll().empty());
}

TEST_P(SendTest, ACheckInDoesNotSilenceTheConfirmation) {
  World world(GetParam());
  world.Happens(EventKind::kConfirmed);
  world.Relay();
  const ports::Lease lease = world.LeaseOne();
  world.Happens(EventKind::kCheckedIn);
  EXPECT_EQ(world.Begin(lease)->state, State::kSubmitting);
}

// N9: consent withdrawn, or everything erased, between the lease and the send.
TEST_P(SendTest, ConsentAndErasureAreReadAtTheMomentOfSending) {
  World world(GetParam());
  world.Happens(EventKind::kConfirmed);
  world.Relay();
  const ports::Lease lease = world.LeaseOne();
  world.contacts.contact->email_allowed = false;
  EXPECT_EQ(world.Begin(lease)->reason, "NO_EMAIL_CONSENT");
  world.clock.Advance(absl::Hours(48));
  world.contacts.contact = domain::Contact();
  world.contacts.contact->erased = true;
  EXPECT_EQ(world.Begin(world.LeaseOne())->reason, "CLIENT_ERASED");
}

TEST_P(SendTest, AClientWithoutMailGetsATextWhereAllowed) {
  World world(GetParam(), {"stillpoint.invalid", "mailto:u@example.com", true});
  world.contacts.contact->email_allowed = false;
  world.contacts.contact->sms_allowed = true;
  world.Happens(EventKind::kConfirmed);
  world.Relay();
  EXPECT_EQ(world.Begin(world.LeaseOne())->state, State::kSuppressed);
  const std::vector<ports::Lease> leases = world.LeaseAll();
  ASSERT_EQ(leases.size(), 1u);
  EXPECT_EQ(leases[0].channel, domain::Channel::kSms);
  const auto begun = world.Begin(leases[0]);
  ASSERT_TRUE(begun->message.has_value()) << begun->reason;
  EXPECT_EQ(begun->message->address, "+15550001111");
  EXPECT_EQ(begun->message->text.subject, "");
}

// N14: due at night, held until eight; the held one is leased again then.
TEST_P(SendTest, AReminderWaitsForTheMorning) {
  World world(GetParam());
  world.MoveTo(world.clock.TimeNow() + absl::Hours(24 + 13));  // Due at 23:00 in Edmonton.
  world.Happens(EventKind::kConfirmed);
  world.Relay();
  ASSERT_TRUE(world.Complete(world.LeaseOne(), Outcome::kRetry).ok());
  world.clock.Advance(absl::Hours(13));
  for (const ports::Lease& lease : world.LeaseAll()) ASSERT_TRUE(world.Begin(lease).ok());
  const View held = world.Newest(Kind::kReminder);
  EXPECT_EQ(held.notification.state, State::kScheduled);
  EXPECT_EQ(held.decisions.back().reason, "QUIET_HOURS");
  EXPECT_EQ(held.notification.due, world.clock.TimeNow() + absl::Hours(9));
  // In Moncton it is three hours later, so eight is three hours sooner.
  world.clock.Advance(absl::Hours(6));
  EXPECT_TRUE(world.LeaseAll().empty());
  world.clock.Advance(absl::Hours(3));
  EXPECT_EQ(world.Begin(world.LeaseOne())->state, State::kSubmitting);
}

TEST_P(SendTest, TheRecipientsZoneComesBeforeTheClinics) {
  World world(GetParam());
  world.MoveTo(world.clock.TimeNow() + absl::Hours(24 + 9));  // Due at 19:00 in Edmonton.
  world.contacts.contact->zone = "America/Moncton";           // 23:00 there.
  world.Happens(EventKind::kConfirmed);
  world.Relay();
  world.clock.Advance(absl::Hours(9));
  for (const ports::Lease& lease : world.LeaseAll()) ASSERT_TRUE(world.Begin(lease).ok());
  EXPECT_EQ(world.Newest(Kind::kReminder).decisions.back().reason, "QUIET_HOURS");
  EXPECT_EQ(world.Newest(Kind::kConfirmation).notification.state, State::kSubmitting);
}

TEST_P(SendTest, AnOutageUntilAfterTheVisitExpiresTheReminder) {
  World world(GetParam());
  world.Happens(EventKind::kConfirmed);
  world.Relay();
  world.clock.Advance(absl::Hours(72));
  for (const ports::Lease& lease : world.LeaseAll()) {
    const auto begun = world.Begin(lease);
    EXPECT_EQ(begun->state, State::kExpired);
    EXPECT_EQ(begun->reason, "TOO_LATE");
  }
}

TEST_P(SendTest, ANeighbourThatIsDownDefersWithoutUsingUpAttempts) {
  World world(GetParam());
  world.Happens(EventKind::kConfirmed);
  world.Relay();
  world.contacts.down = true;
  for (int i = 0; i < 12; ++i) {
    const auto begun = world.Begin(world.LeaseOne());
    EXPECT_EQ(begun->state, State::kRetry);
    EXPECT_EQ(begun->reason, "CHECK_UNAVAILABLE");
    world.clock.Advance(absl::Hours(3));
  }
  world.contacts.down = false;
  EXPECT_EQ(world.Begin(world.LeaseOne())->state, State::kSubmitting);
}

TEST_P(SendTest, WhatIsNotServiceMailCarriesAWayOut) {
  World world(GetParam(), {"m.example.com", "https://example.com/unsubscribe", false});
  world.Happens(EventKind::kConfirmed);
  world.clock.Advance(absl::Hours(74));
  world.Happens(EventKind::kCompleted);
  world.Relay();
  const auto begun = world.Begin(world.LeaseOne());
  ASSERT_TRUE(begun->message.has_value()) << begun->reason;
  ASSERT_EQ(begun->message->headers.size(), 2u);
  EXPECT_EQ(begun->message->headers[0].second, "List-Unsubscribe=One-Click");
  EXPECT_EQ(begun->message->headers[1].second.rfind("<https://example.com/unsubscribe?token=", 0),
            0u);
}

INSTANTIATE_TEST_SUITE_P(Engines, SendTest, ::testing::ValuesIn(stillpoint::testing::AllEngines()),
                         [](const auto& test) {
                           return stillpoint::testing::EngineName(test.param);
                         });

}  // namespace
}  // namespace stillpoint::notification::app

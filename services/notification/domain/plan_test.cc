#include "services/notification/domain/plan.h"

#include "gtest/gtest.h"
#include "services/notification/domain/policy.h"

namespace stillpoint::notification::domain {
namespace {

absl::TimeZone Edmonton() {
  absl::TimeZone zone;
  EXPECT_TRUE(absl::LoadTimeZone("America/Edmonton", &zone));
  return zone;
}

absl::Time Local(int month, int day, int hour) {
  return absl::FromCivil(absl::CivilHour(2027, month, day, hour), Edmonton());
}

BookingEvent Event(EventKind kind, int64_t revision, absl::Time start, absl::Time time) {
  BookingEvent event;
  event.kind = kind;
  event.time = time;
  event.booking.name = "organizations/o/bookings/b";
  event.booking.revision = revision;
  event.booking.start = start;
  event.booking.end = start + absl::Hours(1);
  return event;
}

TEST(PlanTest, ConfirmedMakesAConfirmationNowAndAReminderADayAhead) {
  const absl::Time now = Local(3, 8, 9);
  const absl::Time start = Local(3, 11, 14);
  const Plan plan = PlanFor(Event(EventKind::kConfirmed, 2, start, now));
  EXPECT_EQ(plan.old_ones, OldOnes::kKeep);
  ASSERT_EQ(plan.make.size(), 2u);
  EXPECT_EQ(plan.make[0].key.kind, Kind::kConfirmation);
  EXPECT_EQ(plan.make[0].due, now);
  EXPECT_EQ(plan.make[1].key.kind, Kind::kReminder);
  EXPECT_EQ(plan.make[1].due, start - absl::Hours(24));
  EXPECT_EQ(plan.make[1].not_after, start);
  EXPECT_EQ(plan.make[1].state, State::kScheduled);
  EXPECT_EQ(plan.make[1].key.revision, 2);
}

// 2027-03-14 02:00 does not exist in Edmonton: 24 elapsed hours before 14:00 is 13:00 the day
// before.
TEST(PlanTest, ReminderIsElapsedTimeAcrossTheClockChange) {
  const Plan plan = PlanFor(Event(EventKind::kConfirmed, 1, Local(3, 14, 14), Local(3, 8, 9)));
  EXPECT_EQ(plan.make[1].due, Local(3, 13, 13));
}

TEST(PlanTest, ReminderOfALateBookingIsSkippedWithItsReason) {
  struct Case {
    absl::Duration ahead;
    State want;
  };
  for (const Case& c : {Case{absl::Hours(24), State::kSuppressed},
                        Case{absl::Hours(24) + absl::Microseconds(1), State::kScheduled},
                        Case{absl::Hours(1), State::kSuppressed}}) {
    const absl::Time now = Local(3, 8, 9);
    const Plan plan = PlanFor(Event(EventKind::kConfirmed, 1, now + c.ahead, now));
    EXPECT_EQ(plan.make[1].state, c.want) << c.ahead;
    EXPECT_EQ(plan.make[1].reason, c.want == State::kSuppressed ? "BOOKED_TOO_LATE" : "PLANNED");
  }
}

TEST(PlanTest, RescheduledReplacesEverythingThatHasNotLeft) {
  const absl::Time now = Local(3, 8, 9);
  const Plan plan = PlanFor(Event(EventKind::kRescheduled, 3, Local(3, 15, 10), now));
  EXPECT_EQ(plan.old_ones, OldOnes::kSupersede);
  ASSERT_EQ(plan.make.size(), 2u);
  EXPECT_EQ(plan.make[0].key.kind, Kind::kChange);
  EXPECT_EQ(plan.make[0].due, now);
  EXPECT_EQ(plan.make[1].key.kind, Kind::kReminder);
  EXPECT_EQ(plan.make[1].key.revision, 3);
}

TEST(PlanTest, TheEndOfABookingSuppressesWhatHasNotLeft) {
  const absl::Time now = Local(3, 8, 9);
  struct Case {
    EventKind kind;
    const char* reason;
    size_t made;
  };
  for (const Case& c : {Case{EventKind::kCancelled, "BOOKING_CANCELLED", 0},
                        Case{EventKind::kNoShow, "BOOKING_NO_SHOW", 0},
                        Case{EventKind::kCompleted, "BOOKING_COMPLETED", 2}}) {
    const Plan plan = PlanFor(Event(c.kind, 4, now, now));
    EXPECT_EQ(plan.old_ones, OldOnes::kSuppress);
    EXPECT_EQ(plan.reason, c.reason);
    EXPECT_EQ(plan.make.size(), c.made);
  }
}

TEST(PlanTest, CompletedMakesAftercareNowAndAFollowUpTwoDaysLater) {
  const absl::Time now = Local(3, 12, 15);
  const Plan plan = PlanFor(Event(EventKind::kCompleted, 5, now - absl::Hours(1), now));
  EXPECT_EQ(plan.make[0].key.kind, Kind::kAftercare);
  EXPECT_EQ(plan.make[0].due, now);
  EXPECT_EQ(plan.make[0].not_after, now + kAftercareLife);
  EXPECT_EQ(plan.make[1].key.kind, Kind::kFollowUp);
  EXPECT_EQ(plan.make[1].due, now + absl::Hours(48));
}

TEST(PlanTest, ANewZoneRenewsWhatHasNotLeftAndTellsNothingElse) {
  const absl::Time now = Local(3, 8, 9);
  const BookingEvent event = Event(EventKind::kZoneChanged, 3, Local(3, 11, 15), now);
  const Plan plan = PlanFor(event);
  EXPECT_EQ(plan.old_ones, OldOnes::kRenew);
  EXPECT_TRUE(plan.make.empty());
  Notification old;
  old.key = {event.booking.name, 1, 2, Kind::kReminder, Channel::kSms};
  old.due = Local(3, 10, 14);
  Planned renewed = Renewed(event, old);
  EXPECT_EQ(renewed.key.revision, 3);
  EXPECT_EQ(renewed.key.kind, Kind::kReminder);
  EXPECT_EQ(renewed.key.channel, Channel::kSms);
  EXPECT_EQ(renewed.due, Local(3, 10, 15));
  EXPECT_EQ(renewed.not_after, Local(3, 11, 15));
  EXPECT_EQ(renewed.state, State::kScheduled);
  // Now it is less than a day ahead; nobody was reminded yet.
  EXPECT_EQ(Renewed(Event(EventKind::kZoneChanged, 3, Local(3, 9, 8), now), old).due, now);
  old.key.kind = Kind::kConfirmation;
  old.due = Local(3, 8, 12);
  EXPECT_EQ(Renewed(event, old).due, old.due);
  EXPECT_EQ(Renewed(event, old).key.kind, Kind::kConfirmation);
}

TEST(PlanTest, OtherEventsMakeNothing) {
  for (const EventKind kind :
       {EventKind::kHeld, EventKind::kCheckedIn, EventKind::kStarted, EventKind::kOther}) {
    const Plan plan = PlanFor(Event(kind, 1, Local(3, 9, 9), Local(3, 8, 9)));
    EXPECT_EQ(plan.old_ones, OldOnes::kKeep);
    EXPECT_TRUE(plan.make.empty());
  }
}

}  // namespace
}  // namespace stillpoint::notification::domain

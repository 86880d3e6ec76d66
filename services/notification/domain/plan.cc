#include "services/notification/domain/plan.h"

#include <algorithm>
#include <utility>

#include "services/notification/domain/policy.h"

namespace stillpoint::notification::domain {
namespace {

Planned Make(const BookingEvent& event, Kind kind, absl::Time due, absl::Time not_after) {
  Planned planned;
  planned.key = Key{event.booking.name, 1, event.booking.revision, kind, Channel::kEmail};
  planned.due = due;
  planned.not_after = not_after;
  planned.reason = "PLANNED";
  return planned;
}

// The reminder exists in every case, so that its log can say why it was not sent.
Planned MakeReminder(const BookingEvent& event) {
  const absl::Time start = event.booking.start;
  Planned planned = Make(event, Kind::kReminder, start - kReminderLead, start);
  if (planned.due <= event.time) {
    planned.state = State::kSuppressed;
    planned.reason = "BOOKED_TOO_LATE";  // The confirmation or change just said all of it.
  }
  return planned;
}

}  // namespace

Planned Renewed(const BookingEvent& event, const Notification& old) {
  const absl::Time start = event.booking.start;
  const absl::Time due = old.key.kind == Kind::kReminder ? start - kReminderLead : old.due;
  Planned planned = Make(event, old.key.kind, std::max(due, event.time), start);
  planned.key.channel = old.key.channel;
  return planned;
}

Plan PlanFor(const BookingEvent& event) {
  const BookingFacts& booking = event.booking;
  Plan plan;
  switch (event.kind) {
    case EventKind::kConfirmed:
      plan.make.push_back(Make(event, Kind::kConfirmation, event.time, booking.start));
      plan.make.push_back(MakeReminder(event));
      return plan;
    case EventKind::kRescheduled:
      // A confirmation that had not left is not made anew: the change says the same, once.
      plan.old_ones = OldOnes::kSupersede;
      plan.reason = "BOOKING_RESCHEDULED";
      plan.make.push_back(Make(event, Kind::kChange, event.time, booking.start));
      plan.make.push_back(MakeReminder(event));
      return plan;
    case EventKind::kZoneChanged:
      // At the same local time, so there is nothing new to tell, and who was reminded is not
      // reminded again. What was on its way is so for the new instant.
      plan.old_ones = OldOnes::kRenew;
      plan.reason = "ZONE_CHANGED";
      return plan;
    case EventKind::kCancelled:
      plan.old_ones = OldOnes::kSuppress;
      plan.reason = "BOOKING_CANCELLED";
      return plan;
    case EventKind::kNoShow:
      plan.old_ones = OldOnes::kSuppress;
      plan.reason = "BOOKING_NO_SHOW";
      return plan;
    case EventKind::kCompleted:
      plan.old_ones = OldOnes::kSuppress;
      plan.reason = "BOOKING_COMPLETED";
      plan.make.push_back(Make(event, Kind::kAftercare, event.time, event.time + kAftercareLife));
      plan.make.push_back(Make(event, Kind::kFollowUp, event.time + kFollowUpDelay,
                               event.time + kFollowUpDelay + kFollowUpLife));
      return plan;
    case EventKind::kHeld:
    case EventKind::kCheckedIn:
    case EventKind::kStarted:
    case EventKind::kOther:
      return plan;
  }
  return plan;
}

}  // namespace stillpoint::notification::domain

// What should exist for a booking after something happened to it. Pure: the same event and the same
// present notifications always give the same plan.
#ifndef STILLPOINT_SERVICES_NOTIFICATION_DOMAIN_PLAN_H_
#define STILLPOINT_SERVICES_NOTIFICATION_DOMAIN_PLAN_H_

#include <vector>

#include "services/notification/domain/notification.h"

namespace stillpoint::notification::domain {

// Numbers are those of the booking API.
enum class EventKind {
  kOther = 0,
  kHeld = 1,
  kConfirmed = 2,
  kRescheduled = 3,
  kCancelled = 4,
  kCheckedIn = 5,
  kStarted = 6,
  kCompleted = 7,
  kNoShow = 8,
  kZoneChanged = 13,
};

struct BookingEvent {
  EventKind kind = EventKind::kOther;
  BookingFacts booking;  // After the event.
  absl::Time time;       // When it happened, on booking's clock.
};

// A notification to make: SCHEDULED, or SUPPRESSED from the start with the reason why.
struct Planned {
  Key key;
  State state = State::kScheduled;
  std::string reason;
  absl::Time due;
  absl::Time not_after;
};

// What to do with those that have not left yet. kRenew: they are superseded, and each is made anew
// for the visit as it is now (Renewed).
enum class OldOnes { kKeep, kSupersede, kSuppress, kRenew };

struct Plan {
  OldOnes old_ones = OldOnes::kKeep;
  std::string reason;  // Of superseding or suppressing: BOOKING_RESCHEDULED, BOOKING_CANCELLED, ...
  std::vector<Planned> make;
};

// `old`, which has not left, for the visit as `event` leaves it: a reminder is due so long before
// it as ever, or at once if that is over; anything else when it was due.
Planned Renewed(const BookingEvent& event, const Notification& old);

// All on the mail channel: texts are made from it when a client cannot be mailed (check.h).
Plan PlanFor(const BookingEvent& event);

}  // namespace stillpoint::notification::domain

#endif  // STILLPOINT_SERVICES_NOTIFICATION_DOMAIN_PLAN_H_

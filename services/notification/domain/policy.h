// How each kind of message behaves on each channel: one table of data, with its reasons beside it.
#ifndef STILLPOINT_SERVICES_NOTIFICATION_DOMAIN_POLICY_H_
#define STILLPOINT_SERVICES_NOTIFICATION_DOMAIN_POLICY_H_

#include "absl/time/time.h"
#include "services/notification/domain/notification.h"

namespace stillpoint::notification::domain {

// What to do when a worker vanished between storing an attempt and reporting its outcome.
enum class Delivery {
  kAtMostOnce,   // Leave it: OUTCOME_UNKNOWN, never sent again.
  kAtLeastOnce,  // Send it again under the same message id; duplicate_risk is recorded.
};

struct Policy {
  Kind kind;
  Channel channel;
  bool quiet_hours;   // Sent only 8:00-21:00 at the recipient.
  bool service_mail;  // Strictly about the service asked for: carries no List-Unsubscribe.
  Delivery delivery;
  int attempts_max;  // Then DEAD.
};

// Never null: every kind has an entry for every channel (a test counts them).
const Policy& PolicyFor(Kind kind, Channel channel);

// Elapsed time: 24 h before the start also when a clock change lies between.
inline constexpr absl::Duration kReminderLead = absl::Hours(24);
inline constexpr absl::Duration kFollowUpDelay = absl::Hours(48);
// What is good for the evening after a visit is noise a day later.
inline constexpr absl::Duration kAftercareLife = absl::Hours(24);
// Asking how one feels makes sense for three days.
inline constexpr absl::Duration kFollowUpLife = absl::Hours(72);

// Recipient's local time; the strictest of the laws we know (47 CFR 64.1200).
inline constexpr int kQuietEndHour = 8;     // First hour in which messages may be sent.
inline constexpr int kQuietStartHour = 21;  // First hour in which they may not.
// When no zone is known nothing is sent; looked at again this often until it expires.
inline constexpr absl::Duration kUnknownZoneHold = absl::Hours(1);

}  // namespace stillpoint::notification::domain

#endif  // STILLPOINT_SERVICES_NOTIFICATION_DOMAIN_POLICY_H_

// Everything that can go wrong in notification, named for the cause. Callers switch on the reason
// string, so a released reason never changes and is never reused (protos/README.md). Beside these:
// TEMPLATE_FAILED and TEMPLATE_INVALID (template.h).
#ifndef STILLPOINT_SERVICES_NOTIFICATION_DOMAIN_ERRORS_H_
#define STILLPOINT_SERVICES_NOTIFICATION_DOMAIN_ERRORS_H_

#include "absl/status/status.h"
#include "services/notification/domain/notification.h"

namespace stillpoint::notification::domain::error {

// Aborted: another lease took over, the lease ended, or the notification was decided otherwise. The
// worker must not send, or learns that its answer came too late.
absl::Status LeaseLost();
// FailedPrecondition: this token has begun its send; the message is given out once per lease.
absl::Status AlreadyBegun();
// FailedPrecondition: it was handed to a provider or is settled.
absl::Status NotCancellable(State state);
// FailedPrecondition: only a DEAD notification can be tried anew.
absl::Status NotDead(State state);
// FailedPrecondition: the booking moved on, a newer notification stands in its place.
absl::Status Replaced();
// Aborted: re-read, then retry.
absl::Status EtagMismatch();
// Internal: a move outside the table (lattice.h). A bug of ours; the transaction is lost.
absl::Status IllegalMove(State from, State to);

}  // namespace stillpoint::notification::domain::error

#endif  // STILLPOINT_SERVICES_NOTIFICATION_DOMAIN_ERRORS_H_

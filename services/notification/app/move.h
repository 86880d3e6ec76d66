// The one way in which a notification changes its state: along the table, with its decision.
#ifndef STILLPOINT_SERVICES_NOTIFICATION_APP_MOVE_H_
#define STILLPOINT_SERVICES_NOTIFICATION_APP_MOVE_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/notification/domain/notification.h"
#include "services/notification/ports/notification_store.h"

namespace stillpoint::notification::app {

// Sets the state and writes the row with one decision. Set other fields of `notification` before.
// Internal ILLEGAL_MOVE outside domain::MayMove; else as NotificationStore::Save.
absl::Status Move(ports::NotificationStore& store, domain::Notification& notification,
                  domain::State to, absl::string_view reason, absl::string_view detail,
                  absl::Time now);

// A try failed for now: RETRY after backoff; or SUPERSEDED, EXPIRED or DEAD when there is no sense
// in trying again. Counts the failure.
absl::Status MoveAfterFailure(ports::NotificationStore& store, domain::Notification& notification,
                              bool superseded, absl::string_view reason, absl::string_view detail,
                              absl::Time now);

}  // namespace stillpoint::notification::app

#endif  // STILLPOINT_SERVICES_NOTIFICATION_APP_MOVE_H_

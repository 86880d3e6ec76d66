// What follows from the outcome of an attempt; shared by workers' answers and their absence.
#ifndef STILLPOINT_SERVICES_NOTIFICATION_APP_OUTCOME_H_
#define STILLPOINT_SERVICES_NOTIFICATION_APP_OUTCOME_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/base/tenant.h"
#include "common/sql/database.h"
#include "services/notification/domain/notification.h"
#include "services/notification/ports/notification_store.h"

namespace stillpoint::notification::app {

// True if what the notification tells no longer holds or a newer one stands in its place, as far as
// the relay knows.
absl::StatusOr<bool> IsSuperseded(sql::Transaction& tx, const Tenant& tenant,
                                  ports::NotificationStore& store,
                                  const domain::Notification& notification);

// Nobody knows whether the attempt under the present token arrived. Ends it, and decides by the
// policy.
absl::Status MoveToUnknown(sql::Transaction& tx, const Tenant& tenant,
                           domain::Notification& notification, absl::string_view reason,
                           absl::string_view provider_code, absl::Time now);

}  // namespace stillpoint::notification::app

#endif  // STILLPOINT_SERVICES_NOTIFICATION_APP_OUTCOME_H_

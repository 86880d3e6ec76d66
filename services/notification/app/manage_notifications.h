// Reading notifications, and deciding about single ones.
#ifndef STILLPOINT_SERVICES_NOTIFICATION_APP_MANAGE_NOTIFICATIONS_H_
#define STILLPOINT_SERVICES_NOTIFICATION_APP_MANAGE_NOTIFICATIONS_H_

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "common/base/tenant.h"
#include "common/sql/database.h"
#include "common/sql/idempotency.h"
#include "services/notification/domain/notification.h"
#include "services/notification/ports/notification_store.h"

namespace stillpoint::notification::app {

struct View {
  domain::Notification notification;
  std::vector<domain::Decision> decisions;
  std::vector<domain::Attempt> attempts;
};

struct ChangeCommand {
  std::string id;
  std::string etag;  // Empty: whatever it is now.
  sql::RequestKey key;
};

// Makes the bytes of the answer, which are stored for replays.
using Serialise = absl::FunctionRef<std::string(const View&)>;

std::string EtagOf(const domain::Notification& notification);

// Thread-safe.
class ManageNotifications {
 public:
  explicit ManageNotifications(sql::Database& database) : database_(database) {}

  // NotFound NOT_FOUND.
  absl::StatusOr<View> Get(const Tenant& tenant, absl::string_view id, Deadline deadline);
  // The log is empty unless `with_log`.
  absl::StatusOr<std::vector<View>> List(const Tenant& tenant, const ports::Filter& filter,
                                         bool with_log, Deadline deadline);
  // Both return the bytes of the answer, the same for a replay. NotFound NOT_FOUND, Aborted
  // ETAG_MISMATCH, InvalidArgument IDEMPOTENCY_KEY_REUSED, and:
  // FailedPrecondition NOTIFICATION_NOT_CANCELLABLE.
  absl::StatusOr<std::string> Cancel(const Tenant& tenant, const ChangeCommand& command,
                                     Serialise serialise, Deadline deadline);
  // FailedPrecondition NOTIFICATION_NOT_DEAD, NOTIFICATION_REPLACED.
  absl::StatusOr<std::string> Redrive(const Tenant& tenant, const ChangeCommand& command,
                                      Serialise serialise, Deadline deadline);

 private:
  using Decide =
      absl::FunctionRef<absl::Status(sql::Transaction&, domain::Notification&, absl::Time now)>;
  absl::StatusOr<std::string> Change(const Tenant& tenant, const ChangeCommand& command,
                                     Serialise serialise, Deadline deadline, Decide decide);

  sql::Database& database_;
};

}  // namespace stillpoint::notification::app

#endif  // STILLPOINT_SERVICES_NOTIFICATION_APP_MANAGE_NOTIFICATIONS_H_

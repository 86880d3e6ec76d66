// Where notifications live. One implementation serves both engines, so this is a class over a
// transaction and not an interface; its functions are in adapters/notification_store.cc.
#ifndef STILLPOINT_SERVICES_NOTIFICATION_PORTS_NOTIFICATION_STORE_H_
#define STILLPOINT_SERVICES_NOTIFICATION_PORTS_NOTIFICATION_STORE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/base/tenant.h"
#include "common/sql/database.h"
#include "services/notification/domain/notification.h"

namespace stillpoint::notification::ports {

// Used by one thread, inside the transaction. Errors are those of sql::Transaction.
class NotificationStore {
 public:
  NotificationStore(sql::Transaction& tx, const Tenant& tenant) : tx_(tx), tenant_(tenant) {}

  // Inserts it with its first decision. False, and nothing is written, if its key exists or another
  // live one stands in its place.
  absl::StatusOr<bool> Insert(const domain::Notification& notification,
                              const domain::Decision& decision);
  // Writes all that can change, and one decision. Counts `version` and `decisions` up. Aborted
  // TX_CONFLICT if the row is not at `version`: Database::Write runs the body again.
  absl::Status Save(domain::Notification& notification, const domain::Decision& decision);
  // Locks the row for the transaction's rest (in a read transaction: does not). Nullopt: unknown.
  absl::StatusOr<std::optional<domain::Notification>> Find(absl::string_view id, bool for_update);
  // Those of one booking that have not left (domain::IsLive), locked.
  absl::StatusOr<std::vector<domain::Notification>> ListLive(absl::string_view booking);
  // True if one of a later revision stands in its place.
  absl::StatusOr<bool> HasSuccessor(const domain::Notification& notification);

 private:
  sql::Transaction& tx_;
  const Tenant& tenant_;
};

// The log of a notification: decisions are written with NotificationStore::Save, attempts here.
class LogStore {
 public:
  LogStore(sql::Transaction& tx, const Tenant& tenant) : tx_(tx), tenant_(tenant) {}

  absl::StatusOr<std::vector<domain::Decision>> Decisions(absl::string_view id);
  absl::StatusOr<std::vector<domain::Attempt>> Attempts(absl::string_view id);
  absl::Status AddAttempt(absl::string_view id, const domain::Attempt& attempt);
  // Sets the outcome of the attempt under `token`. False if there is none.
  absl::StatusOr<bool> EndAttempt(absl::string_view id, int64_t token, domain::State outcome,
                                  absl::string_view provider_code, absl::Time now);

 private:
  sql::Transaction& tx_;
  const Tenant& tenant_;
};

// Which to list; each that is set must match.
struct Filter {
  std::string booking;  // Empty: any.
  std::string client;
  domain::State state = domain::State::kNone;  // kNone: any.
  std::optional<absl::Time> from;              // due >= from
  std::optional<absl::Time> until;             // due < until
  // The page begins after this place in (due, id) order.
  std::optional<absl::Time> after_due;
  std::string after_id;
  int limit = 50;
};

// Ascending by due time, then id.
absl::StatusOr<std::vector<domain::Notification>> ListNotifications(sql::Transaction& tx,
                                                                    const Tenant& tenant,
                                                                    const Filter& filter);

}  // namespace stillpoint::notification::ports

#endif  // STILLPOINT_SERVICES_NOTIFICATION_PORTS_NOTIFICATION_STORE_H_

// Handing out what is due, and settling what was left lying.
#ifndef STILLPOINT_SERVICES_NOTIFICATION_APP_LEASE_QUEUE_H_
#define STILLPOINT_SERVICES_NOTIFICATION_APP_LEASE_QUEUE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/base/tenant.h"
#include "common/sql/database.h"
#include "services/notification/domain/notification.h"
#include "services/notification/ports/queue_store.h"

namespace stillpoint::notification::app {

struct LeaseCommand {
  std::string worker;
  std::vector<domain::Channel> channels;  // 1 or 2, distinct.
  int limit = 1;
  absl::Duration length;
};

struct Leased {
  std::vector<ports::Lease> leases;
  absl::Time until;
};

// Thread-safe.
class LeaseQueue {
 public:
  explicit LeaseQueue(sql::Database& database) : database_(database) {}

  // Settles lapsed sends first (see SettleLapsed), then leases what is due on the store's clock.
  absl::StatusOr<Leased> Lease(const LeaseCommand& command, Deadline deadline);

  // Prolongs a lease from now. Aborted LEASE_LOST: it ended, or is another's.
  absl::StatusOr<absl::Time> Extend(const Tenant& tenant, absl::string_view id, int64_t token,
                                    absl::Duration length, Deadline deadline);

  // Sends whose worker vanished: OUTCOME_UNKNOWN for good where the policy is at most once; RETRY
  // with duplicate_risk where it is at least once and nothing newer stands in its place.
  absl::Status SettleLapsed(Deadline deadline);

 private:
  sql::Database& database_;
};

}  // namespace stillpoint::notification::app

#endif  // STILLPOINT_SERVICES_NOTIFICATION_APP_LEASE_QUEUE_H_

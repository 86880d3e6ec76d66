// The notifications as a queue: what is due, over every organization. These are the only statements
// without a tenant: a worker serves all, and what it takes names its tenant.
#ifndef STILLPOINT_SERVICES_NOTIFICATION_PORTS_QUEUE_STORE_H_
#define STILLPOINT_SERVICES_NOTIFICATION_PORTS_QUEUE_STORE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/base/tenant.h"
#include "common/sql/database.h"
#include "services/notification/domain/notification.h"

namespace stillpoint::notification::ports {

struct Lease {
  std::string organization;
  std::string id;
  int64_t token = 0;
  domain::Channel channel = domain::Channel::kEmail;
};

// Leases up to `limit` that are due at `now` (SCHEDULED and RETRY) or whose lease has lapsed before
// their send began (LEASED), to `worker` until `until`. Rows that another transaction holds are
// passed over. A lapsed lease gets its decision row.
absl::StatusOr<std::vector<Lease>> LeaseDue(sql::Transaction& tx, absl::Time now, absl::Time until,
                                            absl::string_view worker,
                                            absl::Span<const domain::Channel> channels, int limit);

struct Lapsed {
  Tenant tenant;
  std::string id;
  std::string booking;
};

// Up to `limit` in SUBMITTING whose lease has lapsed at `now`: nobody knows what became of them.
absl::StatusOr<std::vector<Lapsed>> ListLapsedSends(sql::Transaction& tx, absl::Time now,
                                                    int limit);

}  // namespace stillpoint::notification::ports

#endif  // STILLPOINT_SERVICES_NOTIFICATION_PORTS_QUEUE_STORE_H_

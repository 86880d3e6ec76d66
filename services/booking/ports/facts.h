// What occupies people and rooms, as searches want to know it.
#ifndef STILLPOINT_SERVICES_BOOKING_PORTS_FACTS_H_
#define STILLPOINT_SERVICES_BOOKING_PORTS_FACTS_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/base/clock.h"
#include "common/base/tenant.h"
#include "services/booking/domain/busy_month.h"
#include "services/booking/domain/resource.h"

namespace stillpoint::booking::ports {

// The months of one resource, ascending, none missing, all of one version.
using BusyMonths = std::vector<std::shared_ptr<const domain::BusyMonth>>;

struct FactsAnswer {
  // At least the version that was committed when the call began. 0: no such organization.
  int64_t catalogue_version = 0;
  std::vector<BusyMonths> resources;  // In the order asked for.
};

// Thread-safe.
class Facts {
 public:
  virtual ~Facts() = default;
  // The facts of `resources` in the months [first, last], none older than what was committed when
  // the call began. Unavailable, DeadlineExceeded: the database cannot answer.
  virtual absl::StatusOr<FactsAnswer> Read(const Tenant& tenant,
                                           absl::Span<const domain::ResourceId> resources,
                                           domain::Month first, domain::Month last,
                                           Deadline deadline) = 0;
};

}  // namespace stillpoint::booking::ports

#endif  // STILLPOINT_SERVICES_BOOKING_PORTS_FACTS_H_

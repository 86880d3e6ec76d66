// Asking the client's record whether a visit is safe.
#ifndef STILLPOINT_SERVICES_BOOKING_PORTS_CLEARANCE_H_
#define STILLPOINT_SERVICES_BOOKING_PORTS_CLEARANCE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/base/tenant.h"
#include "services/booking/domain/catalogue.h"

namespace stillpoint::booking::ports {

// What the record says. `reason`, `rule` and `rule_version` are of the gravest finding that blocks.
struct ClearanceAnswer {
  bool cleared = false;
  std::string reason = {};  // As in error::NotCleared.
  std::string rule = {};
  std::string rule_version = {};
};

// Thread-safe.
class Clearance {
 public:
  virtual ~Clearance() = default;
  // Whether `client` (an id) may be treated so at that instant. NotFound NOT_FOUND: no such client.
  // Unavailable CLEARANCE_UNAVAILABLE: the record cannot be asked; callers refuse then.
  virtual absl::StatusOr<ClearanceAnswer> Get(const Tenant& tenant, const std::string& client,
                                              domain::Modality modality, absl::Time at,
                                              Deadline deadline) = 0;
};

}  // namespace stillpoint::booking::ports

#endif  // STILLPOINT_SERVICES_BOOKING_PORTS_CLEARANCE_H_

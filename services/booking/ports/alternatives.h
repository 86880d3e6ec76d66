// What to offer to somebody whose time was taken.
#ifndef STILLPOINT_SERVICES_BOOKING_PORTS_ALTERNATIVES_H_
#define STILLPOINT_SERVICES_BOOKING_PORTS_ALTERNATIVES_H_

#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/base/tenant.h"
#include "services/booking/domain/slot.h"

namespace stillpoint::booking::ports {

// Thread-safe.
class Alternatives {
 public:
  virtual ~Alternatives() = default;
  // Up to `count` free start times nearest to `wanted.start` on either side, ascending, for the
  // same clinic, offering and length, and for the same practitioner and room where those are named.
  // Reads a snapshot of its own; called outside of transactions, when the wanted time was refused.
  virtual absl::StatusOr<std::vector<absl::Time>> NearestStarts(const Tenant& tenant,
                                                                const domain::SlotRequest& wanted,
                                                                int count, Deadline deadline) = 0;
};

}  // namespace stillpoint::booking::ports

#endif  // STILLPOINT_SERVICES_BOOKING_PORTS_ALTERNATIVES_H_

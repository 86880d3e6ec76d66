// Telling searches in every process that what is known about a resource has changed.
#ifndef STILLPOINT_SERVICES_BOOKING_PORTS_VERSION_POINTERS_H_
#define STILLPOINT_SERVICES_BOOKING_PORTS_VERSION_POINTERS_H_

#include "absl/types/span.h"
#include "common/base/tenant.h"
#include "services/booking/domain/resource.h"

namespace stillpoint::booking::ports {

// Thread-safe.
class VersionPointers {
 public:
  virtual ~VersionPointers() = default;
  // Raises the pointers to these versions and never lowers one. Called after the commit, best
  // effort: a failure costs searches time, never truth, so there is nothing to report.
  virtual void Raise(const Tenant& tenant, absl::Span<const domain::ResourceVersion> versions) = 0;
};

// Without Redis there are no pointers, and every search asks the database.
class NoVersionPointers final : public VersionPointers {
 public:
  void Raise(const Tenant&, absl::Span<const domain::ResourceVersion>) override {}
};

}  // namespace stillpoint::booking::ports

#endif  // STILLPOINT_SERVICES_BOOKING_PORTS_VERSION_POINTERS_H_

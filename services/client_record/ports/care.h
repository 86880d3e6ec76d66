// Whom a practitioner treats: what decides whether they may see a record.
#ifndef STILLPOINT_SERVICES_CLIENT_RECORD_PORTS_CARE_H_
#define STILLPOINT_SERVICES_CLIENT_RECORD_PORTS_CARE_H_

#include <string>

#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "common/base/tenant.h"
#include "services/client_record/ports/key_ring.h"

namespace stillpoint::client_record::ports {

// What the bookings know. Thread-safe.
class Care {
 public:
  virtual ~Care() = default;
  // Whether that practitioner has a visit of that client, past or to come, that was not called off
  // (both are ids). Unavailable CARE_UNAVAILABLE: the bookings cannot be asked.
  virtual absl::StatusOr<bool> HasVisit(const Tenant& tenant, const std::string& practitioner,
                                        const std::string& client, Deadline deadline) const = 0;
};

// What the record itself knows: the client agreed that it is shared, or `author` (the subject of a
// practitioner) wrote a note in it.
absl::StatusOr<bool> IsSharedWith(const Scope& scope, const std::string& client,
                                  const std::string& author);

}  // namespace stillpoint::client_record::ports

#endif  // STILLPOINT_SERVICES_CLIENT_RECORD_PORTS_CARE_H_

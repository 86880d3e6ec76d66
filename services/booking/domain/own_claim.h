// Time that is occupied by the very booking for which another time is looked for: it must not hide
// what it could be moved to.
#ifndef STILLPOINT_SERVICES_BOOKING_DOMAIN_OWN_CLAIM_H_
#define STILLPOINT_SERVICES_BOOKING_DOMAIN_OWN_CLAIM_H_

#include <memory>
#include <vector>

#include "absl/types/span.h"
#include "services/booking/domain/booking.h"
#include "services/booking/domain/busy_month.h"
#include "services/booking/domain/claim.h"
#include "services/booking/domain/resource.h"

namespace stillpoint::booking::domain {

// What one booking occupies of one resource: [begin, end).
struct OwnClaim {
  ResourceId resource;
  Tick begin = 0;
  Tick end = 0;
  friend bool operator==(const OwnClaim&, const OwnClaim&) = default;
};

// What `booking` occupies; nothing if it no longer does. Of a resource that it shares with another
// of `claims` for some time, nothing either: facts do not say whose that time is.
std::vector<OwnClaim> OwnClaimsOf(const Booking& booking, absl::Span<const Claim> claims);

// Takes `own` out of what `resource` is busy with. Nothing of anybody else's is in there.
void ForgetOwn(absl::Span<const OwnClaim> own, const ResourceId& resource,
               std::vector<std::shared_ptr<const BusyMonth>>& months);

}  // namespace stillpoint::booking::domain

#endif  // STILLPOINT_SERVICES_BOOKING_DOMAIN_OWN_CLAIM_H_

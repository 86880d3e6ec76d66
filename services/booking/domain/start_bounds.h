// How soon and how far ahead a visit may start, by its offering and by the policy of its clinic.
#ifndef STILLPOINT_SERVICES_BOOKING_DOMAIN_START_BOUNDS_H_
#define STILLPOINT_SERVICES_BOOKING_DOMAIN_START_BOUNDS_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "services/booking/domain/catalogue.h"
#include "services/booking/domain/policy_override.h"

namespace stillpoint::booking::domain {

// Whose rule decides a bound: the stricter one, the offering's if both say the same.
enum class BoundRule { kOffering, kPolicy, kPolicyDayBefore };

// Starts lie in [earliest, latest].
struct StartBounds {
  absl::Time earliest;
  absl::Time latest;
  BoundRule earliest_rule = BoundRule::kOffering;
  BoundRule latest_rule = BoundRule::kOffering;
};

StartBounds BoundsOf(const Catalogue& catalogue, const Clinic& clinic, const Offering& offering,
                     absl::Time now);

// FailedPrecondition START_IN_PAST, NOTICE_TOO_SHORT or BEYOND_HORIZON.
absl::Status CheckLeadTime(const Catalogue& catalogue, const Clinic& clinic,
                           const Offering& offering, absl::Time start, absl::Time now);
// The same but for what `override_of` sets aside; `used` is told of that.
absl::Status CheckLeadTime(const Catalogue& catalogue, const Clinic& clinic,
                           const Offering& offering, absl::Time start, absl::Time now,
                           const PolicyOverride& override_of, PolicyRules& used);

}  // namespace stillpoint::booking::domain

#endif  // STILLPOINT_SERVICES_BOOKING_DOMAIN_START_BOUNDS_H_

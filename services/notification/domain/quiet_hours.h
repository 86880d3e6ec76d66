// When a message may ring at the recipient's.
#ifndef STILLPOINT_SERVICES_NOTIFICATION_DOMAIN_QUIET_HOURS_H_
#define STILLPOINT_SERVICES_NOTIFICATION_DOMAIN_QUIET_HOURS_H_

#include "absl/time/time.h"

namespace stillpoint::notification::domain {

// The first moment at or after `now` that is 8:00-21:00 in `zone`; `now` itself if it is. 8:00 is
// allowed, 21:00 is not.
absl::Time NextAllowed(absl::Time now, absl::TimeZone zone);

}  // namespace stillpoint::notification::domain

#endif  // STILLPOINT_SERVICES_NOTIFICATION_DOMAIN_QUIET_HOURS_H_

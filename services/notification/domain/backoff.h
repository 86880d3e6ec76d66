// How long to wait after a failure.
#ifndef STILLPOINT_SERVICES_NOTIFICATION_DOMAIN_BACKOFF_H_
#define STILLPOINT_SERVICES_NOTIFICATION_DOMAIN_BACKOFF_H_

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace stillpoint::notification::domain {

inline constexpr absl::Duration kBackoffFirst = absl::Minutes(1);
inline constexpr absl::Duration kBackoffMax = absl::Hours(2);

// Doubles from kBackoffFirst to kBackoffMax with `failures` (1, 2, ...), then up to a quarter more,
// so that messages that failed together do not come back together. The part is taken from `seed`
// (the notification's id), so the function stays pure.
absl::Duration Backoff(int failures, absl::string_view seed);

}  // namespace stillpoint::notification::domain

#endif  // STILLPOINT_SERVICES_NOTIFICATION_DOMAIN_BACKOFF_H_

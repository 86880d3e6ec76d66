#include "services/notification/domain/quiet_hours.h"

#include "absl/time/civil_time.h"
#include "services/notification/domain/policy.h"

namespace stillpoint::notification::domain {

absl::Time NextAllowed(absl::Time now, absl::TimeZone zone) {
  const absl::CivilSecond local = absl::ToCivilSecond(now, zone);
  if (local.hour() >= kQuietEndHour && local.hour() < kQuietStartHour) return now;
  const absl::CivilDay day =
      local.hour() < kQuietEndHour ? absl::CivilDay(local) : absl::CivilDay(local) + 1;
  // FromCivil moves a time in a clock change's gap forward; 8:00 lies in none in practice.
  return absl::FromCivil(absl::CivilHour(day) + kQuietEndHour, zone);
}

}  // namespace stillpoint::notification::domain

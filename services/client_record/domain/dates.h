// Calendar days as people write them on forms.
#ifndef STILLPOINT_SERVICES_CLIENT_RECORD_DOMAIN_DATES_H_
#define STILLPOINT_SERVICES_CLIENT_RECORD_DOMAIN_DATES_H_

#include <optional>

#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace stillpoint::client_record::domain {

// `2026-11-30`, and nothing else; a day that does not exist is none. Years 1850-2200.
std::optional<absl::CivilDay> ParseDay(absl::string_view text);

// When `day` has begun in every time zone. A form's date carries no zone, so a waiting time is over
// only when it is over everywhere: a few hours late, never early.
absl::Time BegunEverywhere(absl::CivilDay day);

// Whether `day` has not begun anywhere yet at `now`.
bool IsFuture(absl::CivilDay day, absl::Time now);

}  // namespace stillpoint::client_record::domain

#endif  // STILLPOINT_SERVICES_CLIENT_RECORD_DOMAIN_DATES_H_

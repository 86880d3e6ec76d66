// One form for what people write in many, so that searches by keyed digest find them.
#ifndef STILLPOINT_SERVICES_CLIENT_RECORD_DOMAIN_NORMALIZE_H_
#define STILLPOINT_SERVICES_CLIENT_RECORD_DOMAIN_NORMALIZE_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace stillpoint::client_record::domain {

inline constexpr char kDefaultRegion[] = "CA";

// Whether NormalisePhone can read national numbers of this ISO 3166 country.
bool IsKnownRegion(absl::string_view region);

// E.164. A number that starts with + or 00 says its country itself; else `region` does. A prefix
// that is dialled inside the country only, as in `+44 (0)20`, is left out. None: not a
// telephone number, or an unknown region.
std::optional<std::string> NormalisePhone(absl::string_view written, absl::string_view region);

// Trimmed and lower-case; exactly one @ with something around it and no blanks.
std::optional<std::string> NormaliseEmail(absl::string_view written);

// Lower case without accents, hyphens, apostrophes and spaces, so that `Zoë O'Neil-Ross` and
// `zoe oneil ross` are the same. Latin letters; others stay as they are.
std::string FoldName(absl::string_view written);

}  // namespace stillpoint::client_record::domain

#endif  // STILLPOINT_SERVICES_CLIENT_RECORD_DOMAIN_NORMALIZE_H_

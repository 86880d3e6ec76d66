// Resource names as in AIP-122: `organizations/{organization}/clinics/{clinic}`.
#ifndef STILLPOINT_COMMON_BASE_RESOURCE_NAME_H_
#define STILLPOINT_COMMON_BASE_RESOURCE_NAME_H_

#include <initializer_list>
#include <string>

#include "absl/strings/string_view.h"

namespace stillpoint {

// Matches `name` against `pattern`, in which `{}` stands for one valid id (IsValidId), and writes
// the ids in order. False, and nothing is written, if it does not match or the counts differ.
//   MatchName(name, "organizations/{}/clinics/{}", {&organization, &clinic})
bool MatchName(absl::string_view name, absl::string_view pattern,
               std::initializer_list<std::string*> ids);

}  // namespace stillpoint

#endif  // STILLPOINT_COMMON_BASE_RESOURCE_NAME_H_

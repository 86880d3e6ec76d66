#include "common/base/resource_name.h"

#include <vector>

#include "absl/strings/str_split.h"
#include "common/base/ids.h"

namespace stillpoint {

bool MatchName(absl::string_view name, absl::string_view pattern,
               std::initializer_list<std::string*> ids) {
  const std::vector<absl::string_view> parts = absl::StrSplit(name, '/');
  const std::vector<absl::string_view> wanted = absl::StrSplit(pattern, '/');
  if (parts.size() != wanted.size()) return false;
  std::vector<absl::string_view> found;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (wanted[i] == "{}") {
      if (!IsValidId(parts[i])) return false;
      found.push_back(parts[i]);
    } else if (parts[i] != wanted[i]) {
      return false;
    }
  }
  if (found.size() != ids.size()) return false;
  auto from = found.begin();
  for (std::string* id : ids) *id = std::string(*from++);
  return true;
}

}  // namespace stillpoint

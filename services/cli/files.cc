#include "services/cli/files.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "common/error/error.h"

namespace stillpoint::cli {

absl::StatusOr<nlohmann::json> ReadJsonFile(absl::string_view what, const std::string& path) {
  constexpr std::streamoff kBytesMax = std::streamoff{64} << 20;
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) return InvalidField(what, absl::StrCat("cannot read ", path));
  if (file.tellg() > kBytesMax) return InvalidField(what, absl::StrCat(path, " is over 64 MiB"));
  file.seekg(0);
  std::ostringstream text;
  text << file.rdbuf();
  nlohmann::json parsed = nlohmann::json::parse(text.str(), nullptr, /*allow_exceptions=*/false);
  if (parsed.is_discarded()) return InvalidField(what, absl::StrCat(path, " is not JSON"));
  return parsed;
}

}  // namespace stillpoint::cli

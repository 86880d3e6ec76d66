#include "common/rpc/private_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "common/error/error.h"

namespace stillpoint::rpc {
namespace {

constexpr off_t kBytesMax = 16 << 20;  // 16 MB: some 80,000 callers.

absl::Status Refused(const std::string& path, absl::string_view why) {
  return Error(absl::StatusCode::kInvalidArgument, "BAD_CONFIG", absl::StrCat(path, ": ", why));
}

}  // namespace

absl::StatusOr<std::string> ReadPrivateFile(const std::string& path) {
  struct stat facts;
  if (stat(path.c_str(), &facts) != 0) return Refused(path, "cannot be read");
  if (!S_ISREG(facts.st_mode)) return Refused(path, "is not a file");
  const bool mounted_secret = facts.st_uid == 0 && geteuid() != 0;
  const mode_t forbidden = mounted_secret ? 037 : 077;
  if ((facts.st_mode & forbidden) != 0) return Refused(path, "others may read it; chmod 600");
  if (facts.st_size > kBytesMax) return Refused(path, "is larger than 16 MB");
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  if (!file) return Refused(path, "cannot be read");
  return std::move(content).str();
}

}  // namespace stillpoint::rpc

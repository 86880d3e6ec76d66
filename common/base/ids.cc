#include "common/base/ids.h"

#include <sodium.h>

#include <array>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/str_format.h"

namespace stillpoint {

std::string RandomIds::Next() {
  static constexpr char kAlphabet[] = "0123456789abcdefghijklmnopqrstuv";
  std::array<uint8_t, 20> random;
  randombytes_buf(random.data(), random.size());
  std::string id;
  id.reserve(random.size());
  for (const uint8_t byte : random) id.push_back(kAlphabet[byte & 31]);
  return id;
}

std::string SequenceIds::Next() { return absl::StrFormat("%s%04d", prefix_, next_.fetch_add(1)); }

bool IsValidId(absl::string_view id) {
  constexpr size_t kIdCharsMax = 63;  // AIP-122; also the DNS label limit, so ids fit host names.
  if (id.empty() || id.size() > kIdCharsMax || id.front() == '-' || id.back() == '-') return false;
  for (const char c : id) {
    if (!absl::ascii_islower(static_cast<unsigned char>(c)) &&
        !absl::ascii_isdigit(static_cast<unsigned char>(c)) && c != '-') {
      return false;
    }
  }
  return true;
}

}  // namespace stillpoint

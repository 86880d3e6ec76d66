#include "services/notification/domain/backoff.h"

#include <algorithm>
#include <cstdint>

namespace stillpoint::notification::domain {

absl::Duration Backoff(int failures, absl::string_view seed) {
  const int doublings = std::clamp(failures - 1, 0, 16);
  const absl::Duration base = std::min(kBackoffFirst * (int64_t{1} << doublings), kBackoffMax);
  uint32_t hash = 2166136261u;  // FNV-1a: only spreads, keeps no secret.
  for (const char c : seed) hash = (hash ^ static_cast<uint8_t>(c)) * 16777619u;
  hash = (hash ^ static_cast<uint32_t>(failures)) * 16777619u;
  return base + base * static_cast<int64_t>(hash % 1000) / 4000;
}

}  // namespace stillpoint::notification::domain

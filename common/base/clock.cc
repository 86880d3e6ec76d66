#include "common/base/clock.h"

#include <algorithm>
#include <chrono>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "common/error/error.h"

namespace stillpoint {
namespace {

// Reading the offset file costs a few microseconds; a demonstration does not notice 10 ms.
constexpr int64_t kOffsetAgeMaxUs = 10'000;

bool ReadOffset(const std::string& path, int64_t* offset_us) {
  std::ifstream file(path);
  return static_cast<bool>(file >> *offset_us);
}

int64_t SteadyNanos() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace

absl::Time SystemClock::TimeNow() const { return absl::Now(); }

absl::StatusOr<std::unique_ptr<SimulatedClock>> SimulatedClock::Open(std::string path) {
  int64_t offset_us = 0;
  if (!ReadOffset(path, &offset_us)) {
    return Error(absl::StatusCode::kInvalidArgument, "BAD_CONFIG",
                 absl::StrCat("the simulated clock file ", path, " does not hold a number"));
  }
  auto clock = std::unique_ptr<SimulatedClock>(new SimulatedClock(std::move(path)));
  clock->offset_us_ = offset_us;
  return clock;
}

absl::Time SimulatedClock::TimeNow() const {
  const int64_t real_us = absl::ToUnixMicros(absl::Now());
  if (real_us - read_at_us_.load() > kOffsetAgeMaxUs) {
    int64_t offset_us = 0;
    // A half-written file keeps the last offset: the next read, 10 ms later, sees it whole.
    if (ReadOffset(path_, &offset_us)) offset_us_ = offset_us;
    read_at_us_ = real_us;
  }
  return absl::FromUnixMicros(real_us + offset_us_.load());
}

Deadline Deadline::After(absl::Duration from_now) {
  // A day bounds the sum; no wait of ours is longer.
  const absl::Duration bounded = std::clamp(from_now, absl::ZeroDuration(), absl::Hours(24));
  return Deadline(SteadyNanos() + absl::ToInt64Nanoseconds(bounded));
}

absl::Duration Deadline::Remaining() const {
  return absl::Nanoseconds(std::max<int64_t>(0, steady_ns_ - SteadyNanos()));
}

Deadline Deadline::AtMost(absl::Duration from_now) const {
  return Deadline(std::min(steady_ns_, After(from_now).steady_ns_));
}

}  // namespace stillpoint

// What time it is, as an argument. Nothing outside common/base reads a system clock.
#ifndef STILLPOINT_COMMON_BASE_CLOCK_H_
#define STILLPOINT_COMMON_BASE_CLOCK_H_

#include <atomic>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace stillpoint {

// The civil present. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time TimeNow() const = 0;
};

// The machine's clock.
class SystemClock final : public Clock {
 public:
  absl::Time TimeNow() const override;
};

// A clock that stands still until a test moves it. Thread-safe.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(absl::Time now) : now_us_(absl::ToUnixMicros(now)) {}
  absl::Time TimeNow() const override { return absl::FromUnixMicros(now_us_.load()); }
  void Set(absl::Time now) { now_us_ = absl::ToUnixMicros(now); }
  void Advance(absl::Duration by) { now_us_ += absl::ToInt64Microseconds(by); }

 private:
  std::atomic<int64_t> now_us_;
};

// The machine's clock plus an offset that several processes share through a file (one decimal
// number, microseconds). It lets the local demonstration live through days in seconds; a server
// accepts it only with SQLite and on loopback. The file is read at most every 10 ms.
class SimulatedClock final : public Clock {
 public:
  // InvalidArgument BAD_CONFIG: the file cannot be read or does not hold a number.
  static absl::StatusOr<std::unique_ptr<SimulatedClock>> Open(std::string path);
  absl::Time TimeNow() const override;

 private:
  explicit SimulatedClock(std::string path) : path_(std::move(path)) {}
  const std::string path_;
  mutable std::atomic<int64_t> offset_us_{0};
  mutable std::atomic<int64_t> read_at_us_{0};  // Real time of the last read.
};

// A real point in time by which work must be done, immune to simulated and adjusted clocks.
// A value; a default-constructed one has passed.
class Deadline {
 public:
  Deadline() = default;
  static Deadline After(absl::Duration from_now);
  // Never negative; zero when it has passed.
  absl::Duration Remaining() const;
  bool Passed() const { return Remaining() <= absl::ZeroDuration(); }
  // The earlier of this and `from_now` from now.
  Deadline AtMost(absl::Duration from_now) const;

 private:
  explicit Deadline(int64_t steady_ns) : steady_ns_(steady_ns) {}
  int64_t steady_ns_ = 0;
};

}  // namespace stillpoint

#endif  // STILLPOINT_COMMON_BASE_CLOCK_H_

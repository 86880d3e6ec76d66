// Those who call the booking servers while these are killed, and what they were told.
#ifndef STILLPOINT_TESTS_CHAOS_CALLER_H_
#define STILLPOINT_TESTS_CHAOS_CALLER_H_

#include <atomic>
#include <map>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "tests/chaos/chance.h"
#include "tests/chaos/fleet.h"
#include "tests/chaos/history.h"

namespace stillpoint::chaos {

inline constexpr int kCallersRooms = 3;
inline constexpr int kCallersPeople = 4;

// The machine's clock, in microseconds.
int64_t NowUs();
// Does nothing for that long, unless `stop` becomes true.
void Pause(absl::Duration time, const std::atomic<bool>& stop);

// What all callers know of each other's bookings, and the calls of all.
class Board {
 public:
  void Add(Event event) {
    MutexLock lock(mutex_);
    const Version& version = event.version;
    if (event.reason.empty() && !version.booking.empty()) {
      Version& known = known_[version.booking];
      if (version.revision > known.revision) known = version;
    }
    if (event.reason.empty() && event.what == "off") off_.push_back(event);
    events_.push_back(std::move(event));
  }
  // One that may still be changed; empty if there is none.
  Version AnyBooking(Chance& chance) {
    MutexLock lock(mutex_);
    std::vector<Version> open;
    for (const auto& [name, version] : known_) {
      if (version.state == "HELD" || version.state == "CONFIRMED") open.push_back(version);
    }
    return open.empty() ? Version() : chance.Of(open);
  }
  // Time off to be removed, by nobody else.
  Event TakeOff(Chance& chance) {
    MutexLock lock(mutex_);
    if (off_.empty()) return {};
    const auto at = off_.begin() + chance.Below(static_cast<int>(off_.size()));
    Event off = *at;
    off_.erase(at);
    return off;
  }
  std::vector<Event> events() {
    MutexLock lock(mutex_);
    return events_;
  }
  // Callers act in step, so that they meet: waits for a beat after `last`.
  int64_t NextBeat(int64_t last) {
    MutexLock lock(mutex_);
    while (beat_ <= last) changed_.Wait(mutex_, Deadline::After(absl::Seconds(1)));
    return beat_;
  }
  void Beat() {
    MutexLock lock(mutex_);
    ++beat_;
    changed_.NotifyAll();
  }
  std::atomic<int> repeats = 0;
  std::atomic<int> different = 0;  // Repetitions that were answered differently.

 private:
  Mutex mutex_;
  CondVar changed_;
  int64_t beat_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<std::string, Version> known_ ABSL_GUARDED_BY(mutex_);
  std::vector<Event> off_ ABSL_GUARDED_BY(mutex_);
  std::vector<Event> events_ ABSL_GUARDED_BY(mutex_);
};

// Makes `calls` random calls, one after the other, each to any of the servers, all about the 45
// hours from `first_minute` on. Repeats each until it has an answer, and some once more.
void RunCaller(const Fleet& fleet, Board& board, uint64_t seed, int number, int64_t first_minute,
               int calls);

}  // namespace stillpoint::chaos

#endif  // STILLPOINT_TESTS_CHAOS_CALLER_H_

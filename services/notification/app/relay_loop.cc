#include "services/notification/app/relay_loop.h"

#include "common/error/error.h"
#include "common/log/log.h"

namespace stillpoint::notification::app {
namespace {

// How long booking may hold our question while nothing happens. Also bounds how long an end takes.
constexpr absl::Duration kWait = absl::Seconds(1);
constexpr absl::Duration kRoundMax = absl::Seconds(5);
// Between rounds that found nothing, should booking answer at once: a confirmation is not late by
// it.
constexpr absl::Duration kIdle = absl::Milliseconds(100);
constexpr absl::Duration kAfterFailure = absl::Seconds(1);

}  // namespace

RelayLoop::RelayLoop(Relay& relay, Metrics& metrics)
    : relay_(relay), metrics_(metrics), thread_([this] { Run(); }) {}

RelayLoop::~RelayLoop() {
  {
    MutexLock lock(mutex_);
    ending_ = true;
  }
  wake_.NotifyAll();
  thread_.join();
}

bool RelayLoop::Pause(absl::Duration length) {
  const Deadline until = Deadline::After(length);
  MutexLock lock(mutex_);
  while (!ending_ && !until.Passed()) wake_.Wait(mutex_, until);
  return !ending_;
}

void RelayLoop::Run() {
  absl::Duration pause = absl::ZeroDuration();
  while (Pause(pause)) {
    const absl::StatusOr<int> applied = relay_.RunOnce(kWait, Deadline::After(kRoundMax));
    if (!applied.ok()) {
      log::Warning("relay_failed", {{"reason", ReasonOf(applied.status())}});
      metrics_.Count("relay_rounds", "failed");
      pause = kAfterFailure;
      continue;
    }
    if (*applied > 0) metrics_.Count("relay_events", "applied", *applied);
    pause = *applied > 0 ? absl::ZeroDuration() : kIdle;
  }
}

}  // namespace stillpoint::notification::app

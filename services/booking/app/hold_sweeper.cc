#include "services/booking/app/hold_sweeper.h"

#include "common/error/error.h"
#include "common/log/log.h"

namespace stillpoint::booking::app {

HoldSweeper::HoldSweeper(ExpireHolds& expire_holds)
    : expire_holds_(expire_holds), thread_([this] { Loop(); }) {}

HoldSweeper::~HoldSweeper() {
  {
    MutexLock lock(mutex_);
    stop_ = true;
  }
  stop_changed_.NotifyAll();
  thread_.join();
}

void HoldSweeper::Loop() {
  while (true) {
    const auto swept = expire_holds_.Run(Deadline::After(kSweepMax));
    if (!swept.ok()) {
      log::Warning("hold_sweep_failed", {{"reason", ReasonOf(swept.status())}});
    }
    const Deadline next = Deadline::After(kInterval);
    MutexLock lock(mutex_);
    while (!stop_ && !next.Passed()) stop_changed_.Wait(mutex_, next);
    if (stop_) return;
  }
}

}  // namespace stillpoint::booking::app

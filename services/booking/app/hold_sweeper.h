// The thread that expires holds.
#ifndef STILLPOINT_SERVICES_BOOKING_APP_HOLD_SWEEPER_H_
#define STILLPOINT_SERVICES_BOOKING_APP_HOLD_SWEEPER_H_

#include <thread>

#include "common/base/mutex.h"
#include "services/booking/app/expire_holds.h"

namespace stillpoint::booking::app {

// Sweeps every kInterval of real time from construction to destruction.
class HoldSweeper {
 public:
  // A hold that ran out this recently may still be listed as held; writes know better at once.
  static constexpr absl::Duration kInterval = absl::Seconds(1);
  // Of one sweep; the next one goes on.
  static constexpr absl::Duration kSweepMax = absl::Seconds(10);

  explicit HoldSweeper(ExpireHolds& expire_holds);
  ~HoldSweeper();
  HoldSweeper(const HoldSweeper&) = delete;
  HoldSweeper& operator=(const HoldSweeper&) = delete;

 private:
  void Loop();

  ExpireHolds& expire_holds_;
  Mutex mutex_;
  CondVar stop_changed_;
  bool stop_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace stillpoint::booking::app

#endif  // STILLPOINT_SERVICES_BOOKING_APP_HOLD_SWEEPER_H_

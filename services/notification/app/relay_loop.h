// The thread that keeps the relay going.
#ifndef STILLPOINT_SERVICES_NOTIFICATION_APP_RELAY_LOOP_H_
#define STILLPOINT_SERVICES_NOTIFICATION_APP_RELAY_LOOP_H_

#include <thread>

#include "common/base/mutex.h"
#include "common/metrics/metrics.h"
#include "services/notification/app/relay.h"

namespace stillpoint::notification::app {

// Runs from construction to destruction. A failure (booking is down, a lost race) is tried again
// after a pause; nothing is lost by it, the cursor stays.
class RelayLoop {
 public:
  RelayLoop(Relay& relay, Metrics& metrics);
  ~RelayLoop();  // Ends after the round in progress, at most a few seconds.
  RelayLoop(const RelayLoop&) = delete;
  RelayLoop& operator=(const RelayLoop&) = delete;

 private:
  void Run();
  // False when it is time to end.
  bool Pause(absl::Duration length);

  Relay& relay_;
  Metrics& metrics_;
  Mutex mutex_;
  CondVar wake_;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // Last: it uses the others.
};

}  // namespace stillpoint::notification::app

#endif  // STILLPOINT_SERVICES_NOTIFICATION_APP_RELAY_LOOP_H_

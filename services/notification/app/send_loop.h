// The worker's threads: lease, begin, send, complete.
#ifndef STILLPOINT_SERVICES_NOTIFICATION_APP_SEND_LOOP_H_
#define STILLPOINT_SERVICES_NOTIFICATION_APP_SEND_LOOP_H_

#include <thread>
#include <vector>

#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "common/metrics/metrics.h"
#include "services/notification/ports/worker.h"

namespace stillpoint::notification::app {

class SendLoop {
 public:
  struct Options {
    int threads = 4;
    absl::Duration poll = absl::Milliseconds(500);  // Between looks at an empty queue.
  };

  // `sms` may be null: then texts are not leased. Runs until destroyed.
  SendLoop(ports::WorkerQueue& queue, ports::MessageChannel& email, ports::MessageChannel* sms,
           const Clock& clock, Metrics& metrics, Options options);
  ~SendLoop();  // Finishes what is being sent; what is leased but not begun goes to another worker.
  SendLoop(const SendLoop&) = delete;
  SendLoop& operator=(const SendLoop&) = delete;

 private:
  void Run();
  // How many were leased; an error is logged and counts as none.
  size_t Round();
  void Handle(const ports::WorkItem& item);
  void Report(const ports::WorkItem& item, const domain::SendResult& result);
  bool Pause(absl::Duration length);  // False when it is time to end.
  bool Ending();

  ports::WorkerQueue& queue_;
  ports::MessageChannel& email_;
  ports::MessageChannel* const sms_;
  const Clock& clock_;
  Metrics& metrics_;
  const Options options_;
  Mutex mutex_;
  CondVar wake_;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;  // Last: they use the others.
};

}  // namespace stillpoint::notification::app

#endif  // STILLPOINT_SERVICES_NOTIFICATION_APP_SEND_LOOP_H_

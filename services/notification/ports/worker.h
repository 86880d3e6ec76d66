// What the worker works with: the queue, and the ways a message travels.
#ifndef STILLPOINT_SERVICES_NOTIFICATION_PORTS_WORKER_H_
#define STILLPOINT_SERVICES_NOTIFICATION_PORTS_WORKER_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/base/clock.h"
#include "services/notification/domain/outbound.h"

namespace stillpoint::notification::ports {

struct WorkItem {
  std::string name;
  int64_t token = 0;
  domain::Channel channel = domain::Channel::kEmail;
  // The lease's end on this machine's own steady clock, counted from before it was asked for: never
  // later than the store sees it.
  Deadline lease_end;
};

// The notification service's WorkerService. Thread-safe.
class WorkerQueue {
 public:
  virtual ~WorkerQueue() = default;
  virtual absl::StatusOr<std::vector<WorkItem>> Lease(absl::Span<const domain::Channel> channels,
                                                      int limit, absl::Duration length,
                                                      Deadline deadline) = 0;
  // Nullopt: decided against. Aborted LEASE_LOST, FailedPrecondition ALREADY_BEGUN: do not send.
  virtual absl::StatusOr<std::optional<domain::Outbound>> Begin(const WorkItem& item,
                                                                Deadline deadline) = 0;
  // May be repeated. Aborted LEASE_LOST: too late, it is noted.
  virtual absl::Status Complete(const WorkItem& item, const domain::SendResult& result,
                                Deadline deadline) = 0;
};

// SMTP, or a text gateway. Thread-safe; blocks up to its own time limits.
class MessageChannel {
 public:
  virtual ~MessageChannel() = default;
  // Never calls the provider once `lease_end` has passed: a process that was stopped in between may
  // have been replaced. `now` dates the message.
  virtual domain::SendResult Send(const domain::Outbound& message, absl::Time now,
                                  Deadline lease_end) = 0;
};

}  // namespace stillpoint::notification::ports

#endif  // STILLPOINT_SERVICES_NOTIFICATION_PORTS_WORKER_H_

#include "services/notification/app/send_loop.h"

#include <algorithm>

#include "common/error/error.h"
#include "common/log/log.h"

namespace stillpoint::notification::app {
namespace {

using domain::Outcome;

// A lease outlives the slowest send (kSendMax, the channels' own limit is 30 s) several times.
constexpr absl::Duration kLease = absl::Minutes(2);
constexpr absl::Duration kSendMax = absl::Seconds(40);
constexpr int kLeaseCount = 8;  // Per thread; what cannot be begun in time lapses unharmed.
constexpr absl::Duration kCallMax = absl::Seconds(10);
// An outcome that cannot be reported costs a doubtful state, so it is worth some patience.
constexpr absl::Duration kReportMax = absl::Seconds(30);
constexpr absl::Duration kReportPause = absl::Milliseconds(500);

const char* LabelOf(Outcome outcome) {
  switch (outcome) {
    case Outcome::kAccepted:
      return "accepted";
    case Outcome::kRejected:
      return "rejected";
    case Outcome::kRetry:
      return "retry";
    case Outcome::kUnknown:
      return "unknown";
  }
  return "unknown";
}

// The answer is missing, so nobody knows here whether the call had its effect.
bool AnswerLost(const absl::Status& status) {
  return status.code() == absl::StatusCode::kUnavailable ||
         status.code() == absl::StatusCode::kDeadlineExceeded;
}

// The service is there but could not take the report at this moment.
bool Busy(const absl::Status& status) {
  return status.code() == absl::StatusCode::kResourceExhausted || ReasonOf(status) == "TX_CONFLICT";
}

}  // namespace

SendLoop::SendLoop(ports::WorkerQueue& queue, ports::MessageChannel& email,
                   ports::MessageChannel* sms, const Clock& clock, Metrics& metrics,
                   Options options)
    : queue_(queue), email_(email), sms_(sms), clock_(clock), metrics_(metrics), options_(options) {
  for (int i = 0; i < options_.threads; ++i) threads_.emplace_back([this] { Run(); });
}

SendLoop::~SendLoop() {
  {
    MutexLock lock(mutex_);
    ending_ = true;
  }
  wake_.NotifyAll();
  for (std::thread& thread : threads_) thread.join();
}

bool SendLoop::Pause(absl::Duration length) {
  const Deadline until = Deadline::After(length);
  MutexLock lock(mutex_);
  while (!ending_ && !until.Passed()) wake_.Wait(mutex_, until);
  return !ending_;
}

bool SendLoop::Ending() {
  MutexLock lock(mutex_);
  return ending_;
}

void SendLoop::Run() {
  while (!Ending()) {
    if (Round() == 0 && !Pause(options_.poll)) return;
  }
}

size_t SendLoop::Round() {
  std::vector<domain::Channel> channels = {domain::Channel::kEmail};
  if (sms_ != nullptr) channels.push_back(domain::Channel::kSms);
  const auto items = queue_.Lease(channels, kLeaseCount, kLease, Deadline::After(kCallMax));
  if (!items.ok()) {
    log::Warning("lease_failed", {{"reason", ReasonOf(items.status())}});
    metrics_.RecordDependency("notification", items.status().code(), absl::ZeroDuration());
    return 0;
  }
  for (const ports::WorkItem& item : *items) {
    if (Ending() || item.lease_end.Remaining() < kSendMax) break;
    Handle(item);
  }
  return items->size();
}

void SendLoop::Handle(const ports::WorkItem& item) {
  const auto begun = queue_.Begin(item, Deadline::After(kCallMax));
  if (!begun.ok()) {
    log::Warning("begin_failed",
                 {{"notification", item.name}, {"reason", ReasonOf(begun.status())}});
    // If the attempt was stored, this takes it back: the provider was certainly not called.
    if (AnswerLost(begun.status())) Report(item, {Outcome::kRetry, "BEGIN_LOST"});
    return;
  }
  if (!begun->has_value()) return;
  ports::MessageChannel& channel =
      item.channel == domain::Channel::kSms && sms_ != nullptr ? *sms_ : email_;
  const Deadline started = Deadline::After(kSendMax);
  const domain::SendResult result = channel.Send(**begun, clock_.TimeNow(), item.lease_end);
  metrics_.RecordDependency(
      item.channel == domain::Channel::kSms ? "sms" : "smtp",
      result.outcome == Outcome::kAccepted ? absl::StatusCode::kOk : absl::StatusCode::kUnavailable,
      kSendMax - started.Remaining());
  metrics_.Count("sends", LabelOf(result.outcome));
  Report(item, result);
}

void SendLoop::Report(const ports::WorkItem& item, const domain::SendResult& result) {
  const Deadline until = Deadline::After(kReportMax);
  for (;;) {
    const absl::Status status = queue_.Complete(item, result, until.AtMost(kCallMax));
    if (status.ok()) return;
    log::Warning("complete_failed", {{"notification", item.name}, {"reason", ReasonOf(status)}});
    if ((!AnswerLost(status) && !Busy(status)) || until.Passed()) return;
    Pause(std::min(kReportPause, until.Remaining()));
    // At the end of the process each report still gets one more try.
    if (Ending() && until.Remaining() < kReportMax - kCallMax) return;
  }
}

}  // namespace stillpoint::notification::app

#include "common/rpc/edge.h"

#include <algorithm>
#include <chrono>
#include <deque>
#include <thread>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "common/base/mutex.h"
#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "common/log/log.h"
#include "common/rpc/peer_identity.h"
#include "common/rpc/rate_limiter.h"
#include "google/protobuf/descriptor.h"

namespace stillpoint::rpc {
namespace {

// How long an idle thread sleeps before it looks again; work wakes it at once.
constexpr absl::Duration kIdle = absl::Minutes(10);

absl::Status ShuttingDown() {
  return Error(absl::StatusCode::kUnavailable, "SHUTTING_DOWN",
               "this server is stopping; another replica answers")
      .RetryAfter(absl::Milliseconds(100));
}

// What the caller is told: an error without a reason goes out as INTERNAL (ToGrpc).
absl::StatusCode WireCode(const absl::Status& status) {
  if (status.ok() || !ReasonOf(status).empty()) return status.code();
  return absl::StatusCode::kInternal;
}

}  // namespace

// The bounded pool. `in_flight` counts what waits and what runs, and is the admission control.
struct Edge::Impl {
  Impl(const Options& o, Callers c, Metrics& m) : options(o), callers(std::move(c)), metrics(m) {}

  void Run();

  const Options options;
  const Callers callers;
  Metrics& metrics;
  absl::flat_hash_map<std::string, MethodAccess> access;

  mutable Mutex mutex;
  CondVar work;  // A body was queued, or `stopping`.
  CondVar idle;  // `in_flight` fell to zero.
  std::deque<std::function<void()>> queue ABSL_GUARDED_BY(mutex);
  int in_flight ABSL_GUARDED_BY(mutex) = 0;
  bool stopping ABSL_GUARDED_BY(mutex) = false;
  std::atomic<bool> draining{false};
  std::vector<std::thread> threads;
};

void Edge::Impl::Run() {
  mutex.Lock();
  while (true) {
    while (queue.empty() && !stopping) work.Wait(mutex, Deadline::After(kIdle));
    if (queue.empty()) break;  // Stopping, and nothing is left to answer.
    {
      const std::function<void()> body = std::move(queue.front());
      queue.pop_front();
      mutex.Unlock();
      body();
    }
    mutex.Lock();
  }
  mutex.Unlock();
}

Edge::Edge(Options options, Callers callers, std::vector<MethodAccess> access, Metrics& metrics)
    : impl_(std::make_unique<Impl>(options, std::move(callers), metrics)) {
  for (const MethodAccess& entry : access) impl_->access[entry.method] = entry;
  for (int i = 0; i < options.threads; ++i) {
    impl_->threads.emplace_back([impl = impl_.get()] { impl->Run(); });
  }
}

Edge::~Edge() {
  {
    MutexLock lock(impl_->mutex);
    impl_->stopping = true;
    impl_->work.NotifyAll();
  }
  for (std::thread& thread : impl_->threads) thread.join();
}

absl::StatusOr<CallInfo> Edge::Open(const grpc::CallbackServerContext& context,
                                    absl::string_view method) const {
  if (impl_->draining) return ShuttingDown();
  const auto& metadata = context.client_metadata();
  const auto found = metadata.find("authorization");
  absl::string_view authorization;
  if (found != metadata.end()) {
    authorization = absl::string_view(found->second.data(), found->second.size());
  }
  CallInfo call;
  // The machine's clock, also beside a simulated one: credentials end in the real world.
  const absl::Time now = absl::Now();
  ASSIGN_OR_RETURN(const std::optional<Principal> certified,
                   CertifiedCaller(context, impl_->options.trust_domain));
  if (authorization.empty() && certified.has_value()) {
    call.principal = *certified;
  } else {
    ASSIGN_OR_RETURN(call.principal, impl_->callers.Find(authorization, now));
  }
  const auto entry = impl_->access.find(method);
  ASSIGN_OR_RETURN(call.scope,
                   Authorise(call.principal,
                             entry == impl_->access.end() ? MethodAccess{} : entry->second, now));
  if (impl_->options.rate_limiter != nullptr) {
    RETURN_IF_ERROR(impl_->options.rate_limiter->Take(call.principal, now));
  }
  absl::Duration remaining = impl_->options.deadline_default;
  const auto wanted = context.deadline();
  if (wanted != std::chrono::system_clock::time_point::max()) {
    remaining = absl::FromChrono(wanted - std::chrono::system_clock::now());
  }
  if (remaining <= absl::ZeroDuration()) return DeadlinePassed();
  call.deadline = Deadline::After(std::min(remaining, impl_->options.deadline_max));
  call.method = std::string(method);
  return call;
}

bool Edge::Admit() {
  MutexLock lock(impl_->mutex);
  if (impl_->in_flight >= impl_->options.threads + impl_->options.waiting_max) return false;
  impl_->metrics.Gauge("in_flight", ++impl_->in_flight);
  return true;
}

void Edge::Release() {
  MutexLock lock(impl_->mutex);
  impl_->metrics.Gauge("in_flight", --impl_->in_flight);
  if (impl_->in_flight == 0) impl_->idle.NotifyAll();
}

void Edge::Submit(std::function<void()> body) {
  MutexLock lock(impl_->mutex);
  impl_->queue.push_back(std::move(body));
  impl_->work.NotifyOne();
}

void Edge::Close(absl::string_view method, const absl::Status& status, absl::Duration took) {
  const absl::StatusCode code = WireCode(status);
  impl_->metrics.RecordRpc(method, code, took);
  // A good answer is in the metrics; its line would cost as much as a warm search. A flood must not
  // fill the log: the limiter writes one line for many refusals.
  const bool is_flood =
      code == absl::StatusCode::kResourceExhausted && ReasonOf(status) == "RATE_LIMITED";
  const log::Level level = code == absl::StatusCode::kOk || is_flood ? log::Level::kDebug
                           : code == absl::StatusCode::kInternal     ? log::Level::kError
                                                                     : log::Level::kInfo;
  if (!log::Enabled(level)) return;
  log::Write(level, "rpc",
             {{"method", method},
              {"code", status.ok() ? "OK" : absl::StatusCodeToString(code)},
              {"reason", ReasonOf(status)},
              {"took_us", absl::ToInt64Microseconds(took)}});
}

int Edge::in_flight() const {
  MutexLock lock(impl_->mutex);
  return impl_->in_flight;
}

bool Edge::Drain(Deadline deadline) {
  impl_->draining = true;
  MutexLock lock(impl_->mutex);
  while (impl_->in_flight > 0) {
    if (!impl_->idle.Wait(impl_->mutex, deadline)) return impl_->in_flight == 0;
  }
  return true;
}

absl::Status Edge::CheckAccessTable(const std::vector<std::string>& services) const {
  const auto refuse = [](absl::string_view what) -> absl::Status {
    return Error(absl::StatusCode::kFailedPrecondition, "METHOD_WITHOUT_ACCESS", what);
  };
  for (const std::string& name : services) {
    const auto* service =
        google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(name);
    if (service == nullptr) return refuse(absl::StrCat("no such service: ", name));
    for (int i = 0; i < service->method_count(); ++i) {
      const std::string method = absl::StrCat(service->name(), ".", service->method(i)->name());
      if (impl_->access.count(method) == 0) {
        return refuse(absl::StrCat("no entry in the access table: ", method));
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace stillpoint::rpc

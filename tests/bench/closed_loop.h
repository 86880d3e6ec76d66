// A closed loop: so many calls in flight, each answered one followed by the next, for a bounded
// time.
#ifndef STILLPOINT_TESTS_BENCH_CLOSED_LOOP_H_
#define STILLPOINT_TESTS_BENCH_CLOSED_LOOP_H_

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "common/rpc/client.h"
#include "tests/bench/figures.h"

namespace stillpoint::bench {

struct LoopTimes {
  absl::Duration warm_up = absl::Milliseconds(500);
  absl::Duration measured = absl::Seconds(2);
};

// gRPC calls through the callback API. `make` fills the next request and returns false when there
// is none left; `call` starts one: call(context, request, response, done).
template <typename Request, typename Response>
class GrpcLoop {
 public:
  using Make = std::function<bool(Request*)>;
  using Call = std::function<void(grpc::ClientContext*, const Request*, Response*,
                                  std::function<void(grpc::Status)>)>;
  GrpcLoop(const rpc::Peer& peer, Make make, Call call)
      : peer_(peer), make_(std::move(make)), call_(std::move(call)) {}

  Sample Run(int in_flight, LoopTimes times) {
    const int64_t start = absl::GetCurrentTimeNanos();
    measure_from_ = start + absl::ToInt64Nanoseconds(times.warm_up);
    measure_until_ = measure_from_ + absl::ToInt64Nanoseconds(times.measured);
    lanes_.clear();
    for (int i = 0; i < in_flight; ++i) lanes_.push_back(std::make_unique<Lane>());
    active_ = in_flight;
    for (auto& lane : lanes_) Next(*lane);
    const Deadline limit = Deadline::After(times.warm_up + times.measured + absl::Seconds(30));
    MutexLock lock(mutex_);
    while (active_ > 0 && condition_.Wait(mutex_, limit)) {
    }
    return Result();
  }

 private:
  struct Lane {
    std::optional<grpc::ClientContext> context;
    Request request;
    Response response;
    int64_t begun = 0;
    int64_t last_end = 0;
    int64_t errors = 0;
    std::vector<int64_t> latencies;
  };

  void Next(Lane& lane) {
    lane.request.Clear();
    if (absl::GetCurrentTimeNanos() >= measure_until_ || !make_(&lane.request)) {
      MutexLock lock(mutex_);
      if (--active_ == 0) condition_.NotifyAll();
      return;
    }
    lane.context.emplace();
    lane.response.Clear();
    peer_.Prepare(*lane.context, Deadline::After(absl::Seconds(20)));
    lane.begun = absl::GetCurrentTimeNanos();
    call_(&*lane.context, &lane.request, &lane.response, [this, &lane](const grpc::Status& status) {
      const int64_t now = absl::GetCurrentTimeNanos();
      if (lane.begun >= measure_from_) {
        lane.latencies.push_back(now - lane.begun);
        lane.last_end = now;
        if (!status.ok()) ++lane.errors;
      }
      Next(lane);
    });
  }

  Sample Result() {
    std::vector<int64_t> all;
    int64_t errors = 0, last = measure_from_ + 1;
    for (const auto& lane : lanes_) {
      all.insert(all.end(), lane->latencies.begin(), lane->latencies.end());
      errors += lane->errors;
      last = std::max(last, lane->last_end);
    }
    return Summarise(std::move(all), static_cast<double>(last - measure_from_) / 1e9, errors);
  }

  const rpc::Peer& peer_;
  const Make make_;
  const Call call_;
  int64_t measure_from_ = 0;
  int64_t measure_until_ = 0;
  std::vector<std::unique_ptr<Lane>> lanes_;
  Mutex mutex_;
  CondVar condition_;
  int active_ ABSL_GUARDED_BY(mutex_) = 0;
};

// Blocking work on `in_flight` threads; `once` returns false when it failed, nullopt when there is
// no more to do.
inline Sample ThreadLoop(int in_flight, LoopTimes times,
                         const std::function<std::optional<bool>()>& once) {
  const int64_t from = absl::GetCurrentTimeNanos() + absl::ToInt64Nanoseconds(times.warm_up);
  const int64_t until = from + absl::ToInt64Nanoseconds(times.measured);
  std::vector<std::vector<int64_t>> latencies(in_flight);
  std::atomic<int64_t> errors{0}, last{from + 1};
  std::vector<std::thread> threads;
  for (int i = 0; i < in_flight; ++i) {
    threads.emplace_back([&, i] {
      while (absl::GetCurrentTimeNanos() < until) {
        const int64_t begun = absl::GetCurrentTimeNanos();
        const std::optional<bool> ok = once();
        if (!ok.has_value()) return;
        const int64_t now = absl::GetCurrentTimeNanos();
        if (begun < from) continue;
        latencies[i].push_back(now - begun);
        last = now;
        if (!*ok) ++errors;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::vector<int64_t> all;
  for (const auto& some : latencies) all.insert(all.end(), some.begin(), some.end());
  return Summarise(std::move(all), static_cast<double>(last - from) / 1e9, errors);
}

}  // namespace stillpoint::bench

#endif  // STILLPOINT_TESTS_BENCH_CLOSED_LOOP_H_

// How often a caller, and an organization, may call one service.
#ifndef STILLPOINT_COMMON_RPC_RATE_LIMITER_H_
#define STILLPOINT_COMMON_RPC_RATE_LIMITER_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/crypto/keys.h"
#include "common/metrics/metrics.h"
#include "common/redis/redis.h"
#include "common/rpc/principal.h"

namespace stillpoint::rpc {

// A bucket of tokens for each caller and for each organization, in memory: every call is decided at
// once, and none waits for Redis. What was taken is told to the other replicas through Redis, a few
// times a second, and what they took counts here too. Without Redis each replica keeps the limits
// for itself.
//
// A caller's limit is a quarter of its organization's, so that one caller alone cannot use it up.
// If several do, the last eighth of the organization's bucket is for those who make fewer calls:
// whoever used up half of its own may not touch it. Calls that are refused for the organization's
// sake count for their caller all the same.
//
// Who works for every organization (operators, services, workers) has no limit: all organizations
// share these callers, so one that floods would have everybody refused; it is limited where it
// comes in. What they can do at one time is bounded by Edge::Admit.
//
// Thread-safe.
class RateLimiter {
 public:
  struct Options {
    // Calls a second, over all replicas of the service; 0: no limit. A replica with two cores
    // answers some 15,000 searches a second; a person at a screen needs a handful, a partner that
    // looks through the weeks of a large clinic a few hundred.
    int64_t caller = 1'000;
    int64_t organization = 4'000;
    // Remembered at one time; only those that were used in the last seconds are. About 5 MB.
    size_t buckets_max = 20'000;
  };
  // A bucket holds as much as this gives: screens open with many calls at once.
  static constexpr absl::Duration kBurst = absl::Seconds(2);
  // A flood is noticed by the other replicas after one to two of these.
  static constexpr absl::Duration kShareEvery = absl::Milliseconds(200);
  // Where others took all there is, this part of the limit is still let through: however Redis
  // lies, and whoever writes to it, nobody is locked out. With up to eight replicas (as many as the
  // autoscaler starts) these parts are no more than the limit itself.
  static constexpr int64_t kKept = 8;
  // The part of an organization's bucket that is for those who make fewer calls.
  static constexpr int64_t kReserved = 8;

  // `redis` may be null. Its keys are digests made with `secret` (of the service, so that no two
  // share counts).
  RateLimiter(Options options, std::unique_ptr<redis::Redis> redis, const crypto::Key& secret,
              Metrics& metrics);
  ~RateLimiter();

  // ResourceExhausted RATE_LIMITED, metadata `limit` (caller, organization), with the time after
  // which there will be a token. No I/O; 0.1-0.2 us. Counts stillpoint_rate_limited_total{kind}.
  absl::Status Take(const Principal& caller, absl::Time now);

  // One exchange with the other replicas, as the thread does it: for tests. Forgets who has not
  // called for a while. Logs who is refused (`rate_limited`), at most kLinesMax lines in
  // kLogEvery.
  void Share(absl::Time now);
  // Starts the thread.
  void Start();

  static constexpr absl::Duration kLogEvery = absl::Seconds(10);
  static constexpr int kLinesMax = 20;

  size_t buckets() const;  // Remembered now.

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace stillpoint::rpc

#endif  // STILLPOINT_COMMON_RPC_RATE_LIMITER_H_

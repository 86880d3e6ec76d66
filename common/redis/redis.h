// A pool of hiredis connections. Every call has a deadline; every failure is Unavailable, and the
// caller goes on without: nothing of ours lives only in Redis.
#ifndef STILLPOINT_COMMON_REDIS_REDIS_H_
#define STILLPOINT_COMMON_REDIS_REDIS_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/base/clock.h"

namespace stillpoint::redis {

// Thread-safe. After a failure the pool answers Unavailable at once for `cool_down`, so that a dead
// Redis costs one timeout and not one per call.
class Redis {
 public:
  struct Options {
    int connections = 8;
    absl::Duration connect_timeout = absl::Milliseconds(50);  // Loopback, one rack: an outage.
    absl::Duration command_timeout = absl::Milliseconds(50);
    absl::Duration cool_down = absl::Milliseconds(500);
  };

  // `address`: `HOST:PORT` or `unix:PATH`. Does not connect yet. InvalidArgument BAD_CONFIG.
  static absl::StatusOr<std::unique_ptr<Redis>> Open(const std::string& address, Options options);
  virtual ~Redis() = default;

  // One entry per key, nullopt for a missing one. One round trip. An empty `keys` costs none.
  virtual absl::StatusOr<std::vector<std::optional<std::string>>> MultiGet(
      absl::Span<const std::string> keys, Deadline deadline) = 0;

  struct Item {
    std::string key;
    std::string value;
  };
  // Sets all, each to expire after `ttl`; pipelined, one round trip.
  virtual absl::Status MultiSet(absl::Span<const Item> items, absl::Duration ttl,
                                Deadline deadline) = 0;

  // Each value starts with a decimal version followed by ':'. Sets a key only if the stored value
  // has no such version or a lower one; if any was set, `stamp` is set in the same step, so that
  // who finds the stamp unchanged knows that all keys are. One round trip; all expire after `ttl`.
  virtual absl::Status MultiRaise(absl::Span<const Item> items, const Item& stamp,
                                  absl::Duration ttl, Deadline deadline) = 0;

  struct Increment {
    std::string key;
    int64_t by = 0;  // >= 0.
  };
  // Adds each to the count that its key holds, and returns the counts after that, in order. A key
  // that holds no count (no number, a negative one, one above 2^53) begins anew. When a connection
  // breaks, a batch may be added twice: for counts that may be a little high. One round trip; all
  // expire after `ttl`.
  virtual absl::StatusOr<std::vector<int64_t>> MultiAdd(absl::Span<const Increment> items,
                                                        absl::Duration ttl, Deadline deadline) = 0;
};

}  // namespace stillpoint::redis

#endif  // STILLPOINT_COMMON_REDIS_REDIS_H_

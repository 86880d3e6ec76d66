// One connection to Redis. Private to common/redis.
#ifndef STILLPOINT_COMMON_REDIS_CONNECTION_H_
#define STILLPOINT_COMMON_REDIS_CONNECTION_H_

#include <hiredis/hiredis.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/base/clock.h"

namespace stillpoint::redis {

// Where Redis listens: a Unix socket if `path` is set, else host and port.
struct Address {
  std::string path;
  std::string host;
  int port = 0;
};

// `HOST:PORT`, `[IPV6]:PORT` or `unix:PATH`. InvalidArgument BAD_CONFIG.
absl::StatusOr<Address> ParseAddress(absl::string_view text);

struct FreeReply {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using Reply = std::unique_ptr<redisReply, FreeReply>;

// Appends one command in Redis's protocol.
void AppendCommand(std::string* request, absl::Span<const absl::string_view> words);

// Used by one thread at a time. After anything but kDone it is of no further use: a late reply
// would be taken for the next one's.
class Connection {
 public:
  // Null if Redis does not accept by `deadline`. Resolving a host name is not bounded: libc cannot.
  static std::unique_ptr<Connection> Open(const Address& address, Deadline deadline);

  enum class Outcome { kDone, kTimeout, kBroken };
  // Sends `request` and reads `count` replies into `*replies`. Never blocks past `deadline`, also
  // when the server answers byte by byte.
  Outcome Exchange(absl::string_view request, size_t count, Deadline deadline,
                   std::vector<Reply>* replies);

  // The halves of Exchange for who waits by other means. SendNow never blocks: false if not all of
  // `request` could be sent. ReadNow takes what has arrived: kTimeout if that is not a whole reply.
  // One thread may send while another reads.
  bool SendNow(absl::string_view request);
  Outcome ReadNow(Reply* reply);
  int fd() const { return context_->fd; }

 private:
  struct FreeContext {
    void operator()(redisContext* context) const { redisFree(context); }
  };
  explicit Connection(redisContext* context) : context_(context) {}
  Outcome Send(absl::string_view request, Deadline deadline);
  Outcome Await(short events, Deadline deadline);

  const std::unique_ptr<redisContext, FreeContext> context_;
};

}  // namespace stillpoint::redis

#endif  // STILLPOINT_COMMON_REDIS_CONNECTION_H_

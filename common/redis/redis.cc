#include "common/redis/redis.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/mutex.h"
#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "common/redis/connection.h"

namespace stillpoint::redis {
namespace {

// Sets each key but the last unless it holds a version that is not lower, and the last if any was
// set. Versions are compared as text, by
// length and then by digits: Lua's numbers lose precision above 2^53. What is no int64 version
// (garbage, or another type, for which pcall gives a table) counts as absent.
constexpr absl::string_view kRaiseScript = R"lua(
local raised = false
for i = 1, #KEYS - 1 do
  local new = string.match(ARGV[i], '^0*(%d+):')
  local held = redis.pcall('GET', KEYS[i])
  local old = type(held) == 'string' and string.match(held, '^0*(%d+):')
  if not old or #old > 19 or #new > #old or (#new == #old and new > old) then
    redis.call('SET', KEYS[i], ARGV[i], 'PX', ARGV[#KEYS + 1])
    raised = true
  end
end
if raised then
  redis.call('SET', KEYS[#KEYS], ARGV[#KEYS], 'PX', ARGV[#KEYS + 1])
end
return redis.status_reply('OK')
)lua";

// Replies are whole numbers up to 2^53: Lua's numbers lose precision above. INCRBY of what is no
// number is an error, for which pcall gives a table.
constexpr absl::string_view kAddScript = R"lua(
local counts = {}
for i = 1, #KEYS do
  local count = redis.pcall('INCRBY', KEYS[i], ARGV[i])
  if type(count) ~= 'number' or count < 0 or count > 9007199254740992 then
    redis.call('SET', KEYS[i], ARGV[i])
    count = tonumber(ARGV[i])
  end
  redis.call('PEXPIRE', KEYS[i], ARGV[#KEYS + 1])
  counts[i] = count
end
return counts
)lua";

absl::Status Unavailable(absl::string_view why) {
  return Error(absl::StatusCode::kUnavailable, "REDIS_UNAVAILABLE", absl::StrCat("Redis ", why));
}

// Redis refuses a lifetime of zero.
std::string Milliseconds(absl::Duration ttl) {
  return absl::StrCat(std::max<int64_t>(1, absl::ToInt64Milliseconds(ttl)));
}

// Only the code in front: the rest of an error may quote what was sent.
std::string ErrorCode(const redisReply& reply) {
  const absl::string_view text(reply.str, reply.len);
  return std::string(text.substr(0, text.find(' ')));
}

class Pool final : public Redis {
 public:
  Pool(Address address, Options options) : address_(std::move(address)), options_(options) {}

  absl::StatusOr<std::vector<std::optional<std::string>>> MultiGet(
      absl::Span<const std::string> keys, Deadline deadline) override;
  absl::Status MultiSet(absl::Span<const Item> items, absl::Duration ttl,
                        Deadline deadline) override;
  absl::Status MultiRaise(absl::Span<const Item> items, const Item& stamp, absl::Duration ttl,
                          Deadline deadline) override;
  absl::StatusOr<std::vector<int64_t>> MultiAdd(absl::Span<const Increment> items,
                                                absl::Duration ttl, Deadline deadline) override;

 private:
  // Sends `request` and returns its `count` replies, all of type `type`.
  absl::StatusOr<std::vector<Reply>> Run(absl::string_view request, size_t count, int type,
                                         Deadline deadline);

  // A connection nobody else uses: an idle one, or null if the caller must open one. Waits for a
  // free place until `until`.
  absl::StatusOr<std::unique_ptr<Connection>> Take(Deadline until);
  void Return(std::unique_ptr<Connection> connection);  // It works.
  void Drop(bool cool);  // It is gone; `cool`: and Redis is at fault.
  void DropIdle();

  const Address address_;
  const Options options_;
  Mutex mutex_;
  CondVar changed_;
  std::vector<std::unique_ptr<Connection>> idle_ ABSL_GUARDED_BY(mutex_);
  int open_ ABSL_GUARDED_BY(mutex_) = 0;  // Idle ones and those in use.
  bool cooling_ ABSL_GUARDED_BY(mutex_) = false;
  Deadline next_try_ ABSL_GUARDED_BY(mutex_);  // While cooling: when one call may try again.
};

absl::StatusOr<std::unique_ptr<Connection>> Pool::Take(Deadline until) {
  MutexLock lock(mutex_);
  while (true) {
    if (cooling_ && !next_try_.Passed()) return Unavailable("failed a moment ago");
    if (!idle_.empty() || open_ < options_.connections) break;
    if (until.Passed()) return Unavailable("has no free connection");
    changed_.Wait(mutex_, until);
  }
  // One call tries; the others keep answering at once until it knows.
  if (cooling_) next_try_ = Deadline::After(options_.cool_down);
  if (idle_.empty()) {
    ++open_;
    return nullptr;
  }
  std::unique_ptr<Connection> connection = std::move(idle_.back());
  idle_.pop_back();
  return connection;
}

void Pool::Return(std::unique_ptr<Connection> connection) {
  MutexLock lock(mutex_);
  idle_.push_back(std::move(connection));
  cooling_ = false;
  changed_.NotifyOne();
}

void Pool::Drop(bool cool) {
  MutexLock lock(mutex_);
  --open_;
  if (cool) {
    cooling_ = true;
    next_try_ = Deadline::After(options_.cool_down);
    // So that the next try does not meet a connection that died with Redis.
    open_ -= static_cast<int>(idle_.size());
    idle_.clear();
  }
  changed_.NotifyAll();
}

void Pool::DropIdle() {
  MutexLock lock(mutex_);
  open_ -= static_cast<int>(idle_.size());
  idle_.clear();
  changed_.NotifyAll();
}

absl::StatusOr<std::vector<Reply>> Pool::Run(absl::string_view request, size_t count, int type,
                                             Deadline deadline) {
  while (true) {
    if (deadline.Passed()) return Unavailable("was not asked: the deadline has passed");
    ASSIGN_OR_RETURN(std::unique_ptr<Connection> connection,
                     Take(deadline.AtMost(options_.command_timeout)));
    const bool reused = connection != nullptr;
    if (!reused) {
      connection = Connection::Open(address_, deadline.AtMost(options_.connect_timeout));
      if (connection == nullptr) {
        // A caller in a hurry is no sign that Redis is ill.
        Drop(/*cool=*/!deadline.Passed());
        return Unavailable("does not accept connections");
      }
    }
    std::vector<Reply> replies;
    const Connection::Outcome outcome =
        connection->Exchange(request, count, deadline.AtMost(options_.command_timeout), &replies);
    if (outcome == Connection::Outcome::kBroken && reused) {
      // Redis was restarted since: all connections from before are dead. Everything we send may be
      // sent twice, so try once more on a new one (`reused` is then false, unless another call
      // returned one in between, which works).
      Drop(/*cool=*/false);
      DropIdle();
      continue;
    }
    if (outcome != Connection::Outcome::kDone) {
      Drop(/*cool=*/!deadline.Passed());
      return Unavailable(outcome == Connection::Outcome::kTimeout ? "does not answer in time"
                                                                  : "broke the connection");
    }
    for (const Reply& reply : replies) {
      if (reply->type == type) continue;
      // A replica that took this one's place, or a full one: a new connection may find better.
      Drop(/*cool=*/false);
      return Unavailable(reply->type == REDIS_REPLY_ERROR
                             ? absl::StrCat("refused: ", ErrorCode(*reply))
                             : "gave a reply of an unexpected type");
    }
    Return(std::move(connection));
    return replies;
  }
}

absl::StatusOr<std::vector<std::optional<std::string>>> Pool::MultiGet(
    absl::Span<const std::string> keys, Deadline deadline) {
  std::vector<std::optional<std::string>> values;
  if (keys.empty()) return values;
  std::vector<absl::string_view> words = {"MGET"};
  words.insert(words.end(), keys.begin(), keys.end());
  std::string request;
  AppendCommand(&request, words);
  ASSIGN_OR_RETURN(const std::vector<Reply> replies, Run(request, 1, REDIS_REPLY_ARRAY, deadline));
  const redisReply& all = *replies[0];
  if (all.elements != keys.size()) return Unavailable("gave another number of values");
  values.reserve(keys.size());
  for (size_t i = 0; i < all.elements; ++i) {
    const redisReply& one = *all.element[i];
    // A key of another type reads as nil.
    values.push_back(one.type == REDIS_REPLY_STRING
                         ? std::make_optional<std::string>(one.str, one.len)
                         : std::nullopt);
  }
  return values;
}

absl::Status Pool::MultiSet(absl::Span<const Item> items, absl::Duration ttl, Deadline deadline) {
  if (items.empty()) return absl::OkStatus();
  const std::string lifetime = Milliseconds(ttl);
  std::string request;
  for (const Item& item : items) {
    AppendCommand(&request, {"SET", item.key, item.value, "PX", lifetime});
  }
  return Run(request, items.size(), REDIS_REPLY_STATUS, deadline).status();
}

absl::Status Pool::MultiRaise(absl::Span<const Item> items, const Item& stamp, absl::Duration ttl,
                              Deadline deadline) {
  if (items.empty()) return absl::OkStatus();
  // One script for all, and always its text: 500 bytes more than its hash, but nothing to load
  // again after a restart.
  const std::string count = absl::StrCat(items.size() + 1);
  const std::string lifetime = Milliseconds(ttl);
  std::vector<absl::string_view> words = {"EVAL", kRaiseScript, count};
  for (const Item& item : items) words.push_back(item.key);
  words.push_back(stamp.key);
  for (const Item& item : items) words.push_back(item.value);
  words.push_back(stamp.value);
  words.push_back(lifetime);
  std::string request;
  AppendCommand(&request, words);
  return Run(request, 1, REDIS_REPLY_STATUS, deadline).status();
}

absl::StatusOr<std::vector<int64_t>> Pool::MultiAdd(absl::Span<const Increment> items,
                                                    absl::Duration ttl, Deadline deadline) {
  std::vector<int64_t> counts;
  if (items.empty()) return counts;
  const std::string number_of_keys = absl::StrCat(items.size());
  const std::string lifetime = Milliseconds(ttl);
  std::vector<std::string> amounts;
  amounts.reserve(items.size());
  for (const Increment& item : items) amounts.push_back(absl::StrCat(item.by));
  std::vector<absl::string_view> words = {"EVAL", kAddScript, number_of_keys};
  words.reserve(words.size() + 2 * items.size() + 1);
  for (const Increment& item : items) words.push_back(item.key);
  words.insert(words.end(), amounts.begin(), amounts.end());
  words.push_back(lifetime);
  std::string request;
  AppendCommand(&request, words);
  ASSIGN_OR_RETURN(const std::vector<Reply> replies, Run(request, 1, REDIS_REPLY_ARRAY, deadline));
  const redisReply& all = *replies[0];
  if (all.elements != items.size()) return Unavailable("gave another number of counts");
  counts.reserve(items.size());
  for (size_t i = 0; i < all.elements; ++i) counts.push_back(all.element[i]->integer);
  return counts;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Redis>> Redis::Open(const std::string& address, Options options) {
  ASSIGN_OR_RETURN(Address parsed, ParseAddress(address));
  if (options.connections < 1) {
    return Error(absl::StatusCode::kInvalidArgument, "BAD_CONFIG",
                 "Redis needs at least one connection");
  }
  return std::unique_ptr<Redis>(std::make_unique<Pool>(std::move(parsed), options));
}

}  // namespace stillpoint::redis

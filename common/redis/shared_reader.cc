#include "common/redis/shared_reader.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "common/redis/connection.h"

namespace stillpoint::redis {
namespace {

// How long an idle lane sleeps before it looks again; work and a broken connection wake it at once.
constexpr absl::Duration kIdle = absl::Minutes(10);
// For so long after a round trip the thread looks out for the deadline of one that a caller begins
// while it sleeps.
constexpr absl::Duration kWatch = absl::Seconds(1);

absl::Status Unavailable(absl::string_view why) {
  return Error(absl::StatusCode::kUnavailable, "REDIS_UNAVAILABLE", absl::StrCat("Redis ", why));
}

struct Wish {
  std::string key;
  SharedReader::Done done;
};

}  // namespace

// One connection and its thread. At most one round trip is in flight; who comes meanwhile waits for
// the next. A caller that finds the lane idle sends the request itself, which spares a lone read
// one wake-up of the thread.
class SharedReader::Lane {
 public:
  // `wake`: an eventfd, which this closes.
  Lane(Address address, const Options& options, int wake)
      : address_(std::move(address)), options_(options), wake_(wake) {
    thread_ = std::thread([this] { Run(); });
  }
  ~Lane() {
    {
      MutexLock lock(mutex_);
      stopping_ = true;
    }
    Wake();
    thread_.join();
    close(wake_);
  }

  void Get(std::string key, Done done);

 private:
  void Run();
  // Sleeps until a reply, a wish or the deadline of the flight.
  void Sleep();
  // Takes what has arrived on the connection, if there is one. True if that was a reply, whose
  // callers took their time meanwhile: whether the next one is late can then only be told after
  // another look.
  bool Receive();
  void Connect();
  // Sends what waits; false if the connection did not take it.
  bool Send() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Closes the connection, tells everybody and answers nobody for `cool_down`.
  void Fail(absl::string_view why);
  void Wake() const {
    const uint64_t one = 1;
    // Only a full counter could refuse, and then the thread is awake anyway.
    [[maybe_unused]] const ssize_t written = write(wake_, &one, sizeof(one));
  }
  void Observe(absl::StatusCode code, absl::Duration took) const {
    if (options_.observe) options_.observe(code, took);
  }

  const Address address_;
  const Options options_;
  const int wake_;
  Mutex mutex_;
  // Made and dropped by the thread alone, which may therefore read it without the lock.
  std::unique_ptr<Connection> connection_ ABSL_GUARDED_BY(mutex_);
  std::vector<Wish> waiting_ ABSL_GUARDED_BY(mutex_);
  std::vector<Wish> flying_ ABSL_GUARDED_BY(mutex_);
  Deadline flight_end_ ABSL_GUARDED_BY(mutex_);
  Deadline watch_until_ ABSL_GUARDED_BY(mutex_);
  Deadline cool_until_ ABSL_GUARDED_BY(mutex_);
  bool unsent_ ABSL_GUARDED_BY(mutex_) = false;  // A request could not be sent whole.
  bool connecting_ ABSL_GUARDED_BY(mutex_) = false;
  Deadline connecting_until_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

void SharedReader::Lane::Get(std::string key, Done done) {
  {
    MutexLock lock(mutex_);
    // Looking up a host name cannot be bounded; those who come meanwhile need not wait for it.
    const bool stuck = connecting_ && connecting_until_.Passed();
    if (!stopping_ && !stuck && cool_until_.Passed()) {
      waiting_.push_back({std::move(key), std::move(done)});
      // In flight: the thread sends the next batch when this one has landed.
      if (!flying_.empty()) return;
      // Without a connection, or if the thread sleeps too deeply to see a deadline, it must begin.
      if (connection_ == nullptr || watch_until_.Passed() || !Send()) Wake();
      return;
    }
  }
  done(Unavailable("failed a moment ago"));
}

bool SharedReader::Lane::Send() {
  std::vector<absl::string_view> words = {"MGET"};
  for (const Wish& wish : waiting_) words.push_back(wish.key);
  std::string request;
  AppendCommand(&request, words);
  // A part may have been sent, so the connection is of no further use.
  unsent_ = !connection_->SendNow(request);
  if (unsent_) return false;
  flying_.swap(waiting_);
  flight_end_ = Deadline::After(options_.command_timeout);
  watch_until_ = Deadline::After(kWatch);
  return true;
}

void SharedReader::Lane::Run() {
  while (true) {
    Sleep();
    const bool served = Receive();
    bool connect = false;
    bool late = false;
    {
      MutexLock lock(mutex_);
      if (stopping_) break;
      late = unsent_ || (!served && !flying_.empty() && flight_end_.Passed());
      if (!late && flying_.empty() && !waiting_.empty()) {
        connect = connection_ == nullptr;
        late = !connect && !Send();
      }
    }
    if (late) Fail("does not answer in time");
    if (connect) Connect();
  }
  Fail("is not asked any more");
}

void SharedReader::Lane::Sleep() {
  std::array<pollfd, 2> waited = {pollfd{.fd = wake_, .events = POLLIN, .revents = 0},
                                  pollfd{.fd = -1, .events = POLLIN, .revents = 0}};
  absl::Duration patience = kIdle;
  {
    MutexLock lock(mutex_);
    if (connection_ != nullptr) waited[1].fd = connection_->fd();
    if (!watch_until_.Passed()) patience = options_.command_timeout;
    if (!flying_.empty()) patience = flight_end_.Remaining();
  }
  const timespec timeout = absl::ToTimespec(patience);
  if (ppoll(waited.data(), waited.size(), &timeout, nullptr) > 0 && waited[0].revents != 0) {
    uint64_t count;
    [[maybe_unused]] const ssize_t taken = read(wake_, &count, sizeof(count));
  }
}

bool SharedReader::Lane::Receive() {
  Connection* connection = nullptr;
  {
    MutexLock lock(mutex_);
    connection = connection_.get();
  }
  if (connection == nullptr) return false;
  Reply reply;
  const Connection::Outcome outcome = connection->ReadNow(&reply);
  if (outcome == Connection::Outcome::kTimeout) return false;  // Nothing, or only a part of it yet.
  std::vector<Wish> landed;
  absl::Duration took;
  bool sound = outcome == Connection::Outcome::kDone;
  {
    MutexLock lock(mutex_);
    sound = sound && reply->type == REDIS_REPLY_ARRAY && reply->elements == flying_.size();
    if (!sound && flying_.empty()) {  // Redis closed an idle connection: no fault of anybody.
      connection_ = nullptr;
      return false;
    }
    if (sound) {
      took = options_.command_timeout - flight_end_.Remaining();
      landed.swap(flying_);
      // The next round trip is under way while this one's callers are served. If it cannot be sent,
      // Run finds out.
      if (!waiting_.empty()) Send();
    }
  }
  if (!sound) {
    Fail("broke the connection or refused");
    return false;
  }
  Observe(absl::StatusCode::kOk, took);
  for (size_t i = 0; i < landed.size(); ++i) {
    const redisReply& one = *reply->element[i];
    // A key of another type reads as nil.
    landed[i].done(one.type == REDIS_REPLY_STRING
                       ? std::make_optional<std::string>(one.str, one.len)
                       : std::nullopt);
  }
  return true;
}

void SharedReader::Lane::Connect() {
  {
    MutexLock lock(mutex_);
    connecting_ = true;
    connecting_until_ = Deadline::After(options_.connect_timeout);
  }
  std::unique_ptr<Connection> connection =
      Connection::Open(address_, Deadline::After(options_.connect_timeout));
  bool sent = true;
  {
    MutexLock lock(mutex_);
    connecting_ = false;
    if (connection == nullptr) sent = false;
    connection_ = std::move(connection);
    if (sent && !waiting_.empty()) sent = Send();
  }
  if (!sent) Fail("does not accept connections");
}

void SharedReader::Lane::Fail(absl::string_view why) {
  std::vector<Wish> failed;
  std::vector<Wish> waited;
  {
    MutexLock lock(mutex_);
    connection_ = nullptr;
    unsent_ = false;
    cool_until_ = Deadline::After(options_.cool_down);
    failed.swap(flying_);
    waited.swap(waiting_);
  }
  Observe(absl::StatusCode::kUnavailable, options_.command_timeout);
  const Value away = Unavailable(why);
  for (const Wish& wish : failed) wish.done(away);
  for (const Wish& wish : waited) wish.done(away);
}

SharedReader::SharedReader() = default;
SharedReader::~SharedReader() = default;

absl::StatusOr<std::unique_ptr<SharedReader>> SharedReader::Open(const std::string& address,
                                                                 Options options) {
  ASSIGN_OR_RETURN(const Address parsed, ParseAddress(address));
  if (options.lanes < 1) {
    return Error(absl::StatusCode::kInvalidArgument, "BAD_CONFIG",
                 "a shared reader needs at least one lane");
  }
  std::unique_ptr<SharedReader> reader(new SharedReader());
  for (int i = 0; i < options.lanes; ++i) {
    const int wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (wake < 0) {
      return Error(absl::StatusCode::kInvalidArgument, "BAD_CONFIG",
                   "a shared reader needs a file descriptor for each lane, and there is none left");
    }
    reader->lanes_.push_back(std::make_unique<Lane>(parsed, options, wake));
  }
  return reader;
}

void SharedReader::Get(std::string key, Done done) {
  lanes_[next_.fetch_add(1, std::memory_order_relaxed) % lanes_.size()]->Get(std::move(key),
                                                                             std::move(done));
}

}  // namespace stillpoint::redis

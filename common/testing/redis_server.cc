#include <hiredis/hiredis.h>
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "common/testing/servers.h"

namespace stillpoint::testing {
namespace {

constexpr absl::Duration kStartTime = absl::Seconds(30);
constexpr absl::Duration kStopTime = absl::Seconds(10);
constexpr timeval kCommandTime = {.tv_sec = 10, .tv_usec = 0};

[[noreturn]] void Die(absl::string_view what, const std::string& folder) {
  std::ifstream file(folder + "/redis.log");
  const std::string log{std::istreambuf_iterator<char>(file), {}};
  std::fprintf(stderr, "Redis for tests: %s\n%s\n", std::string(what).c_str(), log.c_str());
  std::abort();
}

std::string TextOf(const redisReply& reply) {
  if (reply.type == REDIS_REPLY_INTEGER) return absl::StrCat(reply.integer);
  if (reply.type == REDIS_REPLY_NIL) return "";
  if (reply.type != REDIS_REPLY_ARRAY) return std::string(reply.str, reply.len);
  std::string all;
  for (size_t i = 0; i < reply.elements; ++i) {
    absl::StrAppend(&all, i == 0 ? "" : "\n", TextOf(*reply.element[i]));
  }
  return all;
}

bool Answers(const std::string& socket_path) {
  redisContext* const context = redisConnectUnixWithTimeout(socket_path.c_str(), kCommandTime);
  const auto free_context = absl::MakeCleanup([&] { redisFree(context); });
  if (context == nullptr || context->err != 0) return false;
  redisSetTimeout(context, kCommandTime);
  auto* const reply = static_cast<redisReply*>(redisCommand(context, "PING"));
  const auto free_reply = absl::MakeCleanup([&] { freeReplyObject(reply); });
  return reply != nullptr && reply->type == REDIS_REPLY_STATUS;
}

}  // namespace

RedisServer::RedisServer() { Start(); }

RedisServer::~RedisServer() {
  if (process_ != nullptr && process_->ours()) Stop();
}

std::string RedisServer::address() const { return "unix:" + socket_path(); }

void RedisServer::Start() {
  auto process = Process::Start({"redis-server", "--port", "0", "--unixsocket", socket_path(),
                                 "--save", "", "--appendonly", "no", "--dir", dir_.path()},
                                {.log_path = dir_.path() + "/redis.log"});
  if (!process.ok()) Die(process.status().message(), dir_.path());
  process_ = *std::move(process);
  const bool ready = WaitUntil(kStartTime, [this] {
    if (process_->Wait(absl::ZeroDuration()).ok()) Die("ended", dir_.path());
    return Answers(socket_path());
  });
  if (!ready) Die("not ready in time", dir_.path());
}

void RedisServer::Stop() {
  if (process_ == nullptr) return;
  process_->Signal(SIGKILL);
  (void)process_->Wait(kStopTime);
  process_ = nullptr;
  unlink(socket_path().c_str());
}

void RedisServer::Restart() {
  Stop();
  Start();
}

void RedisServer::Suspend() { process_->Signal(SIGSTOP); }

void RedisServer::Resume() { process_->Signal(SIGCONT); }

std::string RedisServer::Command(const std::vector<std::string>& words) {
  redisContext* const context = redisConnectUnixWithTimeout(socket_path().c_str(), kCommandTime);
  const auto free_context = absl::MakeCleanup([&] { redisFree(context); });
  if (context == nullptr || context->err != 0) Die("does not accept a connection", dir_.path());
  redisSetTimeout(context, kCommandTime);
  std::vector<const char*> argv;
  std::vector<size_t> sizes;
  for (const std::string& word : words) {
    argv.push_back(word.data());
    sizes.push_back(word.size());
  }
  auto* const reply = static_cast<redisReply*>(
      redisCommandArgv(context, static_cast<int>(words.size()), argv.data(), sizes.data()));
  const auto free_reply = absl::MakeCleanup([&] { freeReplyObject(reply); });
  if (reply == nullptr) Die("did not answer", dir_.path());
  return TextOf(*reply);
}

}  // namespace stillpoint::testing

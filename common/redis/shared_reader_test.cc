// Against a real Redis: many callers, one round trip, and every state in which Redis may be found.
#include "common/redis/shared_reader.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/error/error.h"
#include "common/testing/servers.h"

namespace stillpoint::redis {
namespace {

using ::stillpoint::testing::WaitUntil;
constexpr absl::Duration kLong = absl::Seconds(30);

// Timeouts that a busy machine does not reach by accident, and no waiting after a failure.
SharedReader::Options Patient() {
  return {.connect_timeout = absl::Seconds(5),
          .command_timeout = absl::Seconds(5),
          .cool_down = absl::ZeroDuration()};
}

class SharedReaderTest : public ::testing::Test {
 protected:
  std::unique_ptr<SharedReader> Open(SharedReader::Options options = Patient()) {
    return *SharedReader::Open(server_.address(), std::move(options));
  }
  // The value, "(none)", or the reason why there is none.
  static std::string Get(SharedReader& reader, const std::string& key) {
    std::promise<std::string> told;  // ThreadSanitizer cannot see into absl's notification.
    reader.Get(key, [&](const SharedReader::Value& value) {
      told.set_value(value.ok() ? value->value_or("(none)") : ReasonOf(value.status()));
    });
    return told.get_future().get();  // Never answered: the test runs out of its time.
  }

  testing::RedisServer server_;
};

TEST_F(SharedReaderTest, RefusesBadAddressesAndNoLanes) {
  EXPECT_EQ(ReasonOf(SharedReader::Open("localhost", {}).status()), "BAD_CONFIG");
  EXPECT_EQ(ReasonOf(SharedReader::Open("h:1", {.lanes = 0}).status()), "BAD_CONFIG");
}

TEST_F(SharedReaderTest, ReadsWhatIsThereNow) {
  const auto reader = Open();
  EXPECT_EQ(Get(*reader, "k"), "(none)");
  for (int i = 0; i < 50; ++i) {
    server_.Command({"SET", "k", absl::StrCat(i)});
    ASSERT_EQ(Get(*reader, "k"), absl::StrCat(i));
  }
  server_.Command({"LPUSH", "list", "a"});
  EXPECT_EQ(Get(*reader, "list"), "(none)");
  EXPECT_EQ(Get(*reader, ""), "(none)");
}

TEST_F(SharedReaderTest, EveryCallerGetsItsOwnKeyAndTheyShareRoundTrips) {
  constexpr int kThreads = 8;
  constexpr int kEach = 500;
  for (int i = 0; i < 10; ++i) server_.Command({"SET", absl::StrCat("k", i), absl::StrCat(i)});
  std::atomic<int> trips{0};
  std::atomic<int> answers{0};
  std::atomic<int> wrong{0};
  SharedReader::Options options = Patient();
  options.lanes = 2;
  options.observe = [&](absl::StatusCode, absl::Duration) { ++trips; };
  {
    const auto reader = Open(options);
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < kEach; ++i) {
          reader->Get(absl::StrCat("k", i % 10), [&, i](const SharedReader::Value& value) {
            if (!value.ok() || value->value_or("") != absl::StrCat(i % 10)) ++wrong;
            ++answers;
          });
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_TRUE(WaitUntil(kLong, [&] { return answers == kThreads * kEach; }));
    EXPECT_EQ(wrong, 0);
    EXPECT_LT(trips, kThreads * kEach / 2);
  }
  EXPECT_EQ(answers, kThreads * kEach) << "nobody is told twice";
}

TEST_F(SharedReaderTest, AStoppedRedisIsToldAndARestartedOneIsFound) {
  const auto reader = Open();
  server_.Command({"SET", "k", "v"});
  EXPECT_EQ(Get(*reader, "k"), "v");
  server_.Stop();
  EXPECT_EQ(Get(*reader, "k"), "REDIS_UNAVAILABLE");
  server_.Restart();
  EXPECT_EQ(Get(*reader, "k"), "(none)");  // It keeps nothing on disk.
  server_.Command({"SET", "k", "w"});
  EXPECT_EQ(Get(*reader, "k"), "w");
}

TEST_F(SharedReaderTest, AStuckRedisCostsOneTimeoutAndThenNothing) {
  SharedReader::Options options = Patient();
  options.command_timeout = absl::Milliseconds(50);
  options.cool_down = kLong;
  const auto reader = Open(options);
  server_.Command({"SET", "k", "v"});
  EXPECT_EQ(Get(*reader, "k"), "v");
  server_.Suspend();
  EXPECT_EQ(Get(*reader, "k"), "REDIS_UNAVAILABLE");
  bool at_once = false;
  reader->Get("k", [&](const SharedReader::Value& value) { at_once = !value.ok(); });
  EXPECT_TRUE(at_once);
  server_.Resume();
}

TEST_F(SharedReaderTest, CallersThatTakeLongDoNotMakeRedisLate) {
  SharedReader::Options options = Patient();
  options.command_timeout = absl::Milliseconds(200);
  const auto reader = Open(options);
  server_.Command({"SET", "k", "v"});
  EXPECT_EQ(Get(*reader, "k"), "v");
  // The second is asked while the first is served, and its answer waits longer than Redis may take.
  std::promise<void> inside;
  std::promise<std::string> second;
  std::future<std::string> told = second.get_future();
  reader->Get("k", [&](const SharedReader::Value&) {
    inside.set_value();
    EXPECT_EQ(told.wait_for(std::chrono::milliseconds(500)), std::future_status::timeout);
  });
  inside.get_future().wait();
  reader->Get("k", [&](const SharedReader::Value& value) {
    second.set_value(value.ok() ? value->value_or("(none)") : ReasonOf(value.status()));
  });
  EXPECT_EQ(told.get(), "v");
}

TEST_F(SharedReaderTest, WhoStillWaitsAtTheEndIsTold) {
  server_.Command({"SET", "k", "v"});
  std::atomic<int> told{0};
  {
    const auto reader = Open();
    EXPECT_EQ(Get(*reader, "k"), "v");
    server_.Suspend();
    for (int i = 0; i < 10; ++i) {
      reader->Get("k", [&](const SharedReader::Value& value) { told += value.ok() ? 0 : 1; });
    }
  }
  EXPECT_EQ(told, 10);
  server_.Resume();
}

}  // namespace
}  // namespace stillpoint::redis

// Against a real Redis, in all the states in which it may be found.
#include "common/redis/redis.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/error/error.h"
#include "common/testing/servers.h"

namespace stillpoint::redis {
namespace {

using ::testing::ElementsAre;
using Values = std::vector<std::optional<std::string>>;

constexpr absl::Duration kTtl = absl::Minutes(1);
constexpr absl::Duration kLong = absl::Seconds(30);
const Redis::Item kStamp = {"stamp", "s"};

Deadline Soon() { return Deadline::After(kLong); }

// Timeouts that a busy machine does not reach by accident, and no waiting after a failure.
Redis::Options Patient() {
  return {.connections = 4,
          .connect_timeout = absl::Seconds(5),
          .command_timeout = absl::Seconds(5),
          .cool_down = absl::ZeroDuration()};
}

class RedisTest : public ::testing::Test {
 protected:
  std::unique_ptr<Redis> Open(Redis::Options options = Patient()) {
    return *Redis::Open(server_.address(), options);
  }
  static Values Get(Redis& redis, const std::vector<std::string>& keys) {
    const absl::StatusOr<Values> values = redis.MultiGet(keys, Soon());
    EXPECT_TRUE(values.ok()) << values.status();
    return values.ok() ? *values : Values{};
  }
  std::string Raise(Redis& redis, const std::string& value) {
    const absl::Status status = redis.MultiRaise({{"k", value}}, kStamp, kTtl, Soon());
    EXPECT_TRUE(status.ok()) << status;
    return server_.Command({"GET", "k"});
  }

  testing::RedisServer server_;
};

TEST(RedisOpenTest, RefusesBadAddresses) {
  for (const char* address : {"", "localhost", ":6379", "h:", "h:0", "h:65536", "h:x",
                              "unix:", "[::1:6379", "::1]:6379"}) {
    EXPECT_EQ(ReasonOf(Redis::Open(address, {}).status()), "BAD_CONFIG") << address;
  }
  EXPECT_EQ(ReasonOf(Redis::Open("unix:" + std::string(108, 'p'), {}).status()), "BAD_CONFIG");
  EXPECT_EQ(ReasonOf(Redis::Open("h:1", {.connections = 0}).status()), "BAD_CONFIG");
  EXPECT_TRUE(Redis::Open("[::1]:6379", {}).ok());
  EXPECT_TRUE(Redis::Open("redis.stillpoint:6379", {}).ok());
}

TEST_F(RedisTest, GetsWhatWasSet) {
  const auto redis = Open();
  const std::string binary("\0\r\n$5\xff", 6);
  ASSERT_TRUE(redis->MultiSet({{"a", "1"}, {"b", binary}, {"", ""}}, kTtl, Soon()).ok());
  EXPECT_THAT(Get(*redis, {"a", "none", "b", "", "a"}),
              ElementsAre("1", std::nullopt, binary, "", "1"));
  EXPECT_TRUE(Get(*redis, {}).empty());
  EXPECT_TRUE(redis->MultiSet({}, kTtl, Soon()).ok());
  EXPECT_TRUE(redis->MultiRaise({}, kStamp, kTtl, Soon()).ok());
}

TEST_F(RedisTest, WhatIsSetExpires) {
  const auto redis = Open();
  ASSERT_TRUE(redis->MultiSet({{"a", "1"}}, kTtl, Soon()).ok());
  ASSERT_TRUE(redis->MultiRaise({{"b", "1:"}}, kStamp, kTtl, Soon()).ok());
  for (const char* key : {"a", "b"}) {
    const int left_ms = std::stoi(server_.Command({"PTTL", key}));
    EXPECT_GT(left_ms, 0) << key;
    EXPECT_LE(left_ms, absl::ToInt64Milliseconds(kTtl)) << key;
  }
  // Redis itself refuses a lifetime below 1 ms.
  EXPECT_TRUE(redis->MultiSet({{"c", "1"}}, absl::ZeroDuration(), Soon()).ok());
}

TEST_F(RedisTest, ManyLargeValuesAreOneCall) {
  const auto redis = Open();
  std::vector<Redis::Item> items;
  std::vector<std::string> keys;
  for (int i = 0; i < 500; ++i) {
    items.push_back({absl::StrCat("k", i), std::string(20'000, static_cast<char>('a' + i % 26))});
    keys.push_back(items.back().key);
  }
  ASSERT_TRUE(redis->MultiSet(items, kTtl, Soon()).ok());
  const Values values = Get(*redis, keys);
  ASSERT_EQ(values.size(), items.size());
  for (size_t i = 0; i < items.size(); ++i) EXPECT_EQ(values[i], items[i].value);
}

TEST_F(RedisTest, RaisesAndNeverLowers) {
  const auto redis = Open();
  EXPECT_EQ(Raise(*redis, "5:a"), "5:a");
  EXPECT_EQ(Raise(*redis, "4:b"), "5:a");
  EXPECT_EQ(Raise(*redis, "5:c"), "5:a");  // The same version: the same fact.
  EXPECT_EQ(Raise(*redis, "6:d"), "6:d");
  EXPECT_EQ(Raise(*redis, "10:e"), "10:e");  // A number, not a text.
  EXPECT_EQ(Raise(*redis, "9:f"), "10:e");
  EXPECT_EQ(Raise(*redis, "0011:g"), "0011:g");
  EXPECT_EQ(Raise(*redis, "11:h"), "0011:g");
  // Neighbours that are equal as doubles.
  EXPECT_EQ(Raise(*redis, "9007199254740993:i"), "9007199254740993:i");
  EXPECT_EQ(Raise(*redis, "9007199254740992:j"), "9007199254740993:i");
  EXPECT_EQ(Raise(*redis, "9223372036854775806:k"), "9223372036854775806:k");
  EXPECT_EQ(Raise(*redis, "9223372036854775807:l"), "9223372036854775807:l");
  EXPECT_EQ(Raise(*redis, "0:m"), "9223372036854775807:l");
}

TEST_F(RedisTest, RaisesEachKeyForItself) {
  const auto redis = Open();
  ASSERT_TRUE(redis->MultiSet({{"a", "1:old"}, {"b", "9:old"}}, kTtl, Soon()).ok());
  ASSERT_TRUE(
      redis->MultiRaise({{"a", "2:new"}, {"b", "2:new"}, {"c", "0:new"}}, kStamp, kTtl, Soon())
          .ok());
  EXPECT_THAT(Get(*redis, {"a", "b", "c"}), ElementsAre("2:new", "9:old", "0:new"));
}

TEST_F(RedisTest, AddsAndTellsTheCounts) {
  const auto redis = Open();
  const auto add = [&](std::vector<Redis::Increment> items) {
    const auto counts = redis->MultiAdd(items, kTtl, Soon());
    EXPECT_TRUE(counts.ok()) << counts.status();
    return counts.value_or(std::vector<int64_t>());
  };
  EXPECT_THAT(add({}), ElementsAre());
  EXPECT_THAT(add({{"a", 3}, {"b", 0}}), ElementsAre(3, 0));
  EXPECT_THAT(add({{"a", 4}, {"a", 1}, {"c", 9'007'199'254'740'992}}),
              ElementsAre(7, 8, 9'007'199'254'740'992));
  const int left_ms = std::stoi(server_.Command({"PTTL", "a"}));
  EXPECT_GT(left_ms, 0);
  EXPECT_LE(left_ms, absl::ToInt64Milliseconds(kTtl));
  // What is no count begins anew, and leaves the others alone.
  server_.Command({"SET", "text", "x"});
  server_.Command({"SET", "below", "-10"});
  server_.Command({"SET", "above", "9223372036854775807"});
  server_.Command({"RPUSH", "list", "1"});
  EXPECT_THAT(add({{"text", 1}, {"below", 2}, {"above", 3}, {"list", 4}, {"a", 1}, {"c", 5}}),
              ElementsAre(1, 2, 3, 4, 9, 5));
}

TEST_F(RedisTest, RaisesOverGarbage) {
  const auto redis = Open();
  for (const std::string& garbage : {std::string("garbage"), std::string(), std::string("-5:x"),
                                     std::string("1e9:x"), std::string(" 7:x"), std::string("77"),
                                     std::string(300, '9') + ":x", std::string("\0\xff", 2)}) {
    server_.Command({"SET", "k", garbage});
    EXPECT_EQ(Raise(*redis, "1:v"), "1:v") << garbage;
  }
}

TEST_F(RedisTest, KeysOfAnotherTypeAreMissingAndOverwritten) {
  const auto redis = Open();
  server_.Command({"RPUSH", "list", "x"});
  server_.Command({"HSET", "hash", "f", "x"});
  server_.Command({"SET", "text", "v"});
  EXPECT_THAT(Get(*redis, {"list", "text", "hash"}), ElementsAre(std::nullopt, "v", std::nullopt));
  ASSERT_TRUE(redis->MultiSet({{"list", "set"}}, kTtl, Soon()).ok());
  ASSERT_TRUE(redis->MultiRaise({{"hash", "3:raised"}}, kStamp, kTtl, Soon()).ok());
  EXPECT_THAT(Get(*redis, {"list", "hash"}), ElementsAre("set", "3:raised"));
}

TEST_F(RedisTest, FlushedIsEmptyAndUsable) {
  const auto redis = Open();
  ASSERT_TRUE(redis->MultiRaise({{"k", "9:v"}}, kStamp, kTtl, Soon()).ok());
  server_.Command({"FLUSHALL"});
  server_.Command({"SCRIPT", "FLUSH"});
  EXPECT_THAT(Get(*redis, {"k"}), ElementsAre(std::nullopt));
  EXPECT_EQ(Raise(*redis, "1:v"), "1:v");
}

TEST_F(RedisTest, ARestartIsNotNoticed) {
  Redis::Options options = Patient();
  options.cool_down = kLong;  // A failure would show.
  const auto redis = Open(options);
  ASSERT_TRUE(redis->MultiSet({{"k", "v"}}, kTtl, Soon()).ok());
  server_.Restart();
  EXPECT_THAT(Get(*redis, {"k"}), ElementsAre(std::nullopt));
  EXPECT_TRUE(redis->MultiSet({{"k", "v"}}, kTtl, Soon()).ok());
}

TEST_F(RedisTest, StoppedCostsOneFailureThenNothing) {
  Redis::Options options = Patient();
  options.cool_down = kLong;
  const auto redis = Open(options);
  ASSERT_TRUE(redis->MultiSet({{"k", "v"}}, kTtl, Soon()).ok());
  server_.Stop();
  const absl::Status first = redis->MultiGet({"k"}, Soon()).status();
  EXPECT_EQ(first.code(), absl::StatusCode::kUnavailable) << first;
  EXPECT_EQ(ReasonOf(first), "REDIS_UNAVAILABLE");
  // It is back, but during the cool-down nobody asks it.
  server_.Restart();
  EXPECT_EQ(redis->MultiSet({{"k", "v"}}, kTtl, Soon()).code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(redis->MultiRaise({{"k", "1:v"}}, kStamp, kTtl, Soon()).code(),
            absl::StatusCode::kUnavailable);
  EXPECT_EQ(server_.Command({"EXISTS", "k"}), "0");
}

TEST_F(RedisTest, ReturnsByItselfAfterTheCoolDown) {
  Redis::Options options = Patient();
  options.cool_down = absl::Milliseconds(50);
  const auto redis = Open(options);
  server_.Stop();
  EXPECT_FALSE(redis->MultiGet({"k"}, Soon()).ok());
  server_.Restart();
  EXPECT_TRUE(testing::WaitUntil(kLong, [&] { return redis->MultiGet({"k"}, Soon()).ok(); }));
}

TEST_F(RedisTest, SuspendedIsUnavailableWithinTheTimeoutThenAtOnce) {
  Redis::Options options = Patient();
  options.command_timeout = absl::Milliseconds(50);
  options.cool_down = kLong;
  const auto redis = Open(options);
  server_.Suspend();
  const Deadline start = Soon();
  EXPECT_EQ(redis->MultiGet({"k"}, Soon()).status().code(), absl::StatusCode::kUnavailable);
  const absl::Duration first = kLong - start.Remaining();
  EXPECT_GE(first, absl::Milliseconds(50));
  EXPECT_LT(first, absl::Seconds(5));
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(redis->MultiGet({"k"}, Soon()).ok());
  // A thousand timeouts would have taken 50 s.
  EXPECT_LT(kLong - start.Remaining(), absl::Seconds(10));
  server_.Resume();
}

TEST_F(RedisTest, SuspendedKeepsTheCallersDeadline) {
  Redis::Options options = Patient();
  options.command_timeout = kLong;
  options.cool_down = kLong;
  const auto redis = Open(options);
  ASSERT_TRUE(redis->MultiSet({{"k", "v"}}, kTtl, Soon()).ok());
  server_.Suspend();
  const Deadline start = Soon();
  // More than the socket's buffer takes, so that sending waits too.
  const Redis::Item large{"k", std::string(4'000'000, 'x')};
  EXPECT_FALSE(redis->MultiSet({large}, kTtl, Deadline::After(absl::Milliseconds(20))).ok());
  EXPECT_FALSE(redis->MultiGet({"k"}, Deadline::After(absl::Milliseconds(20))).ok());
  EXPECT_LT(kLong - start.Remaining(), absl::Seconds(5));
  server_.Resume();
  // Callers in a hurry are no reason to cool down, and the late reply is nobody's.
  EXPECT_TRUE(redis->MultiSet({{"other", "o"}}, kTtl, Soon()).ok());
  EXPECT_THAT(Get(*redis, {"other"}), ElementsAre("o"));
}

TEST_F(RedisTest, APassedDeadlineAsksNothing) {
  const auto redis = Open();
  EXPECT_EQ(redis->MultiSet({{"k", "v"}}, kTtl, Deadline()).code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(server_.Command({"EXISTS", "k"}), "0");
}

TEST_F(RedisTest, AReadOnlyReplicaRefusesWritesAndAnswersReads) {
  const auto redis = Open();
  ASSERT_TRUE(redis->MultiSet({{"k", "v"}}, kTtl, Soon()).ok());
  server_.Command({"REPLICAOF", "127.0.0.1", "1"});
  for (const absl::Status& status : {redis->MultiSet({{"k", "w"}}, kTtl, Soon()),
                                     redis->MultiRaise({{"k", "1:w"}}, kStamp, kTtl, Soon())}) {
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
    EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr("READONLY"));
  }
  EXPECT_THAT(Get(*redis, {"k"}), ElementsAre("v"));
  server_.Command({"REPLICAOF", "NO", "ONE"});
  EXPECT_TRUE(redis->MultiSet({{"k", "w"}}, kTtl, Soon()).ok());
}

TEST_F(RedisTest, AFullRedisRefusesWrites) {
  const auto redis = Open();
  server_.Command({"CONFIG", "SET", "maxmemory", "1"});
  const absl::Status status = redis->MultiSet({{"a", "1"}, {"b", "2"}}, kTtl, Soon());
  EXPECT_EQ(status.message(), "Redis refused: OOM");
  EXPECT_THAT(Get(*redis, {"a", "b"}), ElementsAre(std::nullopt, std::nullopt));
  EXPECT_EQ(redis->MultiAdd({{"a", 1}}, kTtl, Soon()).status().code(),
            absl::StatusCode::kUnavailable);
}

TEST_F(RedisTest, MoreThreadsThanConnectionsAllGetTheirOwnReplies) {
  const auto redis = Open();  // 4 connections.
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 16; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        const std::string key = absl::StrCat(t, "/", i);
        const bool set = redis->MultiSet({{key, key}}, kTtl, Soon()).ok();
        const absl::StatusOr<Values> got = redis->MultiGet({key}, Soon());
        if (!set || !got.ok() || got->at(0) != key) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  const std::string clients = server_.Command({"CLIENT", "LIST"});
  EXPECT_LE(std::count(clients.begin(), clients.end(), '\n'), 4 + 1);  // And the asking one.
}

TEST_F(RedisTest, ManyThreadsSurviveRestarts) {
  Redis::Options options = Patient();
  options.cool_down = absl::Milliseconds(1);
  const auto redis = Open(options);
  std::atomic<bool> stop = false;
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      const std::string key = absl::StrCat("t", t);
      while (!stop) {
        (void)redis->MultiSet({{key, key}}, kTtl, Soon());
        const absl::StatusOr<Values> got = redis->MultiGet({key}, Soon());
        if (got.ok() && got->at(0).has_value() && got->at(0) != key) ++wrong;
      }
    });
  }
  for (int i = 0; i < 5; ++i) server_.Restart();
  stop = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_TRUE(testing::WaitUntil(kLong, [&] {
    return redis->MultiSet({{"k", "v"}}, kTtl, Soon()).ok();
  }));
  EXPECT_THAT(Get(*redis, {"k"}), ElementsAre("v"));
}

}  // namespace
}  // namespace stillpoint::redis

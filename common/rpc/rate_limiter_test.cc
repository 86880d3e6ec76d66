#include "common/rpc/rate_limiter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/error/error.h"
#include "common/testing/servers.h"

namespace stillpoint::rpc {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr RateLimiter::Options kSmall = {.caller = 10, .organization = 40};

Principal Desk(const std::string& organization = "acme", const std::string& subject = "desk") {
  return {.subject = subject, .role = Role::kFrontDesk, .organization = organization};
}

crypto::Key Secret() { return *crypto::Key::FromBytes(std::string(crypto::Key::kBytes, 's')); }

class RateLimiterTest : public ::testing::Test {
 protected:
  std::unique_ptr<RateLimiter> New(RateLimiter::Options options,
                                   std::unique_ptr<redis::Redis> redis = nullptr) {
    return std::make_unique<RateLimiter>(options, std::move(redis), Secret(), metrics_);
  }

  // How many of `count` calls at this moment are let through.
  int Let(RateLimiter& limiter, const Principal& who, int count) {
    int let = 0;
    for (int i = 0; i < count; ++i) let += limiter.Take(who, now_).ok() ? 1 : 0;
    return let;
  }

  absl::Time now_ = absl::FromUnixSeconds(1'800'000'000);
  Metrics metrics_;
};

TEST_F(RateLimiterTest, LetsABurstThroughAndThenTheRate) {
  const auto limiter = New(kSmall);
  EXPECT_EQ(Let(*limiter, Desk(), 20), 20);
  const absl::Status refused = limiter->Take(Desk(), now_);
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ReasonOf(refused), "RATE_LIMITED");
  EXPECT_EQ(MetadataOf(refused)["limit"], "caller");
  EXPECT_EQ(RetryAfterOf(refused), absl::Milliseconds(100));
  now_ += absl::Milliseconds(99);
  EXPECT_EQ(Let(*limiter, Desk(), 5), 0);
  now_ += absl::Milliseconds(1);
  EXPECT_EQ(Let(*limiter, Desk(), 5), 1);
  now_ += absl::Hours(1);  // Not more than a burst is ever saved up.
  EXPECT_EQ(Let(*limiter, Desk(), 50), 20);
  now_ -= absl::Minutes(1);  // A clock that is put back gives nothing and takes nothing.
  EXPECT_EQ(Let(*limiter, Desk(), 5), 0);
  now_ += absl::Minutes(1) + absl::Milliseconds(100);
  EXPECT_EQ(Let(*limiter, Desk(), 5), 1);
  EXPECT_EQ(metrics_.Counted("rate_limited", "caller"), 1 + 5 + 4 + 30 + 5 + 4);
}

TEST_F(RateLimiterTest, ZeroIsNoLimit) {
  const auto nobody = New({.caller = 0, .organization = 0});
  EXPECT_EQ(Let(*nobody, Desk(), 100'000), 100'000);
  const auto together = New({.caller = 0, .organization = 10});
  EXPECT_EQ(Let(*together, Desk(), 100), 20);
  EXPECT_EQ(Let(*together, Desk("acme", "other"), 100), 0);
  const auto each = New({.caller = 10, .organization = 0});
  EXPECT_EQ(Let(*each, Desk(), 100), 20);
  EXPECT_EQ(Let(*each, Desk("acme", "other"), 100), 20);
}

TEST_F(RateLimiterTest, WhoWorksForEveryOrganizationHasNoLimit) {
  const auto limiter = New(kSmall);
  for (const Role role : {Role::kService, Role::kWorker, Role::kOperator}) {
    EXPECT_EQ(Let(*limiter, {.subject = "x", .role = role, .organization = ""}, 1'000), 1'000);
  }
  EXPECT_EQ(limiter->buckets(), 0u);
}

TEST_F(RateLimiterTest, AFloodOfOneOrganizationIsNobodyElses) {
  const auto limiter = New(kSmall);
  for (int caller = 0; caller < 20; ++caller) {
    Let(*limiter, Desk("flood", absl::StrCat("c", caller)), 1'000);
  }
  EXPECT_GT(metrics_.Counted("rate_limited", "organization"), 0);
  for (int i = 0; i < 30; ++i) EXPECT_EQ(Let(*limiter, Desk(absl::StrCat("o", i)), 20), 20) << i;
  // The same subject in another organization is another caller.
  EXPECT_EQ(Let(*limiter, Desk("another", "c0"), 20), 20);
}

TEST_F(RateLimiterTest, OneCallersFloodLeavesTheOthersThreeQuarters) {
  const auto limiter = New(kSmall);
  for (int i = 0; i < 50; ++i) {  // Five seconds.
    Let(*limiter, Desk("acme", "flood"), 1'000);
    EXPECT_EQ(Let(*limiter, Desk("acme", "a"), 1), 1);
    EXPECT_EQ(Let(*limiter, Desk("acme", "b"), 1), 1);
    now_ += absl::Milliseconds(100);
  }
}

TEST_F(RateLimiterTest, WhenManyFloodWhoCallsLittleIsServed) {
  const auto limiter = New({.caller = 20, .organization = 40});
  int let = 0, served = 0;
  for (int i = 0; i < 500; ++i) {  // Fifty seconds.
    for (int caller = 0; caller < 10; ++caller) {
      let += Let(*limiter, Desk("acme", absl::StrCat("c", caller)), 50);
    }
    // At first those who will flood cannot be told from others.
    if (i % 5 == 4) served += Let(*limiter, Desk("acme", "quiet"), 1);
    now_ += absl::Milliseconds(100);
  }
  EXPECT_EQ(served, 100);
  // And yet nothing is lost: what one does not take the others get.
  EXPECT_NEAR(let + served, 40 * 50 + 80, 80);
}

TEST_F(RateLimiterTest, RemembersABoundedNumberAndForgetsWhoIsFull) {
  const auto limiter = New({.caller = 10, .organization = 40, .buckets_max = 100});
  int let = 0;
  for (int i = 0; i < 1'000; ++i) let += Let(*limiter, Desk(absl::StrCat("o", i)), 40);
  EXPECT_EQ(limiter->buckets(), 100u);
  // Organizations for which there is no room share 16 buckets, so are limited all the same.
  EXPECT_LE(let, 50 * 20 + 16 * 80);
  EXPECT_GE(let, 50 * 20);
  for (int i = 0; i < 100; ++i) limiter->Share(now_);
  EXPECT_EQ(limiter->buckets(), 100u);  // They are not full yet.
  now_ += RateLimiter::kBurst;
  for (int i = 0; i < 16; ++i) limiter->Share(now_);
  EXPECT_LT(limiter->buckets(), 100u);
  now_ += RateLimiter::kLogEvery;  // Who was refused is first logged.
  for (int i = 0; i < 17; ++i) limiter->Share(now_);
  EXPECT_EQ(limiter->buckets(), 0u);
  EXPECT_EQ(Let(*limiter, Desk(), 50), 20);
}

TEST_F(RateLimiterTest, ThreadsTakeNoMoreThanThereIs) {
  const auto limiter = New({.caller = 1'000, .organization = 3'000});
  limiter->Start();
  std::atomic<int> let = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 3'000; ++i) {
        let += limiter->Take(Desk("acme", absl::StrCat("c", t % 4)), now_).ok() ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  // Four callers with 2,000 each want more than the organization has; the reserve is for others.
  EXPECT_GE(let, 6'000 * 7 / 8);
  EXPECT_LE(let, 6'000);
}

// Replicas of one service on a real Redis.
class SharedLimitsTest : public RateLimiterTest {
 protected:
  std::unique_ptr<RateLimiter> Replica(RateLimiter::Options options = {.caller = 100,
                                                                       .organization = 400}) {
    return New(options,
               *redis::Redis::Open(server_.address(), {.connections = 1,
                                                       .connect_timeout = absl::Seconds(5),
                                                       .command_timeout = absl::Seconds(5),
                                                       .cool_down = absl::ZeroDuration()}));
  }

  // Everybody calls as often as it can for `seconds`, in steps of 50 ms; how many calls were let
  // through on each. `each` runs before every exchange.
  std::vector<int> Flood(
      const std::vector<RateLimiter*>& replicas, int seconds,
      const std::function<void()>& each = [] {}) {
    std::vector<int> let(replicas.size());
    for (int step = 0; step < 20 * seconds; ++step) {
      for (size_t i = 0; i < replicas.size(); ++i) {
        while (replicas[i]->Take(Desk(), now_).ok()) ++let[i];
      }
      now_ += absl::Milliseconds(50);
      if (step % 4 != 3) continue;
      each();
      for (RateLimiter* replica : replicas) replica->Share(now_);
    }
    return let;
  }

  testing::RedisServer server_;
};

TEST_F(SharedLimitsTest, ReplicasShareOneLimit) {
  const auto a = Replica(), b = Replica(), c = Replica();
  const std::vector<int> let = Flood({a.get(), b.get(), c.get()}, 30);
  const int all = let[0] + let[1] + let[2];
  // 100 a second, and to each its first burst, of which the others learnt too late.
  EXPECT_GE(all, 30 * 100);
  EXPECT_LE(all, 30 * 100 * 9 / 8 + 3 * 200 + 100);
  for (const int one : let) EXPECT_GE(one, 30 * 100 / 8);
}

TEST_F(SharedLimitsTest, OneThatIsIdleLeavesTheLimitToTheOther) {
  const auto a = Replica(), b = Replica();
  Let(*b, Desk(), 1);
  b->Share(now_);
  const std::vector<int> let = Flood({a.get()}, 10);
  EXPECT_NEAR(let[0], 10 * 100 + 200, 20);
}

TEST_F(SharedLimitsTest, OtherOrganizationsAndSecretsShareNothing) {
  const auto a = Replica(), b = Replica();
  RateLimiter other_service({.caller = 100, .organization = 400},
                            *redis::Redis::Open(server_.address(), {.connections = 1}),
                            Secret().Derive("other"), metrics_);
  Flood({a.get(), &other_service}, 5);
  EXPECT_EQ(Let(*b, Desk("calm"), 200), 200);
  EXPECT_NEAR(Flood({&other_service}, 5)[0], 5 * 100, 20);
}

TEST_F(SharedLimitsTest, RedisKnowsNobodyByNameAndForgets) {
  const auto a = Replica();
  Flood({a.get()}, 1);
  const std::vector<std::string> keys = absl::StrSplit(server_.Command({"KEYS", "*"}), '\n');
  ASSERT_EQ(keys.size(), 2u);  // The caller and the organization.
  for (const std::string& key : keys) {
    EXPECT_THAT(key, Not(HasSubstr("acme")));
    EXPECT_THAT(key, Not(HasSubstr("desk")));
    const int left_ms = std::stoi(server_.Command({"PTTL", key}));
    EXPECT_GT(left_ms, 0);
    EXPECT_LE(left_ms, 60'000);
  }
}

TEST_F(SharedLimitsTest, WithoutRedisEachKeepsTheLimitForItself) {
  const auto a = Replica(), b = Replica();
  Flood({a.get(), b.get()}, 5);
  server_.Stop();
  std::vector<int> let = Flood({a.get(), b.get()}, 10);
  for (const int one : let) EXPECT_NEAR(one, 10 * 100, 250);
  // Back, and empty: what was taken meanwhile is not told late, so nobody pays for it now.
  server_.Restart();
  let = Flood({a.get(), b.get()}, 20);
  EXPECT_NEAR(let[0] + let[1], 20 * 100, 350);
  for (const int one : let) EXPECT_GT(one, 20 * 100 / 8);
}

TEST_F(SharedLimitsTest, NoCallWaitsForASilentRedis) {
  const auto a = Replica();
  Flood({a.get()}, 1);
  server_.Suspend();
  std::atomic<bool> done = false;
  Let(*a, Desk("calm"), 1);  // Something to tell.
  std::thread sharing([&] {
    a->Share(now_);
    done = true;
  });
  int calls = 0;
  while (!done) calls += Let(*a, Desk("calm"), 1) >= 0 ? 1 : 0;
  sharing.join();
  server_.Resume();
  EXPECT_GT(calls, 100);  // Of the 100 ms that the exchange waited in vain.
}

TEST_F(SharedLimitsTest, WhateverRedisSaysACallerKeepsAnEighth) {
  const auto a = Replica();
  Flood({a.get()}, 1);
  const std::vector<std::string> keys = absl::StrSplit(server_.Command({"KEYS", "*"}), '\n');
  for (const std::vector<std::string>& poison :
       std::vector<std::vector<std::string>>{{"INCRBY", "1000000000"},
                                             {"SET", "-5"},
                                             {"SET", "9223372036854775807"},
                                             {"SET", "garbage"},
                                             {"SET", ""},
                                             {"DEL"},
                                             {"list"}}) {
    const auto let = Flood({a.get()}, 10, [&] {
      for (const std::string& key : keys) {
        if (poison[0] == "list") {
          server_.Command({"DEL", key});
          server_.Command({"RPUSH", key, "x"});
        } else if (poison[0] == "DEL") {
          server_.Command({"DEL", key});
        } else {
          server_.Command({poison[0], key, poison[1]});
        }
      }
    });
    EXPECT_GE(let[0], 10 * 100 / 8 - 5) << poison[0];
    EXPECT_LE(let[0], 10 * 100 + 200) << poison[0];
  }
}

TEST_F(SharedLimitsTest, AFullRedisIsNone) {
  const auto a = Replica(), b = Replica();
  server_.Command({"CONFIG", "SET", "maxmemory", "1"});
  for (const int one : Flood({a.get(), b.get()}, 10)) EXPECT_NEAR(one, 10 * 100 + 200, 20);
}

}  // namespace
}  // namespace stillpoint::rpc

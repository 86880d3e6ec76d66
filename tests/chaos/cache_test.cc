// Whatever happens to Redis in the middle of a run, two replicas that share it go on to agree with
// the model on every answer and every free time.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdio>
#include <functional>

#include "absl/strings/str_cat.h"
#include "common/testing/databases.h"
#include "common/testing/seed.h"
#include "services/booking/adapters/pointer_healer.h"
#include "tests/chaos/player.h"

namespace stillpoint::chaos {
namespace {

#ifdef __OPTIMIZE__
constexpr int kOperationsPerPhase = 60;
#else
constexpr int kOperationsPerPhase = 30;  // A sanitizer build takes several times as long for each.
#endif
// Redis is not asked for a while after it failed; in between it is, and fails again.
constexpr int kBursts = 3;
const absl::Duration kBetweenBursts = booking::adapters::kDistrust * 0.6;
const absl::Duration kUntilTrusted = booking::adapters::kDistrust * 1.1;
// What the healers are given to tell the other replica of a commit that Redis refused to hear of.
const absl::Duration kLagMax = booking::adapters::kHealEvery * 2.5;
// Only where Redis serves readers and refuses writers may a search be late; elsewhere this many
// are a machine that stood still for a moment.
constexpr int kLateMax = 2;

class CacheFaultTest : public ::testing::TestWithParam<sql::Engine> {
 protected:
  CacheFaultTest() : rig_(GetParam(), clock_, redis_.address(), Rig::Patience::kAsServed) {
    std::printf("cache: seed %llu\n", static_cast<unsigned long long>(seed_));
  }

  static void Wait(absl::Duration time) {
    testing::WaitUntil(time, [] { return false; });
  }

  // Plays while all is well, while it is not, and after. `again` happens before each operation of
  // the second phase.
  void Play(const std::function<void()>& begin, const std::function<void()>& again,
            const std::function<void()>& end) {
    Player player(rig_, clock_, seed_, 0, "o", tally_);
    player.UseRedis(true);
    player.AllowLag(kLagMax);
    ASSERT_TRUE(rig_.StartHealers().ok());
    ASSERT_EQ(player.Begin(), "") << "seed " << seed_;
    int next = 0;
    const auto play = [&](const char* phase, const std::function<void()>& before) {
      for (int i = 0; i < kOperationsPerPhase; ++i) {
        before();
        ASSERT_EQ(player.Do(next++), "") << "seed " << seed_ << ", " << phase << ", " << i;
      }
    };
    const auto nothing = [] {};
    ASSERT_NO_FATAL_FAILURE(play("before", nothing));
    begin();
    for (int burst = 0; burst < kBursts; ++burst) {
      if (burst > 0 && fails_) Wait(kBetweenBursts);
      ASSERT_NO_FATAL_FAILURE(play("during", again));
    }
    end();
    ASSERT_NO_FATAL_FAILURE(play("just after", nothing));
    if (fails_) Wait(kUntilTrusted);
    ASSERT_NO_FATAL_FAILURE(play("long after", nothing));
    EXPECT_EQ(player.Finish(), "") << "seed " << seed_;
    EXPECT_GT(tally_["book: done"], 0);
    if (!may_be_late_) {
      EXPECT_LE(tally_["late search"], kLateMax) << "seed " << seed_;
    }
  }

  void ForEveryKey(const std::string& body) {
    redis_.Command({"EVAL",
                    absl::StrCat("local keys = redis.call('KEYS', '*')"
                                 " for i, key in ipairs(keys) do ",
                                 body, " end"),
                    "0"});
  }

  const uint64_t seed_ = testing::Seed();
  FakeClock clock_{absl::UnixEpoch()};
  testing::RedisServer redis_;
  Rig rig_;
  Tally tally_;
  bool may_be_late_ = false;
  bool fails_ = true;  // Redis; and is then not asked for a while.
};

TEST_P(CacheFaultTest, Killed) {
  Play([&] { redis_.Stop(); }, [] {}, [&] { redis_.Restart(); });
}

TEST_P(CacheFaultTest, KilledAndRestartedOverAndOver) {
  int operations = 0;
  Play([] {},
       [&] {
         if (++operations % 20 == 0) redis_.Restart();
       },
       [] {});
}

TEST_P(CacheFaultTest, FlushedOverAndOver) {
  fails_ = false;
  Play([] {}, [&] { redis_.Command({"FLUSHALL"}); }, [] {});
}

TEST_P(CacheFaultTest, SilentForGood) {
  Play([&] { redis_.Suspend(); }, [] {}, [&] { redis_.Resume(); });
}

// What is asked is done two seconds late, when nobody waits for it any more.
TEST_P(CacheFaultTest, TwoSecondsSlow) {
  const auto slow = [&] { redis_.Command({"CLIENT", "PAUSE", "2000"}); };
  int operations = 0;
  Play(
      slow,
      [&] {
        if (++operations % kOperationsPerPhase == 1) slow();
      },
      [] {});
}

TEST_P(CacheFaultTest, Full) {
  may_be_late_ = true;
  Play(
      [&] {
        redis_.Command({"CONFIG", "SET", "maxmemory", "1"});
      },
      [] {},
      [&] {
        redis_.Command({"CONFIG", "SET", "maxmemory", "0"});
      });
}

TEST_P(CacheFaultTest, ReadOnlyReplica) {
  may_be_late_ = true;
  // Of nobody: it keeps what it has and serves it.
  Play(
      [&] {
        redis_.Command({"REPLICAOF", "127.0.0.1", "1"});
      },
      [] {},
      [&] {
        redis_.Command({"REPLICAOF", "NO", "ONE"});
      });
}

TEST_P(CacheFaultTest, NotAllowedToWrite) {
  may_be_late_ = true;
  Play(
      [&] {
        redis_.Command({"ACL", "SETUSER", "default", "-@write", "-@scripting"});
      },
      [] {},
      [&] {
        redis_.Command({"ACL", "SETUSER", "default", "+@all"});
      });
}

TEST_P(CacheFaultTest, NotAllowedToRead) {
  Play(
      [&] {
        redis_.Command({"ACL", "SETUSER", "default", "-@read"});
      },
      [] {},
      [&] {
        redis_.Command({"ACL", "SETUSER", "default", "+@all"});
      });
}

TEST_P(CacheFaultTest, PoisonedWithGarbage) {
  fails_ = false;
  Play([] {}, [&] { ForEveryKey("redis.call('SET', key, '99999999999:not one of ours')"); }, [] {});
}

TEST_P(CacheFaultTest, PoisonedWithEachOthersValues) {
  fails_ = false;
  // Each value moves to the next key.
  Play([] {},
       [&] { ForEveryKey("if i > 1 then redis.call('COPY', key, keys[i - 1], 'REPLACE') end"); },
       [] {});
}

// Redis comes back with what it once wrote to disk, or a failover picked a replica that was behind.
TEST_P(CacheFaultTest, PoisonedWithItsOwnPast) {
  fails_ = false;
  may_be_late_ = true;
  int operations = 0;
  Play([&] { ForEveryKey("redis.call('COPY', key, key, 'DB', 1)"); },
       [&] {
         if (++operations % 20 != 0) return;
         redis_.Command({"EVAL",
                         "redis.call('SELECT', 1) for _, key in ipairs(redis.call('KEYS', '*')) do"
                         " redis.call('COPY', key, key, 'DB', 0, 'REPLACE') end",
                         "0"});
       },
       [] {});
}

TEST_P(CacheFaultTest, PoisonedWithAnotherType) {
  fails_ = false;
  Play([] {}, [&] { ForEveryKey("redis.call('DEL', key) redis.call('LPUSH', key, 'a list')"); },
       [] {});
}

INSTANTIATE_TEST_SUITE_P(Engines, CacheFaultTest, ::testing::ValuesIn(testing::AllEngines()),
                         [](const auto& engine) { return testing::EngineName(engine.param); });

}  // namespace
}  // namespace stillpoint::chaos

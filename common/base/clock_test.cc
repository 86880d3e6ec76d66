#include "common/base/clock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <thread>

#include "common/base/mutex.h"
#include "common/error/error.h"

namespace stillpoint {
namespace {

// Generous: only a stuck machine comes near it.
constexpr absl::Duration kTolerance = absl::Minutes(1);

TEST(SystemClockTest, TellsTheTime) {
  const absl::Time now = SystemClock().TimeNow();
  EXPECT_GT(now, absl::FromCivil(absl::CivilDay(2025, 1, 1), absl::UTCTimeZone()));
  EXPECT_GE(SystemClock().TimeNow(), now);
}

TEST(FakeClockTest, MovesOnlyWhenMoved) {
  FakeClock clock(absl::FromUnixSeconds(100));
  EXPECT_EQ(clock.TimeNow(), absl::FromUnixSeconds(100));
  clock.Advance(absl::Milliseconds(1500));
  EXPECT_EQ(clock.TimeNow(), absl::FromUnixMillis(101'500));
  clock.Advance(-absl::Seconds(2));
  EXPECT_EQ(clock.TimeNow(), absl::FromUnixMillis(99'500));
  clock.Set(absl::FromUnixSeconds(7));
  EXPECT_EQ(clock.TimeNow(), absl::FromUnixSeconds(7));
}

class SimulatedClockTest : public ::testing::Test {
 protected:
  SimulatedClockTest()
      : path_(::testing::TempDir() + "/simulated_clock_" +
              ::testing::UnitTest::GetInstance()->current_test_info()->name()) {}
  ~SimulatedClockTest() override { std::remove(path_.c_str()); }

  void WriteFile(const std::string& content) { std::ofstream(path_) << content; }
  static absl::Duration OffsetOf(const Clock& clock) {
    return clock.TimeNow() - SystemClock().TimeNow();
  }
  // The file is read every 10 ms at most, so a change may be seen a little later.
  static bool Reaches(const Clock& clock, absl::Duration offset) {
    const Deadline deadline = Deadline::After(kTolerance);
    while (!deadline.Passed()) {
      if (absl::AbsDuration(OffsetOf(clock) - offset) < absl::Seconds(1)) return true;
      std::this_thread::yield();
    }
    return false;
  }

  const std::string path_;
};

TEST_F(SimulatedClockTest, FollowsItsFile) {
  WriteFile("3600000000");
  const auto clock = SimulatedClock::Open(path_);
  ASSERT_TRUE(clock.ok()) << clock.status();
  EXPECT_TRUE(Reaches(**clock, absl::Hours(1)));
  WriteFile("864000000000\n");
  EXPECT_TRUE(Reaches(**clock, absl::Hours(240)));
  WriteFile("-60000000");
  EXPECT_TRUE(Reaches(**clock, -absl::Minutes(1)));
}

TEST_F(SimulatedClockTest, AnUnreadableFileKeepsTheLastOffset) {
  WriteFile("3600000000");
  const auto clock = SimulatedClock::Open(path_);
  ASSERT_TRUE(clock.ok()) << clock.status();
  EXPECT_TRUE(Reaches(**clock, absl::Hours(1)));
  for (const char* half_written : {"", "x"}) {
    WriteFile(half_written);
    // Long enough for the clock to look at the file.
    const Deadline looked = Deadline::After(absl::Milliseconds(30));
    while (!looked.Passed()) EXPECT_GT(OffsetOf(**clock), absl::Minutes(59));
  }
  std::remove(path_.c_str());
  EXPECT_GT(OffsetOf(**clock), absl::Minutes(59));
}

TEST_F(SimulatedClockTest, RefusesToStartWithoutANumber) {
  EXPECT_EQ(ReasonOf(SimulatedClock::Open(path_).status()), "BAD_CONFIG");
  for (const char* content : {"", "tomorrow"}) {
    WriteFile(content);
    EXPECT_EQ(ReasonOf(SimulatedClock::Open(path_).status()), "BAD_CONFIG") << content;
  }
}

TEST(DeadlineTest, ADefaultOneHasPassed) {
  EXPECT_TRUE(Deadline().Passed());
  EXPECT_EQ(Deadline().Remaining(), absl::ZeroDuration());
}

TEST(DeadlineTest, RemainingIsBoundedAndNeverNegative) {
  EXPECT_TRUE(Deadline::After(-absl::Seconds(1)).Passed());
  EXPECT_TRUE(Deadline::After(absl::ZeroDuration()).Passed());
  EXPECT_TRUE(Deadline::After(-absl::InfiniteDuration()).Passed());
  const Deadline minute = Deadline::After(absl::Minutes(1));
  EXPECT_FALSE(minute.Passed());
  EXPECT_LE(minute.Remaining(), absl::Minutes(1));
  const absl::Duration longest = Deadline::After(absl::InfiniteDuration()).Remaining();
  EXPECT_LE(longest, absl::Hours(24));
  EXPECT_GT(longest, absl::Hours(23));
}

TEST(DeadlineTest, AtMostNeverExtends) {
  const Deadline hour = Deadline::After(absl::Hours(1));
  EXPECT_LE(hour.AtMost(absl::Minutes(1)).Remaining(), absl::Minutes(1));
  EXPECT_LE(hour.AtMost(absl::Hours(2)).Remaining(), absl::Hours(1));
  EXPECT_TRUE(hour.AtMost(-absl::Seconds(1)).Passed());
  EXPECT_TRUE(Deadline().AtMost(absl::Hours(1)).Passed());
}

TEST(CondVarTest, WaitsForTheSignalOrTheDeadline) {
  Mutex mutex;
  CondVar changed;
  bool done = false;
  std::thread other([&] {
    MutexLock lock(mutex);
    done = true;
    changed.NotifyOne();
  });
  {
    MutexLock lock(mutex);
    const Deadline deadline = Deadline::After(kTolerance);
    while (!done && changed.Wait(mutex, deadline)) {
    }
    EXPECT_TRUE(done);
    EXPECT_FALSE(changed.Wait(mutex, Deadline()));
  }
  other.join();
  MutexLock again(mutex);  // Was released.
}

}  // namespace
}  // namespace stillpoint

// The model and the booking service are given the same random operations, 100,000 of them over
// SQLite and PostgreSQL together, and must agree on every answer and on every free time.
//
// TEST_SEED repeats a run's choices, TEST_RUN plays that one run alone:
//   TEST_SEED=1234 TEST_RUN=17 chaos_model_test --gtest_filter='*Postgres'
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <numeric>
#include <optional>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/testing/databases.h"
#include "common/testing/seed.h"
#include "tests/chaos/player.h"

namespace stillpoint::chaos {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__OPTIMIZE__)
// The release build plays all of them; here the same code takes ten times as long.
constexpr int kSqliteRuns = 14;
constexpr int kPostgresRuns = 6;
#else
constexpr int kSqliteRuns = 140;
constexpr int kPostgresRuns = 60;
#endif
constexpr int kOperationsPerRun = 500;
// A failing run is played again without some of its operations, for as long as this.
constexpr absl::Duration kShrinkMax = absl::Seconds(30);
// What fewer runs than this happen to play is chance: a sanitizer build's show no more than that
// nothing is read or written where it must not be.
constexpr int kTalliedRunsMin = 50;
constexpr int kRareRunsMin = 100;
constexpr size_t kShownMax = 25;  // Operations that a failure prints.

// The one run that TEST_RUN names; nullopt: all.
std::optional<int> OnlyRun() {
  const char* text = std::getenv("TEST_RUN");
  int run = 0;
  return text != nullptr && absl::SimpleAtoi(text, &run) ? std::optional(run) : std::nullopt;
}

class ModelTest : public ::testing::TestWithParam<sql::Engine> {
 protected:
  struct Outcome {
    std::string problem = {};  // Empty: the two agreed.
    size_t played = 0;         // How many of the operations, the failing one included.
    std::vector<std::string> log = {};
  };

  ModelTest() : rig_(GetParam(), clock_, redis_.address()) {}

  Outcome Play(int run, const std::vector<int>& operations) {
    Outcome outcome;
    Player player(rig_, clock_, seed_, run, absl::StrCat("run", ++organizations_), tally_);
    player.LoseRedis(redis_);
    outcome.problem = player.Begin();
    for (const int operation : operations) {
      if (!outcome.problem.empty()) return outcome;
      ++outcome.played;
      outcome.problem = player.Do(operation);
      if (!player.last().empty()) outcome.log.push_back(player.last());
    }
    if (outcome.problem.empty()) outcome.problem = player.Finish();
    return outcome;
  }

  // Leaves out whatever the failure does not need, larger pieces first.
  void Shrink(int run, std::vector<int> operations, Outcome& outcome) {
    operations.resize(outcome.played);
    const Deadline deadline = Deadline::After(kShrinkMax);
    for (size_t piece = std::max<size_t>(1, operations.size() / 2); !deadline.Passed();) {
      bool smaller = false;
      for (size_t at = 0; at < operations.size() && !deadline.Passed();) {
        std::vector<int> fewer = operations;
        fewer.erase(fewer.begin() + static_cast<int64_t>(at),
                    fewer.begin() + static_cast<int64_t>(std::min(at + piece, fewer.size())));
        Outcome again = Play(run, fewer);
        if (again.problem.empty()) {
          at += piece;
          continue;
        }
        fewer.resize(again.played);
        operations = std::move(fewer);
        outcome = std::move(again);
        smaller = true;
      }
      if (piece == 1 && !smaller) return;
      piece = std::max<size_t>(1, piece / 2);
    }
  }

  const uint64_t seed_ = testing::Seed();
  FakeClock clock_{absl::UnixEpoch()};
  testing::RedisServer redis_;
  Rig rig_;
  Tally tally_;
  int organizations_ = 0;
};

TEST_P(ModelTest, Scenario56ModelAndServiceAgreeOnEveryAnswer) {
  const std::string engine = testing::EngineName(GetParam());
  const int runs = GetParam() == sql::Engine::kSqlite ? kSqliteRuns : kPostgresRuns;
  const int first = OnlyRun().value_or(0);
  const int last = OnlyRun().has_value() ? first + 1 : runs;
  std::printf("model: %s, seed %llu\n", engine.c_str(), static_cast<unsigned long long>(seed_));
  std::fflush(stdout);
  std::vector<int> operations(kOperationsPerRun);
  std::iota(operations.begin(), operations.end(), 0);
  int64_t played = 0;
  for (int run = first; run < last; ++run) {
    Outcome outcome = Play(run, operations);
    played += static_cast<int64_t>(outcome.played);
    if (outcome.problem.empty()) continue;
    const std::string problem = outcome.problem;
    Shrink(run, operations, outcome);
    if (outcome.log.size() > kShownMax) {
      outcome.log.erase(outcome.log.begin(), outcome.log.end() - static_cast<int64_t>(kShownMax));
    }
    FAIL() << problem << "\nto repeat: TEST_SEED=" << seed_ << " TEST_RUN=" << run << "\nshrunk to "
           << outcome.played << " operations, the last of them:\n  "
           << absl::StrJoin(outcome.log, "\n  ") << "\n  " << outcome.problem;
  }
  std::printf("model: %s, seed %llu: %lld operations in %d runs agree\n", engine.c_str(),
              static_cast<unsigned long long>(seed_), static_cast<long long>(played), last - first);
  std::printf("tally: %s:", engine.c_str());
  for (const auto& [what, count] : tally_) {
    std::printf(" %s=%lld", what.c_str(), static_cast<long long>(count));
  }
  std::printf("\n");
  if (last - first < runs) return;
  EXPECT_EQ(played, int64_t{runs} * kOperationsPerRun);
  if (runs < kTalliedRunsMin) return;
  // A run in which nothing can be booked proves nothing.
  for (const char* what : {"book: done",
                           "book: SLOT_TAKEN",
                           "book: OUTSIDE_HOURS",
                           "book: NOTICE_TOO_SHORT",
                           "hold: done",
                           "confirm: done",
                           "confirm: HOLD_EXPIRED",
                           "reschedule: done",
                           "cancel: done",
                           "cancel: ETAG_MISMATCH",
                           "check in: done",
                           "start: done",
                           "complete: done",
                           "replay: done",
                           "replay: IDEMPOTENCY_KEY_REUSED",
                           "explain: bookable",
                           "warm search",
                           "remembered search",
                           "set policy: done",
                           "set device: done",
                           "booked with a device",
                           "booked beside others",
                           "cancelled late",
                           "add time off: done",
                           "remove time off: done"}) {
    EXPECT_GE(tally_[what], runs / 5) << what;
  }
  // Rare: a few dozen in a hundred runs.
  for (const char* what :
       {"book: CLIENT_LIMIT", "no-show: done", "reschedule: SLOT_TAKEN", "moved late"}) {
    EXPECT_GT(tally_[what], 0) << what;
  }
  // Rarer: a dozen, and only the engine that plays most runs is sure of one.
  if (runs < kRareRunsMin) return;
  EXPECT_GT(tally_["book: PRACTITIONER_TRAVELS"] + tally_["hold: PRACTITIONER_TRAVELS"], 0);
  EXPECT_GT(tally_["book: PRACTITIONER_DAY_FULL"] + tally_["hold: PRACTITIONER_DAY_FULL"], 0);
}

INSTANTIATE_TEST_SUITE_P(Engines, ModelTest, ::testing::ValuesIn(testing::AllEngines()),
                         [](const auto& engine) { return testing::EngineName(engine.param); });

}  // namespace
}  // namespace stillpoint::chaos

// Three booking servers on one PostgreSQL and one Redis are killed with -9 at random moments while
// eight callers hold, book, confirm, move, cancel and close over gRPC, in step and mostly for the
// same time of the same people. Calls without an answer are repeated with their request_id, some
// that were answered too. Afterwards history.h must find an order of the calls that explains every
// answer, and the database must hold exactly what was answered.
//
// TEST_SEED repeats the choices (not the threads' timing).
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <map>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/clock.h"
#include "common/base/status_macros.h"
#include "common/sql/database.h"
#include "common/testing/seed.h"
#include "tests/chaos/caller.h"
#include "tests/chaos/chance.h"
#include "tests/chaos/fleet.h"
#include "tests/chaos/history.h"

namespace stillpoint::chaos {
namespace {

constexpr int kServers = 3;
constexpr int kCallers = 8;
constexpr int kCallsEach = 250;
constexpr absl::Duration kBetweenKillsMax = absl::Milliseconds(1500);
constexpr int kKillsMin = 12;
// What the healer of a server needs when another one died between its commit and its raise.
constexpr int64_t kSearchLagUs = 3'000'000;
// So many searches may need that, of about a hundred.
constexpr int kLaggingMax = 5;
// The kills fall among the calls, and the run takes about half a minute.
constexpr absl::Duration kBeat = absl::Milliseconds(110);

// Until the callers are done; returns how often.
int KillServers(Fleet& fleet, uint64_t seed, const std::atomic<bool>& done, std::string& problem) {
  Chance chance({seed, 1000});
  int kills = 0;
  while (!done && problem.empty()) {
    Pause(kBetweenKillsMax * chance.Below(100) / 100.0, done);
    const int victim = chance.Below(kServers);
    fleet.Kill(victim);
    Pause(absl::Milliseconds(chance.Below(400)), done);
    problem = fleet.Start(victim);
    ++kills;
  }
  return kills;
}

// As the database has it, in the words of the answers.
struct Stored {
  std::vector<Version> versions = {};
  std::map<std::string, int64_t> events = {};  // By booking.
  int64_t overlaps = -1;
  int64_t strange_claims = -1;  // That no booking implies, or that a booking lacks.
};

absl::Status ReadStored(sql::Transaction& tx, Stored& stored) {
  static const char* const kStates[] = {"",           "HELD",      "CONFIRMED", "CHECKED_IN",
                                        "IN_SESSION", "COMPLETED", "RELEASED",  "EXPIRED",
                                        "CANCELLED",  "NO_SHOW"};
  ASSIGN_OR_RETURN(const sql::Rows bookings,
                   tx.Query("SELECT booking, revision, state, practitioner, room,"
                            " start_us / 60000000, end_us / 60000000, buffer_before_us / 60000000,"
                            " buffer_after_us / 60000000, turnover_us / 60000000, hold_expires_us"
                            " FROM bookings"));
  for (const sql::Row& row : bookings) {
    Version version{row[0].Text(),
                    row[1].Int(),
                    kStates[row[2].Int()],
                    row[3].Text(),
                    row[4].Text(),
                    row[5].Int(),
                    row[6].Int(),
                    row[7].Int(),
                    row[8].Int(),
                    row[9].Int(),
                    0};
    if (version.state == "HELD") version.expires_us = row[10].Int();
    stored.versions.push_back(version);
  }
  ASSIGN_OR_RETURN(const sql::Rows events,
                   tx.Query("SELECT subject, COUNT(*) FROM outbox GROUP BY subject"));
  for (const sql::Row& row : events) {
    const std::string& name = row[0].Text();
    stored.events[name.substr(name.rfind('/') + 1)] = row[1].Int();
  }
  ASSIGN_OR_RETURN(const sql::Rows overlaps,
                   tx.Query("SELECT COUNT(*) FROM claims AS a JOIN claims AS b ON a.resource ="
                            " b.resource AND a.claim <> b.claim AND a.start_us < b.end_us"
                            " AND b.start_us < a.end_us"));
  stored.overlaps = overlaps[0][0].Int();
  ASSIGN_OR_RETURN(
      const sql::Rows strange,
      tx.Query("WITH implied AS (SELECT booking, 'practitioners/' || practitioner AS resource,"
               " start_us - buffer_before_us AS s, end_us + buffer_after_us AS e FROM bookings"
               " WHERE state NOT IN (6, 7, 8) UNION ALL SELECT booking, 'clinics/' || clinic ||"
               " '/rooms/' || room, start_us, end_us + turnover_us FROM bookings"
               " WHERE state NOT IN (6, 7, 8)), had AS (SELECT booking, resource, start_us AS s,"
               " end_us AS e FROM claims)"
               " SELECT (SELECT COUNT(*) FROM (TABLE implied EXCEPT ALL TABLE had) AS x) +"
               " (SELECT COUNT(*) FROM (TABLE had EXCEPT ALL TABLE implied) AS y)"));
  stored.strange_claims = strange[0][0].Int();
  return absl::OkStatus();
}

std::vector<std::string> Names(const char* prefix, int count) {
  std::vector<std::string> names;
  for (int i = 1; i <= count; ++i) names.push_back(absl::StrCat(prefix, i));
  return names;
}

std::string Lines(const std::vector<std::string>& lines) {
  const size_t shown = std::min<size_t>(lines.size(), 20);
  return absl::StrCat(
      lines.size(), ":\n  ",
      absl::StrJoin(lines.begin(), lines.begin() + static_cast<int64_t>(shown), "\n  "));
}

TEST(ServersTest, KilledServersLoseNothingAndEveryAnswerIsExplained) {
  const uint64_t seed = testing::Seed();
  std::printf("servers: seed %llu\n", static_cast<unsigned long long>(seed));
  std::fflush(stdout);
  const auto postgres = testing::Postgres::StartOwn(/*durable=*/false);
  const std::string url = postgres->NewDatabase();
  testing::RedisServer redis;
  Fleet fleet(url, redis.address(), kServers);
  ASSERT_EQ(fleet.Migrate(), "");
  for (int i = 0; i < kServers; ++i) ASSERT_EQ(fleet.Start(i), "");
  ASSERT_EQ(
      fleet.FillCatalogue({.rooms = kCallersRooms, .people = kCallersPeople, .buffers = true}), "");

  Board board;
  const int64_t first_minute = (NowUs() / 3'600'000'000 + 30) * 60;  // Tomorrow, on the hour.
  std::vector<std::thread> callers;
  std::atomic<bool> done = false;
  int kills = 0;
  std::string problem;
  std::thread killer([&] { kills = KillServers(fleet, seed, done, problem); });
  std::thread metronome([&] {
    while (!done) {
      Pause(kBeat, done);
      board.Beat();
    }
  });
  for (int i = 0; i < kCallers; ++i) {
    callers.emplace_back([&, i] { RunCaller(fleet, board, seed, i, first_minute, kCallsEach); });
  }
  for (std::thread& caller : callers) caller.join();
  done = true;
  killer.join();
  metronome.join();
  ASSERT_EQ(problem, "") << "a server did not start again";

  std::map<std::string, int> counts;
  for (const Event& event : board.events()) {
    ++counts[absl::StrCat(event.what, event.reason.empty() ? "" : " ", event.reason)];
  }
  History history(board.events(), Names("p", kCallersPeople), Names("r", kCallersRooms),
                  kSearchLagUs);
  const std::vector<std::string> problems = history.Problems();
  EXPECT_TRUE(problems.empty()) << "seed " << seed << ": unexplained " << Lines(problems);

  Stored stored;
  const auto database = sql::Database::Open(testing::Postgres::SuperuserUrl(url), {});
  ASSERT_TRUE(database.ok()) << database.status();
  const absl::Status read =
      (*database)->Read(sql::AllOrganizations(), Deadline::After(absl::Seconds(30)),
                        [&](sql::Transaction& tx) { return ReadStored(tx, stored); });
  ASSERT_TRUE(read.ok()) << read;
  const std::vector<std::string> differences = history.CompareStored(stored.versions);
  EXPECT_TRUE(differences.empty()) << "seed " << seed << ": stored differs " << Lines(differences);
  for (const Version& version : stored.versions) {
    EXPECT_EQ(stored.events[version.booking], version.revision)
        << TextOf(version) << ": one event for each step";
  }
  EXPECT_EQ(stored.overlaps, 0) << "seed " << seed;
  EXPECT_EQ(stored.strange_claims, 0) << "seed " << seed;
  EXPECT_EQ(board.different, 0) << "a repeated call was answered differently";
  EXPECT_FALSE(absl::StrContains(ReadFile(postgres->log_path()), "deadlock detected"));

  EXPECT_LE(history.lagging(), kLaggingMax) << "searches are often behind";
  EXPECT_GE(kills, kKillsMin);
  for (const char* what : {"create", "create SLOT_TAKEN", "hold", "confirm", "cancel", "reschedule",
                           "off", "on", "search", "get"}) {
    EXPECT_GE(counts[what], 5) << what << ": too few to say anything";
  }
  std::printf(
      "servers: seed %llu: %zu calls, %d kills, %d repetitions, %zu bookings, %lld lagging"
      " searches\nservers:",
      static_cast<unsigned long long>(seed), board.events().size(), kills, board.repeats.load(),
      stored.versions.size(), static_cast<long long>(history.lagging()));
  for (const auto& [what, count] : counts) std::printf(" %s=%d", what.c_str(), count);
  std::printf("\n");
}

}  // namespace
}  // namespace stillpoint::chaos

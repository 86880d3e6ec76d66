// What only SQLite does: group commit on one writer thread, a file shared with other processes.
#include "common/sql/sqlite_database.h"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <atomic>
#include <map>
#include <thread>
#include <vector>

#include "common/base/status_macros.h"
#include "common/sql/sqlite_status.h"
#include "common/sql/test_store.h"

namespace stillpoint::sql {
namespace {

// Holds the writer until `others` callers are about to queue up behind it.
class WriterHold {
 public:
  WriterHold(Database& database, int others)
      : thread_([this, &database, others] {
          const absl::Status status =
              database.Write(AllOrganizations(), Long(), [&](Transaction& tx) -> absl::Status {
                holding_ = true;
                EXPECT_TRUE(testing::WaitUntil(kLong, [&] { return arrived_ >= others; }));
                return AddThing(tx, "hold");
              });
          EXPECT_TRUE(status.ok()) << status;
        }) {
    EXPECT_TRUE(testing::WaitUntil(kLong, [&] { return holding_.load(); }));
  }
  ~WriterHold() { thread_.join(); }
  void Arrive() { ++arrived_; }

 private:
  std::atomic<bool> holding_{false};
  std::atomic<int> arrived_{0};
  std::thread thread_;
};

TEST(SqliteDatabaseTest, OneFailureInABatchLeavesTheOthersAlone) {
  const TestStore store(StoreKind::kSqliteFile);
  constexpr int kCallers = 20;
  std::vector<absl::Status> results(kCallers);
  std::vector<std::thread> threads;
  {
    WriterHold hold(*store, kCallers);
    for (int i = 0; i < kCallers; ++i) {
      threads.emplace_back([&, i] {
        hold.Arrive();
        results[i] = store->Write(AllOrganizations(), Long(), [&](Transaction& tx) -> absl::Status {
          RETURN_IF_ERROR(AddThing(tx, absl::StrCat("a", i)));
          return i % 3 == 0 ? AddThing(tx, absl::StrCat("a", i)) : absl::OkStatus();
        });
      });
    }
  }
  for (std::thread& thread : threads) thread.join();
  int64_t added = 1;
  for (int i = 0; i < kCallers; ++i) {
    EXPECT_EQ(results[i].ok(), i % 3 != 0) << results[i];
    added += results[i].ok();
  }
  EXPECT_EQ(CountThings(*store), added);
}

// SQLite answers an interrupted write by rolling back the whole transaction, other callers' work
// included; they run again.
TEST(SqliteDatabaseTest, AWriteThatIsInterruptedTakesNobodyWithIt) {
  const TestStore store(StoreKind::kSqliteFile);
  constexpr int kCallers = 20;
  constexpr int kSlow = 13;
  const std::string endless = absl::StrCat(
      "INSERT INTO things (organization, id) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + "
      "1"
      " FROM n WHERE i < 2000000000) SELECT 'o', 'slow' || i FROM n");
  std::vector<absl::Status> results(kCallers);
  std::vector<std::thread> threads;
  {
    WriterHold hold(*store, kCallers);
    for (int i = 0; i < kCallers; ++i) {
      threads.emplace_back([&, i] {
        hold.Arrive();
        const Deadline deadline = i == kSlow ? Deadline::After(absl::Milliseconds(200)) : Long();
        results[i] =
            store->Write(AllOrganizations(), deadline, [&](Transaction& tx) -> absl::Status {
              if (i == kSlow) return tx.Execute(endless).status();
              return AddThing(tx, absl::StrCat("a", i));
            });
      });
    }
  }
  for (std::thread& thread : threads) thread.join();
  for (int i = 0; i < kCallers; ++i) {
    EXPECT_EQ(ReasonOf(results[i]), i == kSlow ? "DB_TIMEOUT" : "") << results[i];
  }
  EXPECT_EQ(CountThings(*store), kCallers);  // The others and the one that held the writer.
}

TEST(SqliteDatabaseTest, WhatIsCommittedIsThereWhenItIsOpenedAgain) {
  const TestStore store(StoreKind::kSqliteFile);
  ASSERT_TRUE(
      store->Write(AllOrganizations(), Long(), [](Transaction& tx) { return AddThing(tx, "a"); })
          .ok());
  auto again = Database::Open(store.url, {});
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(CountThings(**again), 1);
}

TEST(SqliteDatabaseTest, ItsSettingsAreTheDurableOnes) {
  const TestStore store(StoreKind::kSqliteFile);
  const std::map<std::string, Value> want = {
      {"PRAGMA journal_mode", "wal"}, {"PRAGMA synchronous", 2}, {"PRAGMA foreign_keys", 1}};
  const auto check = [&](Transaction& tx) -> absl::Status {
    for (const auto& [pragma, value] : want) {
      ASSIGN_OR_RETURN(const Rows rows, tx.Query(pragma));
      EXPECT_EQ(rows[0][0].variant(), value.variant()) << pragma;
    }
    return absl::OkStatus();
  };
  EXPECT_TRUE(store->Write(AllOrganizations(), Long(), check).ok());
  struct stat file;
  ASSERT_EQ(stat((store.dir.path() + "/test.db").c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777, 0600u);
}

TEST(SqliteDatabaseTest, ALockOfAnotherProcessIsWaitedForUntilTheDeadline) {
  const TestStore store(StoreKind::kSqliteFile);
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open((store.dir.path() + "/test.db").c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  bool ran = false;
  const absl::Status status =
      store->Write(AllOrganizations(), Deadline::After(absl::Milliseconds(120)), [&](Transaction&) {
        ran = true;
        return absl::OkStatus();
      });
  EXPECT_EQ(ReasonOf(status), "DB_TIMEOUT") << status;
  EXPECT_FALSE(ran);
  EXPECT_EQ(CountThings(*store), 0);  // Readers are not held up.
  ASSERT_EQ(sqlite3_exec(other, "COMMIT", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(other);
  EXPECT_TRUE(
      store->Write(AllOrganizations(), Long(), [](Transaction& tx) { return AddThing(tx, "a"); })
          .ok());
}

TEST(SqliteDatabaseTest, SeveralOpenersOfOneFileTakeTurns) {
  const TestStore store(StoreKind::kSqliteFile);
  constexpr int kOpeners = 6, kRounds = 20;
  std::vector<std::thread> threads;
  for (int t = 0; t < kOpeners; ++t) {
    threads.emplace_back([&, t] {
      auto own = Database::Open(store.url, {});
      ASSERT_TRUE(own.ok()) << own.status();
      for (int round = 0; round < kRounds; ++round) {
        const absl::Status status = (*own)->Write(AllOrganizations(), Long(), [&](Transaction& tx) {
          return AddThing(tx, absl::StrCat(t, "-", round));
        });
        EXPECT_TRUE(status.ok()) << status;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(CountThings(*store), kOpeners * kRounds);
}

TEST(SqliteStatusTest, ExtendedCodesComeBeforePrimaryOnes) {
  EXPECT_EQ(ReasonOf(StatusFromSqlite(SQLITE_CONSTRAINT_TRIGGER, "OVERLAP")), "OVERLAP");
  EXPECT_EQ(ReasonOf(StatusFromSqlite(SQLITE_CONSTRAINT_TRIGGER, "other")), "CONSTRAINT");
  EXPECT_EQ(ReasonOf(StatusFromSqlite(SQLITE_CONSTRAINT_PRIMARYKEY, "")), "DUPLICATE_KEY");
  EXPECT_EQ(ReasonOf(StatusFromSqlite(SQLITE_CONSTRAINT_CHECK, "")), "CONSTRAINT");
  EXPECT_EQ(ReasonOf(StatusFromSqlite(SQLITE_IOERR_FSYNC, "")), "DB_UNAVAILABLE");
  EXPECT_EQ(ReasonOf(StatusFromSqlite(SQLITE_FULL, "")), "DB_FULL");
  EXPECT_EQ(ReasonOf(StatusFromSqlite(SQLITE_CORRUPT, "")), "DB_ERROR");
}

}  // namespace
}  // namespace stillpoint::sql

// What only PostgreSQL can suffer: lost connections, deadlocks, a full pool.
#include "common/sql/postgres_database.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "common/base/status_macros.h"
#include "common/sql/postgres_status.h"
#include "common/sql/test_store.h"

namespace stillpoint::sql {
namespace {

absl::StatusOr<int64_t> BackendOf(Transaction& tx) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Query("SELECT pg_backend_pid()"));
  return rows[0][0].Int();
}

// From another connection, and waits until it is gone.
void Terminate(const std::string& url, int64_t backend) {
  auto other = Database::Open(url, {.connections = 1});
  ASSERT_TRUE(other.ok()) << other.status();
  EXPECT_TRUE(testing::WaitUntil(kLong, [&] {
    bool gone = false;
    const absl::Status status =
        (*other)->Read(AllOrganizations(), Long(), [&](Transaction& tx) -> absl::Status {
          RETURN_IF_ERROR(
              tx.Query("SELECT pg_terminate_backend(CAST($1 AS INT))", {backend}).status());
          ASSIGN_OR_RETURN(const Rows rows,
                           tx.Query("SELECT 1 FROM pg_stat_activity WHERE pid = $1", {backend}));
          gone = rows.empty();
          return absl::OkStatus();
        });
    EXPECT_TRUE(status.ok()) << status;
    return gone;
  }));
}

TEST(PostgresDatabaseTest, ATerminatedBackendIsNoticedByNobody) {
  const TestStore store(StoreKind::kPostgres);
  int64_t backend = 0;
  const auto find = [&](Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(backend, BackendOf(tx));
    return absl::OkStatus();
  };
  ASSERT_TRUE(store->Read(AllOrganizations(), Long(), find).ok());
  Terminate(store.url, backend);
  EXPECT_EQ(CountThings(*store), 0);

  ASSERT_TRUE(store->Read(AllOrganizations(), Long(), find).ok());
  Terminate(store.url, backend);
  const absl::Status written =
      store->Write(AllOrganizations(), Long(), [](Transaction& tx) { return AddThing(tx, "a"); });
  EXPECT_TRUE(written.ok()) << written;
  EXPECT_EQ(CountThings(*store), 1);
}

TEST(PostgresDatabaseTest, ATransactionWhoseBackendDiesRunsAgain) {
  const TestStore store(StoreKind::kPostgres);
  int runs = 0;
  const absl::Status status =
      store->Write(AllOrganizations(), Long(), [&](Transaction& tx) -> absl::Status {
        RETURN_IF_ERROR(AddThing(tx, absl::StrCat("first", ++runs)));
        if (runs == 1) {
          ASSIGN_OR_RETURN(const int64_t backend, BackendOf(tx));
          Terminate(store.url, backend);
        }
        return AddThing(tx, "second");
      });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(CountThings(*store), 2);
}

TEST(PostgresDatabaseTest, ALostCommitIsReportedNotRepeated) {
  const TestStore store(StoreKind::kPostgres);
  int runs = 0;
  const absl::Status status =
      store->Write(AllOrganizations(), Long(), [&](Transaction& tx) -> absl::Status {
        ++runs;
        RETURN_IF_ERROR(AddThing(tx, "a"));
        ASSIGN_OR_RETURN(const int64_t backend, BackendOf(tx));
        Terminate(store.url, backend);
        return absl::OkStatus();
      });
  EXPECT_EQ(ReasonOf(status), "DB_UNAVAILABLE") << status;
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(CountThings(*store), 0);
}

TEST(PostgresDatabaseTest, ADeadlockIsRunAgain) {
  const TestStore store(StoreKind::kPostgres);
  std::atomic<int> runs{0}, holding{0};
  std::vector<std::thread> threads;
  for (const bool forward : {true, false}) {
    threads.emplace_back([&, forward] {
      const absl::Status status =
          store->Write(AllOrganizations(), Long(), [&](Transaction& tx) -> absl::Status {
            const bool first_run = ++runs <= 2;
            // Two calls in opposite order: what one call with both keys prevents.
            RETURN_IF_ERROR(tx.Lock({forward ? "a" : "b"}));
            RETURN_IF_ERROR(tx.Now().status());
            if (first_run) {
              ++holding;
              EXPECT_TRUE(testing::WaitUntil(kLong, [&] { return holding >= 2; }));
            }
            RETURN_IF_ERROR(tx.Lock({forward ? "b" : "a"}));
            return AddThing(tx, forward ? "forward" : "backward");
          });
      EXPECT_TRUE(status.ok()) << status;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(runs, 3);
  EXPECT_EQ(CountThings(*store), 2);
}

TEST(PostgresDatabaseTest, AWaitForALockEndsAtTheDeadlineAndKeepsTheConnection) {
  const TestStore store(StoreKind::kPostgres, {.connections = 2});
  const absl::Status outer =
      store->Write(AllOrganizations(), Long(), [&](Transaction& tx) -> absl::Status {
        RETURN_IF_ERROR(tx.Lock({"a"}));
        RETURN_IF_ERROR(tx.Now().status());
        for (int i = 0; i < 3; ++i) {
          const absl::Status inner = store->Write(
              AllOrganizations(), Deadline::After(absl::Milliseconds(60)), [](Transaction& other) {
                (void)other.Lock({"a"});
                return AddThing(other, "never");
              });
          EXPECT_EQ(ReasonOf(inner), "DB_TIMEOUT") << inner;
        }
        return absl::OkStatus();
      });
  EXPECT_TRUE(outer.ok()) << outer;
  EXPECT_EQ(CountThings(*store), 0);
}

TEST(PostgresStatusTest, TheServersWordsAreKeptBackUnlessTheyAreAboutOurStatement) {
  for (const char* state : {"23505", "22P02", "40001", "XX000"}) {
    const absl::Status status = StatusFromSqlState(state, "Key (name)=(Jane Doe) already exists");
    EXPECT_EQ(status.message().find("Jane"), absl::string_view::npos) << status;
  }
  EXPECT_NE(StatusFromSqlState("42P01", "relation \"x\" does not exist").message().find("relation"),
            absl::string_view::npos);
  EXPECT_EQ(ReasonOf(StatusFromSqlState("40001", "")), "TX_CONFLICT");
  EXPECT_EQ(ReasonOf(StatusFromSqlState("53100", "")), "DB_FULL");
  EXPECT_EQ(ReasonOf(StatusFromSqlState("53300", "")), "DB_BUSY");
  EXPECT_EQ(ReasonOf(StatusFromSqlState("57P03", "")), "DB_UNAVAILABLE");
}

}  // namespace
}  // namespace stillpoint::sql

// What holds on every store.
#include "common/sql/database.h"

#include <gtest/gtest.h>

#include <atomic>
#include <limits>
#include <thread>
#include <vector>

#include "common/base/status_macros.h"
#include "common/sql/test_store.h"

namespace stillpoint::sql {
namespace {

class DatabaseTest : public ::testing::TestWithParam<StoreKind> {};

TEST_P(DatabaseTest, ValuesComeBackAsTheyWent) {
  const TestStore store(GetParam());
  struct Case {
    int64_t number;
    std::string note;
    std::string body;
  };
  const std::vector<Case> cases = {
      {std::numeric_limits<int64_t>::min(), "", ""},
      {std::numeric_limits<int64_t>::max(), "Zoë 氣 🙏", std::string("\0\x01\xff\0", 4)},
      {-1, "it's \"quoted\" \\x41 $1", "\\x41"},
      {0, "line\nline\ttab", std::string(100'000, '\xee')},
  };
  for (const Case& want : cases) {
    const absl::Status status =
        store->Write(AllOrganizations(), Long(), [&](Transaction& tx) -> absl::Status {
          RETURN_IF_ERROR(tx.Execute("DELETE FROM things").status());
          ASSIGN_OR_RETURN(const int64_t changed,
                           tx.Execute("INSERT INTO things (organization, id, number, note, body)"
                                      " VALUES ($1, $2, $3, $4, $5)",
                                      {"o", "x", want.number, want.note, Blob{want.body}}));
          EXPECT_EQ(changed, 1);
          ASSIGN_OR_RETURN(const Rows rows,
                           tx.Query("SELECT number, note, body FROM things"
                                    " WHERE number = $1 AND note = $2 AND body = $3",
                                    {want.number, want.note, Blob{want.body}}));
          EXPECT_EQ(rows.size(), 1u);
          EXPECT_EQ(rows[0][0].Int(), want.number);
          EXPECT_EQ(rows[0][1].Text(), want.note);
          EXPECT_EQ(rows[0][2].Bytes(), want.body);
          return absl::OkStatus();
        });
    EXPECT_TRUE(status.ok()) << status;
  }
}

TEST_P(DatabaseTest, NullsAndSumsAndParametersInAnyOrder) {
  const TestStore store(GetParam());
  const absl::Status status =
      store->Write(AllOrganizations(), Long(), [&](Transaction& tx) -> absl::Status {
        // The same statement with and without a value in the same place.
        for (const Value& number : {Value(), Value(int64_t{1} << 40), Value(2)}) {
          RETURN_IF_ERROR(
              tx.Execute("INSERT INTO things (number, id, organization) VALUES ($3, $2, $1)",
                         {"o", number.is_null() ? "n" : absl::StrCat(number.Int()), number})
                  .status());
        }
        ASSIGN_OR_RETURN(const Rows rows,
                         tx.Query("SELECT SUM(number), COUNT(*), MIN(note) FROM things"
                                  " WHERE organization = $1 OR id = $1",
                                  {"o"}));
        EXPECT_EQ(rows[0][0].Int(), (int64_t{1} << 40) + 2);
        EXPECT_EQ(rows[0][1].Int(), 3);
        EXPECT_TRUE(rows[0][2].is_null());
        EXPECT_EQ(rows[0][2].Text(), "");
        // The server must not take $1 for a 32-bit number.
        ASSIGN_OR_RETURN(const Rows sum, tx.Query("SELECT $1 + 1", {int64_t{1} << 40}));
        EXPECT_EQ(sum[0][0].Int(), (int64_t{1} << 40) + 1);
        return absl::OkStatus();
      });
  EXPECT_TRUE(status.ok()) << status;
}

TEST_P(DatabaseTest, ReturningAndChangedRows) {
  const TestStore store(GetParam());
  const absl::Status status =
      store->Write(AllOrganizations(), Long(), [&](Transaction& tx) -> absl::Status {
        RETURN_IF_ERROR(AddThing(tx, "a"));
        RETURN_IF_ERROR(AddThing(tx, "b"));
        ASSIGN_OR_RETURN(const int64_t changed, tx.Execute("UPDATE things SET number = 1"));
        EXPECT_EQ(changed, 2);
        ASSIGN_OR_RETURN(const int64_t none,
                         tx.Execute("UPDATE things SET number = 1 WHERE id = 'c'"));
        EXPECT_EQ(none, 0);
        ASSIGN_OR_RETURN(const Rows gone, tx.Query("DELETE FROM things RETURNING id"));
        EXPECT_EQ(gone.size(), 2u);
        return absl::OkStatus();
      });
  EXPECT_TRUE(status.ok()) << status;
}

TEST_P(DatabaseTest, AFailedBodyLeavesNothing) {
  const TestStore store(GetParam());
  const absl::Status status =
      store->Write(AllOrganizations(), Long(), [&](Transaction& tx) -> absl::Status {
        RETURN_IF_ERROR(AddThing(tx, "a"));
        RETURN_IF_ERROR(
            tx.Defer("INSERT INTO things (organization, id) VALUES ($1, $2)", {"o", "b"}));
        return Error(absl::StatusCode::kFailedPrecondition, "CHANGED_MY_MIND", "no");
      });
  EXPECT_EQ(ReasonOf(status), "CHANGED_MY_MIND");
  EXPECT_EQ(CountThings(*store), 0);
}

TEST_P(DatabaseTest, AnErrorThatTheBodyPassesOverStillRollsBack) {
  const TestStore store(GetParam());
  const absl::Status status =
      store->Write(AllOrganizations(), Long(), [&](Transaction& tx) -> absl::Status {
        RETURN_IF_ERROR(AddThing(tx, "a"));
        EXPECT_EQ(ReasonOf(AddThing(tx, "a")), "DUPLICATE_KEY");
        EXPECT_FALSE(AddThing(tx, "b").ok());
        return absl::OkStatus();
      });
  EXPECT_EQ(ReasonOf(status), "DUPLICATE_KEY");
  EXPECT_EQ(CountThings(*store), 0);
}

TEST_P(DatabaseTest, DeferredStatementsRunInOrderAndTheirErrorsCount) {
  const TestStore store(GetParam());
  constexpr char kInsert[] = "INSERT INTO things (organization, id) VALUES ($1, $2)";
  absl::Status status =
      store->Write(AllOrganizations(), Long(), [&](Transaction& tx) -> absl::Status {
        RETURN_IF_ERROR(tx.Defer(kInsert, {"o", "a"}));
        ASSIGN_OR_RETURN(const int64_t changed, tx.Execute("UPDATE things SET number = 7"));
        EXPECT_EQ(changed, 1);
        return tx.Defer(kInsert, {"o", "b"});
      });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(CountThings(*store), 2);

  status = store->Write(AllOrganizations(), Long(), [&](Transaction& tx) -> absl::Status {
    RETURN_IF_ERROR(AddThing(tx, "c"));
    return tx.Defer(kInsert, {"o", "a"});
  });
  EXPECT_EQ(ReasonOf(status), "DUPLICATE_KEY");
  EXPECT_EQ(CountThings(*store), 2);
}

TEST_P(DatabaseTest, ErrorsAreNamedForTheirCause) {
  const TestStore store(GetParam());
  struct Case {
    const char* statement;
    std::vector<Value> parameters;
    absl::StatusCode code;
    const char* reason;
  };
  const std::vector<Case> cases = {
      {"INSERT INTO things (organization, id) VALUES ('o', 'a')",
       {},
       absl::StatusCode::kAlreadyExists,
       "DUPLICATE_KEY"},
      {"INSERT INTO things (organization, id, note) VALUES ('o', 'b', 'refused')",
       {},
       absl::StatusCode::kFailedPrecondition,
       "CONSTRAINT"},
      {"INSERT INTO things (organization) VALUES ('o')",
       {},
       absl::StatusCode::kFailedPrecondition,
       "CONSTRAINT"},
      {"INSERT INTO claims VALUES ('o', 'room', 150, 151)",
       {},
       absl::StatusCode::kFailedPrecondition,
       "OVERLAP"},
      {"SELECT nonsense FROM things", {}, absl::StatusCode::kInternal, "DB_ERROR"},
      {"SELECT id FROM things WHERE id = $2",
       {"only one"},
       absl::StatusCode::kInternal,
       "DB_ERROR"},
      {"SELECT id FROM things WHERE id = $1",
       {std::string("a\0b", 3)},
       absl::StatusCode::kInvalidArgument,
       "INVALID_TEXT"},
  };
  for (const Case& test : cases) {
    const absl::Status status =
        store->Write(AllOrganizations(), Long(), [&](Transaction& tx) -> absl::Status {
          RETURN_IF_ERROR(AddThing(tx, "a"));
          RETURN_IF_ERROR(tx.Execute("INSERT INTO claims VALUES ('o', 'room', 100, 200)").status());
          return tx.Query(test.statement, test.parameters).status();
        });
    EXPECT_EQ(status.code(), test.code) << test.statement << status;
    EXPECT_EQ(ReasonOf(status), test.reason) << test.statement << status;
  }
  EXPECT_EQ(CountThings(*store), 0);
}

TEST_P(DatabaseTest, TouchingClaimsAreNoOverlap) {
  const TestStore store(GetParam());
  const absl::Status status =
      store->Write(AllOrganizations(), Long(), [&](Transaction& tx) -> absl::Status {
        for (const char* claim :
             {"'o', 'room', 100, 200", "'o', 'room', 200, 300", "'o', 'room', 50, 100",
              "'o', 'other', 100, 200", "'another', 'room', 100, 200"}) {
          RETURN_IF_ERROR(
              tx.Execute(absl::StrCat("INSERT INTO claims VALUES (", claim, ")")).status());
        }
        return absl::OkStatus();
      });
  EXPECT_TRUE(status.ok()) << status;
}

TEST_P(DatabaseTest, WritingInAReadFails) {
  const TestStore store(GetParam());
  const absl::Status status =
      store->Read(AllOrganizations(), Long(), [&](Transaction& tx) { return AddThing(tx, "a"); });
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal) << status;
  EXPECT_EQ(CountThings(*store), 0);
}

TEST_P(DatabaseTest, NowIsTheGivenClockAndStandsStillUntilTheNextLock) {
  FakeClock clock(absl::FromUnixMicros(1'800'000'000'000'001));
  const TestStore store(GetParam(), {.clock = &clock});
  const absl::Status status =
      store->Write(AllOrganizations(), Long(), [&](Transaction& tx) -> absl::Status {
        RETURN_IF_ERROR(tx.Lock({"a"}));
        ASSIGN_OR_RETURN(const absl::Time first, tx.Now());
        EXPECT_EQ(first, clock.TimeNow());
        clock.Advance(absl::Hours(1));
        ASSIGN_OR_RETURN(const absl::Time second, tx.Now());
        EXPECT_EQ(second, first);
        RETURN_IF_ERROR(tx.Lock({"b"}));
        ASSIGN_OR_RETURN(const absl::Time third, tx.Now());
        EXPECT_EQ(third, first + absl::Hours(1));
        return absl::OkStatus();
      });
  EXPECT_TRUE(status.ok()) << status;
}

TEST_P(DatabaseTest, NowWithoutAClockIsWholeMicrosecondsAndMovesOn) {
  const TestStore store(GetParam());
  std::vector<absl::Time> seen;
  for (const bool lock : {false, true, true}) {
    const absl::Status status =
        store->Write(AllOrganizations(), Long(), [&](Transaction& tx) -> absl::Status {
          if (lock) RETURN_IF_ERROR(tx.Lock({"x", "y"}));
          ASSIGN_OR_RETURN(const absl::Time now, tx.Now());
          ASSIGN_OR_RETURN(const absl::Time again, tx.Now());
          EXPECT_EQ(now, again);
          EXPECT_EQ(now, absl::FromUnixMicros(absl::ToUnixMicros(now)));
          seen.push_back(now);
          return absl::OkStatus();
        });
    EXPECT_TRUE(status.ok()) << status;
  }
  EXPECT_LE(seen[0], seen[1]);
  EXPECT_LT(seen[0], seen[2]);
}

TEST_P(DatabaseTest, ACallThatWaitsInVainEndsAtItsDeadlineAndNeverRuns) {
  const TestStore store(GetParam(), {.connections = 1});
  std::atomic<bool> busy{false}, release{false};
  std::thread holder([&] {
    const absl::Status status =
        store->Write(AllOrganizations(), Long(), [&](Transaction& tx) -> absl::Status {
          RETURN_IF_ERROR(AddThing(tx, "holder"));
          busy = true;
          EXPECT_TRUE(testing::WaitUntil(kLong, [&] { return release.load(); }));
          return absl::OkStatus();
        });
    EXPECT_TRUE(status.ok()) << status;
  });
  ASSERT_TRUE(testing::WaitUntil(kLong, [&] { return busy.load(); }));
  bool ran = false;
  for (const absl::Duration wait : {absl::ZeroDuration(), absl::Milliseconds(30)}) {
    const absl::Status status =
        store->Write(AllOrganizations(), Deadline::After(wait), [&](Transaction&) {
          ran = true;
          return absl::OkStatus();
        });
    EXPECT_EQ(ReasonOf(status), "DB_TIMEOUT") << status;
  }
  release = true;
  holder.join();
  EXPECT_FALSE(ran);
  EXPECT_EQ(CountThings(*store), 1);
}

TEST_P(DatabaseTest, AStatementEndsAtItsDeadline) {
  const TestStore store(GetParam());
  const auto slow = [&](Transaction& tx) { return tx.Query(kEndless).status(); };
  const auto wait = [] { return Deadline::After(absl::Milliseconds(50)); };
  EXPECT_EQ(ReasonOf(store->Write(AllOrganizations(), wait(), slow)), "DB_TIMEOUT");
  EXPECT_EQ(ReasonOf(store->Read(AllOrganizations(), wait(), slow)), "DB_TIMEOUT");
  EXPECT_EQ(ReasonOf(store->Write(AllOrganizations(), wait(),
                                  [&](Transaction& tx) -> absl::Status {
                                    RETURN_IF_ERROR(AddThing(tx, "a"));
                                    return slow(tx);
                                  })),
            "DB_TIMEOUT");
  EXPECT_TRUE(store->Ping(Long()).ok());
  EXPECT_EQ(CountThings(*store), 0);
}

// Where a read and a write can be at work at once; in memory they take turns.
class ConcurrentDatabaseTest : public DatabaseTest {};

TEST_P(ConcurrentDatabaseTest, AReadSeesOneSnapshot) {
  const TestStore store(GetParam());
  const absl::Status status =
      store->Read(AllOrganizations(), Long(), [&](Transaction& tx) -> absl::Status {
        constexpr char kCount[] = "SELECT COUNT(*) FROM things";
        ASSIGN_OR_RETURN(const Rows before, tx.Query(kCount));
        RETURN_IF_ERROR(store->Write(AllOrganizations(), Long(),
                                     [](Transaction& other) { return AddThing(other, "a"); }));
        ASSIGN_OR_RETURN(const Rows after, tx.Query(kCount));
        EXPECT_EQ(before[0][0].Int(), 0);
        EXPECT_EQ(after[0][0].Int(), 0);
        return absl::OkStatus();
      });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(CountThings(*store), 1);
}

TEST_P(DatabaseTest, LocksSerialiseAndNeverMakeACircle) {
  const TestStore store(GetParam());
  constexpr int kThreads = 8, kRounds = 40, kKeys = 4;
  std::atomic<int> holders[kKeys] = {};
  std::atomic<int> runs{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int round = 0; round < kRounds; ++round) {
        const int first = (t + round) % kKeys, second = (t * 3 + round * 2 + 1) % kKeys;
        const absl::Status status =
            store->Write(AllOrganizations(), Long(), [&](Transaction& tx) -> absl::Status {
              ++runs;
              RETURN_IF_ERROR(tx.Lock({absl::StrCat("key", first), absl::StrCat("key", second)}));
              RETURN_IF_ERROR(tx.Now().status());  // They are surely held from here on.
              EXPECT_EQ(++holders[first], 1);
              if (second != first) {
                EXPECT_EQ(++holders[second], 1);
              }
              RETURN_IF_ERROR(tx.Query("SELECT COUNT(*) FROM things").status());
              --holders[first];
              if (second != first) --holders[second];
              return absl::OkStatus();
            });
        EXPECT_TRUE(status.ok()) << status;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(runs, kThreads * kRounds);  // No deadlock, hence no second run.
}

TEST_P(DatabaseTest, ConcurrentWritersKeepEveryRowAndOnlyTheirOwnErrors) {
  const TestStore store(GetParam());
  constexpr int kThreads = 16, kRounds = 20;
  std::atomic<int> added{0}, refused{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int round = 0; round < kRounds; ++round) {
        const absl::Status status =
            store->Write(AllOrganizations(), Long(), [&](Transaction& tx) -> absl::Status {
              RETURN_IF_ERROR(AddThing(tx, absl::StrCat(t, "-", round)));
              if (round % 2 == 0) return absl::OkStatus();
              return AddThing(tx, absl::StrCat(t, "-", round));  // Its own duplicate.
            });
        status.ok() ? ++added : ++refused;
        EXPECT_TRUE(status.ok() || ReasonOf(status) == "DUPLICATE_KEY") << status;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(added, kThreads * kRounds / 2);
  EXPECT_EQ(refused, kThreads * kRounds / 2);
  EXPECT_EQ(CountThings(*store), kThreads * kRounds / 2);
}

INSTANTIATE_TEST_SUITE_P(Stores, DatabaseTest,
                         ::testing::Values(StoreKind::kSqliteMemory, StoreKind::kSqliteFile,
                                           StoreKind::kPostgres),
                         [](const auto& kind) { return NameOf(kind.param); });

INSTANTIATE_TEST_SUITE_P(Stores, ConcurrentDatabaseTest,
                         ::testing::Values(StoreKind::kSqliteFile, StoreKind::kPostgres),
                         [](const auto& kind) { return NameOf(kind.param); });

TEST(DatabaseOpenTest, RefusesWhatIsNotADatabase) {
  for (const char* url : {"", "sqlite:", "mysql://x", "/tmp/x.db", "postgresql:/x"}) {
    EXPECT_EQ(ReasonOf(Database::Open(url, {}).status()), "BAD_CONFIG") << url;
  }
  for (const char* url : {"sqlite:/no/such/folder/x.db", "postgresql:///x?host=/no/such/folder",
                          "postgresql://127.0.0.1:1/x", "postgresql://[broken"}) {
    EXPECT_EQ(ReasonOf(Database::Open(url, {}).status()), "DB_UNAVAILABLE") << url;
  }
}

}  // namespace
}  // namespace stillpoint::sql

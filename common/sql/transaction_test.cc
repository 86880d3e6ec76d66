// What a transaction asks ahead, what it has locked, and how often its body runs.
#include <gtest/gtest.h>

#include "common/base/status_macros.h"
#include "common/sql/test_store.h"

namespace stillpoint::sql {
namespace {

class TransactionTest : public ::testing::TestWithParam<StoreKind> {
 protected:
  TestStore store_{GetParam()};
};

TEST_P(TransactionTest, AnswersToWhatWasAskedComeWithALaterCallOrTheCommit) {
  Rows before, after, at_commit;
  const absl::Status status =
      store_->Write(AllOrganizations(), Long(), [&](Transaction& tx) -> absl::Status {
        RETURN_IF_ERROR(
            tx.Ask("SELECT COUNT(*) FROM things WHERE organization = $1", {"o"}, &before));
        RETURN_IF_ERROR(AddThing(tx, "a"));
        EXPECT_EQ(before[0][0].Int(), 0);
        RETURN_IF_ERROR(tx.Ask("SELECT id FROM things WHERE organization = $1", {"o"}, &after));
        RETURN_IF_ERROR(tx.Flush());
        EXPECT_EQ(after[0][0].Text(), "a");
        return tx.Ask("INSERT INTO things (organization, id) VALUES ($1, $2) RETURNING id",
                      {"o", "b"}, &at_commit);
      });
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(at_commit[0][0].Text(), "b");
  EXPECT_EQ(CountThings(*store_), 2);
}

TEST_P(TransactionTest, AnErrorOfWhatWasAskedUndoesEverything) {
  Rows rows;
  const absl::Status status =
      store_->Write(AllOrganizations(), Long(), [&](Transaction& tx) -> absl::Status {
        RETURN_IF_ERROR(AddThing(tx, "a"));
        return tx.Ask("INSERT INTO things (organization, id) VALUES ($1, $2) RETURNING id",
                      {"o", "a"}, &rows);
      });
  EXPECT_EQ(ReasonOf(status), "DUPLICATE_KEY");
  EXPECT_EQ(CountThings(*store_), 0);
}

TEST_P(TransactionTest, ABodyThatSaysItLostARaceRunsAgainButNotForEver) {
  for (const int conflicts : {Database::kRunsMax - 1, Database::kRunsMax}) {
    int runs = 0;
    const absl::Status status =
        store_->Write(AllOrganizations(), Long(), [&](Transaction& tx) -> absl::Status {
          RETURN_IF_ERROR(AddThing(tx, absl::StrCat(conflicts, "-", ++runs)));
          if (runs > conflicts) return absl::OkStatus();
          return Error(absl::StatusCode::kAborted, "TX_CONFLICT", "what it read has changed");
        });
    EXPECT_EQ(status.ok(), conflicts < Database::kRunsMax) << status;
    EXPECT_EQ(runs, Database::kRunsMax);
    EXPECT_EQ(CountThings(*store_), 1);
  }
}

INSTANTIATE_TEST_SUITE_P(Stores, TransactionTest,
                         ::testing::Values(StoreKind::kSqliteMemory, StoreKind::kSqliteFile,
                                           StoreKind::kPostgres),
                         [](const auto& store) { return NameOf(store.param); });

// Two locks asked for in two calls wait as one statement, and both are really held.
TEST(PostgresTransactionTest, HoldsWhatItLockedAndNothingElse) {
  const TestStore store(StoreKind::kPostgres);
  const absl::Status status =
      store->Write(AllOrganizations(), Long(), [&](Transaction& tx) -> absl::Status {
        RETURN_IF_ERROR(tx.Lock({"first"}));
        RETURN_IF_ERROR(tx.Defer("SELECT 1", {}));
        RETURN_IF_ERROR(tx.Lock({"second", "third"}));
        EXPECT_TRUE(tx.Holds("first") && tx.Holds("second") && tx.Holds("third"));
        EXPECT_FALSE(tx.Holds("fourth"));
        RETURN_IF_ERROR(tx.Now().status());
        for (const char* key : {"first", "second", "third"}) {
          const absl::Status other =
              store->Write(AllOrganizations(), Deadline::After(absl::Milliseconds(200)),
                           [&](Transaction& waiting) {
                             const absl::Status asked = waiting.Lock({key});
                             return asked.ok() ? waiting.Flush() : asked;
                           });
          EXPECT_EQ(ReasonOf(other), "DB_TIMEOUT") << key;
        }
        return absl::OkStatus();
      });
  EXPECT_TRUE(status.ok()) << status;
}

}  // namespace
}  // namespace stillpoint::sql

#include "common/sql/migrate.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "common/sql/test_store.h"

namespace stillpoint::sql {
namespace {

// As a service's list grows: each version has one step more.
constexpr Migration kSteps[] = {
    {.version = 1, .name = "a", .common = "CREATE TABLE a (id BIGINT PRIMARY KEY, body {blob});"},
    {.version = 2,
     .name = "b",
     .common = "CREATE TABLE b (id {bigserial}, a BIGINT REFERENCES a (id));",
     .sqlite = "CREATE TABLE only_sqlite (id BIGINT);",
     .postgres = "CREATE TABLE only_postgres (id BIGINT);"},
    {.version = 3, .name = "c", .common = "INSERT INTO a (id) VALUES (1);"},
};
absl::Span<const Migration> Steps(size_t count) { return absl::MakeConstSpan(kSteps, count); }

class MigrateTest : public ::testing::TestWithParam<StoreKind> {
 protected:
  const TestStore store_{GetParam(), {}, /*migrated=*/false};

  absl::Status Run(const char* statement) {
    return store_->Write(AllOrganizations(), Long(),
                         [&](Transaction& tx) { return tx.Execute(statement).status(); });
  }
};

TEST_P(MigrateTest, AppliesWhatIsMissingAndOnlyOnce) {
  EXPECT_EQ(ReasonOf(CheckMigrated(*store_, Steps(1), Long())), "SCHEMA_OLDER");
  for (const size_t count : {size_t{0}, size_t{1}, size_t{1}, size_t{3}, size_t{3}}) {
    const absl::Status status = Migrate(*store_, Steps(count), Long());
    EXPECT_TRUE(status.ok()) << status;
    EXPECT_TRUE(CheckMigrated(*store_, Steps(count), Long()).ok());
  }
  const bool sqlite = store_->engine() == Engine::kSqlite;
  EXPECT_TRUE(Run(sqlite ? "SELECT id FROM only_sqlite" : "SELECT id FROM only_postgres").ok());
  EXPECT_FALSE(Run(sqlite ? "SELECT id FROM only_postgres" : "SELECT id FROM only_sqlite").ok());
  // Foreign keys are enforced on both.
  EXPECT_TRUE(Run("INSERT INTO b (a) VALUES (1)").ok());
  EXPECT_EQ(ReasonOf(Run("INSERT INTO b (a) VALUES (2)")), "CONSTRAINT");
}

TEST_P(MigrateTest, RefusesAChangedStep) {
  ASSERT_TRUE(Migrate(*store_, Steps(1), Long()).ok());
  Migration changed[] = {kSteps[0], kSteps[1]};
  changed[0].common = "CREATE TABLE a (id BIGINT PRIMARY KEY, body {blob}, more BIGINT);";
  const absl::Status status = Migrate(*store_, changed, Long());
  EXPECT_EQ(ReasonOf(status), "MIGRATION_CHANGED") << status;
  EXPECT_EQ(MetadataOf(status)["version"], "1");
  EXPECT_EQ(ReasonOf(CheckMigrated(*store_, changed, Long())), "MIGRATION_CHANGED");
  EXPECT_FALSE(Run("SELECT id FROM b").ok());
}

TEST_P(MigrateTest, RefusesADatabaseThatIsNewer) {
  ASSERT_TRUE(Migrate(*store_, Steps(2), Long()).ok());
  EXPECT_EQ(ReasonOf(Migrate(*store_, Steps(1), Long())), "SCHEMA_NEWER");
  EXPECT_EQ(ReasonOf(CheckMigrated(*store_, Steps(1), Long())), "SCHEMA_NEWER");
  EXPECT_EQ(ReasonOf(CheckMigrated(*store_, Steps(3), Long())), "SCHEMA_OLDER");
}

TEST_P(MigrateTest, AStepThatFailsLeavesNothingOfItself) {
  Migration broken[] = {
      kSteps[0],
      {.version = 2,
       .name = "broken",
       .common = "CREATE TABLE half (id BIGINT); INSERT INTO nowhere VALUES (1);"}};
  EXPECT_FALSE(Migrate(*store_, broken, Long()).ok());
  EXPECT_TRUE(CheckMigrated(*store_, Steps(1), Long()).ok());
  EXPECT_FALSE(Run("SELECT id FROM half").ok());
  EXPECT_TRUE(Migrate(*store_, Steps(3), Long()).ok());
}

TEST_P(MigrateTest, ReplicasMayStartTogether) {
  std::vector<std::thread> replicas;
  for (int i = 0; i < 4; ++i) {
    replicas.emplace_back([&] {
      // Each with a connection of its own, as another process would have.
      auto own = GetParam() == StoreKind::kSqliteMemory
                     ? absl::StatusOr<std::unique_ptr<Database>>(nullptr)
                     : Database::Open(store_.url, {});
      ASSERT_TRUE(own.ok()) << own.status();
      Database& database = *own == nullptr ? *store_ : **own;
      const absl::Status status = Migrate(database, Steps(3), Long());
      EXPECT_TRUE(status.ok()) << status;
    });
  }
  for (std::thread& replica : replicas) replica.join();
  EXPECT_TRUE(CheckMigrated(*store_, Steps(3), Long()).ok());
}

INSTANTIATE_TEST_SUITE_P(Stores, MigrateTest,
                         ::testing::Values(StoreKind::kSqliteMemory, StoreKind::kSqliteFile,
                                           StoreKind::kPostgres),
                         [](const auto& kind) { return NameOf(kind.param); });

}  // namespace
}  // namespace stillpoint::sql

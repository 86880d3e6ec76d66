// For the tests of this folder: every kind of store, with a small schema.
#ifndef STILLPOINT_COMMON_SQL_TEST_STORE_H_
#define STILLPOINT_COMMON_SQL_TEST_STORE_H_

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/error/error.h"
#include "common/sql/database.h"
#include "common/sql/idempotency.h"
#include "common/sql/migrate.h"
#include "common/sql/outbox.h"
#include "common/testing/servers.h"

namespace stillpoint::sql {

// Longer than any step of a test takes on a busy machine; a test that works never waits for it.
inline constexpr absl::Duration kLong = absl::Seconds(60);
inline Deadline Long() { return Deadline::After(kLong); }

// Takes far longer than any deadline, on both engines.
inline constexpr char kEndless[] =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000000)"
    " SELECT COUNT(*) FROM n";

inline constexpr char kThingsSchema[] = R"sql(
CREATE TABLE things (
  organization TEXT NOT NULL,
  id TEXT NOT NULL,
  number BIGINT,
  note TEXT,
  body {blob},
  PRIMARY KEY (organization, id),
  CHECK (note <> 'refused')
);
CREATE TABLE claims (
  organization TEXT NOT NULL,
  resource TEXT NOT NULL,
  start_us BIGINT NOT NULL,
  end_us BIGINT NOT NULL
);
)sql";

inline const std::string& TestSchema() {
  static const std::string& schema =
      *new std::string(absl::StrCat(kThingsSchema, kIdempotencySchema, kOutboxSchema));
  return schema;
}

inline Migration TestMigration() {
  return {.version = 1,
          .name = "test",
          .common = TestSchema().c_str(),
          .sqlite = R"sql(
CREATE TRIGGER claims_overlap BEFORE INSERT ON claims
WHEN EXISTS (SELECT 1 FROM claims c WHERE c.organization = NEW.organization
             AND c.resource = NEW.resource AND c.start_us < NEW.end_us AND c.end_us > NEW.start_us)
BEGIN SELECT RAISE(ABORT, 'OVERLAP'); END;
)sql",
          .postgres = R"sql(
CREATE EXTENSION IF NOT EXISTS btree_gist;
ALTER TABLE claims ADD EXCLUDE USING gist
  (organization WITH =, resource WITH =, int8range(start_us, end_us) WITH &&);
)sql"};
}

enum class StoreKind { kSqliteMemory, kSqliteFile, kPostgres };

// One empty store, gone with the object. `url` opens it once more (not in memory).
struct TestStore {
  testing::TempDir dir;
  std::string url;
  std::unique_ptr<Database> database;

  explicit TestStore(StoreKind kind, Database::Options options = {}, bool migrated = true) {
    url = kind == StoreKind::kPostgres     ? testing::Postgres::Shared().NewDatabase()
          : kind == StoreKind::kSqliteFile ? absl::StrCat("sqlite:", dir.path(), "/test.db")
                                           : "sqlite::memory:";
    auto opened = Database::Open(url, options);
    EXPECT_TRUE(opened.ok()) << opened.status();
    database = *std::move(opened);
    if (!migrated) return;
    const absl::Status status = Migrate(*database, {TestMigration()}, Long());
    EXPECT_TRUE(status.ok()) << status;
  }
  Database* operator->() const { return database.get(); }
  Database& operator*() const { return *database; }
};

inline std::string NameOf(StoreKind kind) {
  return kind == StoreKind::kPostgres     ? "Postgres"
         : kind == StoreKind::kSqliteFile ? "SqliteFile"
                                          : "SqliteMemory";
}

inline absl::Status AddThing(Transaction& tx, const std::string& id) {
  return tx.Execute("INSERT INTO things (organization, id) VALUES ($1, $2)", {"o", id}).status();
}

inline int64_t CountThings(Database& database) {
  int64_t count = -1;
  const absl::Status status =
      database.Read(AllOrganizations(), Long(), [&](Transaction& tx) -> absl::Status {
        const auto rows = tx.Query("SELECT COUNT(*) FROM things WHERE organization = $1", {"o"});
        if (rows.ok()) count = rows->front()[0].Int();
        return rows.status();
      });
  EXPECT_TRUE(status.ok()) << status;
  return count;
}

}  // namespace stillpoint::sql

#endif  // STILLPOINT_COMMON_SQL_TEST_STORE_H_

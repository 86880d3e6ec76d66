#include "common/sql/migrate.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/base/status_macros.h"
#include "common/error/error.h"

namespace stillpoint::sql {
namespace {

// The text of each step is kept instead of a checksum: a few kilobytes, and it says what differs.
// Not a tenant's table, so it has no organization.
constexpr char kCreateTable[] = R"sql(
CREATE TABLE IF NOT EXISTS schema_migrations (
  version BIGINT PRIMARY KEY,
  name TEXT NOT NULL,
  script TEXT NOT NULL,
  applied_us BIGINT NOT NULL
);
)sql";

std::string ScriptFor(const Migration& migration, Engine engine) {
  const bool sqlite = engine == Engine::kSqlite;
  return absl::StrReplaceAll(
      absl::StrCat(migration.common, "\n", sqlite ? migration.sqlite : migration.postgres),
      {{"{blob}", sqlite ? "BLOB" : "BYTEA"},
       {"{bigserial}", sqlite ? "INTEGER PRIMARY KEY AUTOINCREMENT" : "BIGSERIAL PRIMARY KEY"}});
}

// How many of `migrations` are applied.
absl::StatusOr<size_t> CountApplied(Transaction& tx, absl::Span<const Migration> migrations) {
  ASSIGN_OR_RETURN(const Rows rows,
                   tx.Query("SELECT version, script FROM schema_migrations ORDER BY version"));
  if (rows.size() > migrations.size()) {
    return Error(absl::StatusCode::kFailedPrecondition, "SCHEMA_NEWER",
                 "the database was migrated by a newer version of this program")
        .With("known_version", absl::StrCat(migrations.size()))
        .With("found_version", absl::StrCat(rows.back()[0].Int()));
  }
  for (size_t i = 0; i < rows.size(); ++i) {
    if (rows[i][0].Int() != migrations[i].version ||
        rows[i][1].Text() != ScriptFor(migrations[i], tx.engine())) {
      return Error(absl::StatusCode::kFailedPrecondition, "MIGRATION_CHANGED",
                   "an applied migration differs from the one in this program")
          .With("version", absl::StrCat(rows[i][0].Int()));
    }
  }
  return rows.size();
}

absl::Status Apply(Transaction& tx, const Migration& migration) {
  const std::string script = ScriptFor(migration, tx.engine());
  RETURN_IF_ERROR(tx.Script(script));
  ASSIGN_OR_RETURN(const absl::Time now, tx.Now());
  return tx
      .Execute(
          "INSERT INTO schema_migrations (version, name, script, applied_us)"
          " VALUES ($1, $2, $3, $4)",
          {migration.version, migration.name, script, now})
      .status();
}

// A read-only transaction cannot create the table, so a new database has to be told apart.
absl::StatusOr<bool> HasTable(Transaction& tx) {
  ASSIGN_OR_RETURN(const Rows rows,
                   tx.engine() == Engine::kSqlite
                       ? tx.Query("SELECT 1 FROM sqlite_master WHERE name = 'schema_migrations'")
                       : tx.Query("SELECT 1 WHERE to_regclass('schema_migrations') IS NOT NULL"));
  return !rows.empty();
}

}  // namespace

absl::Status Migrate(Database& database, absl::Span<const Migration> migrations,
                     Deadline deadline) {
  bool done = false;
  while (!done) {
    // A step may move rows of every organization.
    const absl::Status applied_one =
        database.Write(AllOrganizations(), deadline, [&](Transaction& tx) -> absl::Status {
          RETURN_IF_ERROR(tx.Lock({"schema_migrations"}));
          RETURN_IF_ERROR(tx.Script(kCreateTable));
          ASSIGN_OR_RETURN(const size_t applied, CountApplied(tx, migrations));
          done = applied == migrations.size();
          return done ? absl::OkStatus() : Apply(tx, migrations[applied]);
        });
    RETURN_IF_ERROR(applied_one);
  }
  return absl::OkStatus();
}

absl::Status CheckMigrated(Database& database, absl::Span<const Migration> migrations,
                           Deadline deadline) {
  return database.Read(NoOrganization(), deadline, [&](Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const bool exists, HasTable(tx));
    size_t applied = 0;
    if (exists) {
      ASSIGN_OR_RETURN(applied, CountApplied(tx, migrations));
    }
    if (applied == migrations.size()) return absl::OkStatus();
    return Error(absl::StatusCode::kFailedPrecondition, "SCHEMA_OLDER",
                 "the database is not migrated: run this program with `migrate` first")
        .With("known_version", absl::StrCat(migrations.size()))
        .With("found_version", absl::StrCat(applied));
  });
}

}  // namespace stillpoint::sql

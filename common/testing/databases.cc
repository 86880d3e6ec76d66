#include "common/testing/databases.h"

#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/mutex.h"
#include "common/testing/servers.h"
#include "common/testing/tenant_lint.h"

namespace stillpoint::testing {
namespace {

// Makes a database of some migrations; generous for a busy box under sanitizers.
constexpr absl::Duration kMigrateTime = absl::Seconds(30);

[[noreturn]] void Die(const absl::Status& status) {
  std::fprintf(stderr, "a database for tests: %s\n", status.ToString().c_str());
  std::abort();
}

std::unique_ptr<sql::Database> OpenOrDie(const std::string& url, const Clock* clock) {
  absl::StatusOr<std::unique_ptr<sql::Database>> database =
      sql::Database::Open(url, sql::Database::Options{.clock = clock});
  if (!database.ok()) Die(database.status());
  return *std::move(database);
}

void MigrateOrDie(sql::Database& database, absl::Span<const sql::Migration> migrations) {
  if (migrations.empty()) return;
  const absl::Status status = sql::Migrate(database, migrations, Deadline::After(kMigrateTime));
  if (!status.ok()) Die(status);
}

// The same text for the same schema.
std::string TextOf(absl::Span<const sql::Migration> migrations) {
  std::string text;
  for (const sql::Migration& step : migrations) {
    absl::StrAppend(&text, step.version, "\n", step.name, "\n", step.common, "\n", step.postgres,
                    "\n");
  }
  return text;
}

// Migrates one database per schema and process; each test gets a copy, which takes a tenth of the
// time.
std::string NewPostgresDatabase(absl::Span<const sql::Migration> migrations) {
  static Mutex mutex;
  static auto& templates = *new std::map<std::string, std::string>;  // Schema -> URL.
  Postgres& server = Postgres::Shared();
  MutexLock lock(mutex);
  const auto [entry, added] = templates.try_emplace(TextOf(migrations));
  if (added) {
    entry->second = server.NewDatabase();
    MigrateOrDie(*OpenOrDie(entry->second, nullptr), migrations);
  }
  return server.CopyDatabase(entry->second);
}

// Those whose rows belong to an organization.
std::set<std::string> TenantTables(sql::Database& database) {
  const char* const statement =
      database.engine() == sql::Engine::kSqlite
          ? "SELECT m.name FROM sqlite_master AS m JOIN pragma_table_info(m.name) AS c"
            " ON c.name = 'organization' WHERE m.type = 'table'"
          : "SELECT c.relname FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid"
            " WHERE c.relkind = 'r' AND c.relnamespace = CAST('public' AS regnamespace)"
            " AND a.attname = 'organization'";
  std::set<std::string> tables;
  const absl::Status status = database.Read(
      sql::NoOrganization(), Deadline::After(kMigrateTime), [&](sql::Transaction& tx) {
        const absl::StatusOr<sql::Rows> rows = tx.Query(statement);
        if (!rows.ok()) return rows.status();
        for (const sql::Row& row : *rows) tables.insert(row[0].Text());
        return absl::OkStatus();
      });
  if (!status.ok()) Die(status);
  return tables;
}

// Ends the test at a statement that does not say whose rows it means.
class LintedTransaction final : public sql::Transaction {
 public:
  LintedTransaction(sql::Transaction& inner, const sql::Reach& reach, TenantLint& lint)
      : inner_(inner), reach_(reach), lint_(lint) {}

  absl::StatusOr<sql::Rows> Query(absl::string_view statement,
                                  absl::Span<const sql::Value> parameters) override {
    Check(statement, parameters);
    return inner_.Query(statement, parameters);
  }
  absl::StatusOr<int64_t> Execute(absl::string_view statement,
                                  absl::Span<const sql::Value> parameters) override {
    Check(statement, parameters);
    return inner_.Execute(statement, parameters);
  }
  absl::Status Ask(absl::string_view statement, std::vector<sql::Value> parameters,
                   sql::Rows* rows) override {
    Check(statement, parameters);
    return inner_.Ask(statement, std::move(parameters), rows);
  }
  absl::Status Flush() override { return inner_.Flush(); }
  absl::Status Script(absl::string_view statements) override { return inner_.Script(statements); }
  absl::Status Lock(std::vector<std::string> keys) override { return inner_.Lock(std::move(keys)); }
  bool Holds(absl::string_view key) const override { return inner_.Holds(key); }
  absl::StatusOr<absl::Time> Now() override { return inner_.Now(); }
  sql::Engine engine() const override { return inner_.engine(); }

 private:
  void Check(absl::string_view statement, absl::Span<const sql::Value> parameters) const {
    const std::string problem = lint_.Check(statement, parameters, reach_);
    if (!problem.empty()) Die(absl::InternalError(absl::StrCat(problem, ": ", statement)));
  }

  sql::Transaction& inner_;
  const sql::Reach& reach_;
  TenantLint& lint_;
};

// What NewDatabase hands out. On PostgreSQL it drops its database when it goes: each takes 7 MB of
// disk.
class TestDatabase final : public sql::Database {
 public:
  TestDatabase(sql::Engine engine, absl::Span<const sql::Migration> migrations, const Clock* clock)
      : url_(engine == sql::Engine::kPostgres ? NewPostgresDatabase(migrations) : ""),
        clock_(clock),
        database_(OpenOrDie(url_.empty() ? "sqlite::memory:" : Postgres::ServerUrl(url_), clock)) {
    if (url_.empty()) MigrateOrDie(*database_, migrations);
    lint_ = std::make_unique<TenantLint>(TenantTables(*database_));
  }
  ~TestDatabase() override {
    database_ = nullptr;
    unguarded_ = nullptr;
    if (!url_.empty()) Postgres::Shared().DropDatabase(url_);
  }
  absl::Status Write(const sql::Reach& reach, Deadline deadline, Body body) override {
    return database_->Write(reach, deadline, [&](sql::Transaction& tx) {
      LintedTransaction linted(tx, reach, *lint_);
      return body(linted);
    });
  }
  absl::Status Read(const sql::Reach& reach, Deadline deadline, Body body) override {
    return database_->Read(reach, deadline, [&](sql::Transaction& tx) {
      LintedTransaction linted(tx, reach, *lint_);
      return body(linted);
    });
  }
  sql::Engine engine() const override { return database_->engine(); }

  sql::Database& Unguarded() {
    if (url_.empty()) return *database_;
    MutexLock lock(mutex_);
    if (unguarded_ == nullptr) unguarded_ = OpenOrDie(Postgres::SuperuserUrl(url_), clock_);
    return *unguarded_;
  }

 private:
  const std::string url_;  // Of the owner; empty for SQLite.
  const Clock* const clock_;
  std::unique_ptr<sql::Database> database_;
  std::unique_ptr<TenantLint> lint_;
  Mutex mutex_;
  std::unique_ptr<sql::Database> unguarded_;  // Opened at its first use.
};

}  // namespace

std::vector<sql::Engine> AllEngines() { return {sql::Engine::kSqlite, sql::Engine::kPostgres}; }

std::string EngineName(sql::Engine engine) {
  return engine == sql::Engine::kSqlite ? "Sqlite" : "Postgres";
}

std::unique_ptr<sql::Database> NewDatabase(sql::Engine engine,
                                           absl::Span<const sql::Migration> migrations,
                                           const Clock* clock) {
  return std::make_unique<TestDatabase>(engine, migrations, clock);
}

sql::Database& Unguarded(sql::Database& database) {
  return dynamic_cast<TestDatabase&>(database).Unguarded();
}

}  // namespace stillpoint::testing

#include "common/testing/databases.h"

#include <cstdio>
#include <cstdlib>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/mutex.h"
#include "common/testing/servers.h"

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

// Drops its database when it goes: each takes 7 MB of disk.
class DroppedDatabase final : public sql::Database {
 public:
  DroppedDatabase(std::string url, const Clock* clock)
      : url_(std::move(url)), database_(OpenOrDie(url_, clock)) {}
  ~DroppedDatabase() override {
    database_ = nullptr;
    Postgres::Shared().DropDatabase(url_);
  }
  absl::Status Write(Deadline deadline, Body body) override {
    return database_->Write(deadline, body);
  }
  absl::Status Read(Deadline deadline, Body body) override {
    return database_->Read(deadline, body);
  }
  sql::Engine engine() const override { return database_->engine(); }

 private:
  const std::string url_;
  std::unique_ptr<sql::Database> database_;
};

}  // namespace

std::vector<sql::Engine> AllEngines() { return {sql::Engine::kSqlite, sql::Engine::kPostgres}; }

std::string EngineName(sql::Engine engine) {
  return engine == sql::Engine::kSqlite ? "Sqlite" : "Postgres";
}

std::unique_ptr<sql::Database> NewDatabase(sql::Engine engine,
                                           absl::Span<const sql::Migration> migrations,
                                           const Clock* clock) {
  if (engine == sql::Engine::kPostgres) {
    return std::make_unique<DroppedDatabase>(NewPostgresDatabase(migrations), clock);
  }
  std::unique_ptr<sql::Database> database = OpenOrDie("sqlite::memory:", clock);
  MigrateOrDie(*database, migrations);
  return database;
}

}  // namespace stillpoint::testing

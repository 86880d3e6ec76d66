// Runs one storage test on both engines:
//   class StoreTest : public ::testing::TestWithParam<sql::Engine> {};
//   TEST_P(StoreTest, Keeps) { const auto database = NewDatabase(GetParam(), kMigrations); ... }
//   INSTANTIATE_TEST_SUITE_P(Engines, StoreTest, ::testing::ValuesIn(AllEngines()),
//                            [](const auto& engine) { return EngineName(engine.param); });
#ifndef STILLPOINT_COMMON_TESTING_DATABASES_H_
#define STILLPOINT_COMMON_TESTING_DATABASES_H_

#include <memory>
#include <string>
#include <vector>

#include "common/sql/database.h"
#include "common/sql/migrate.h"

namespace stillpoint::testing {

std::vector<sql::Engine> AllEngines();
std::string EngineName(sql::Engine engine);  // "Sqlite", "Postgres": for test names.

// A new, empty, migrated database as a server sees it: SQLite in memory, or one of
// Postgres::Shared() in the servers' role, held to the transaction's reach by row-level security.
// On both, a statement that does not bind its organization ends the test (tenant_lint.h). Aborts on
// failure. `clock` judges Transaction::Now(); may be null.
std::unique_ptr<sql::Database> NewDatabase(sql::Engine engine,
                                           absl::Span<const sql::Migration> migrations,
                                           const Clock* clock = nullptr);

// One of NewDatabase's as somebody sees it who goes round our code: no policy, no role and no lint
// holds them. For tests that count across organizations or damage what is stored.
sql::Database& Unguarded(sql::Database& database);

}  // namespace stillpoint::testing

#endif  // STILLPOINT_COMMON_TESTING_DATABASES_H_

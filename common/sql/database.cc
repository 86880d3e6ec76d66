#include "common/sql/database.h"

#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "common/error/error.h"
#include "common/sql/postgres_database.h"
#include "common/sql/sqlite_database.h"

namespace stillpoint::sql {

absl::StatusOr<std::unique_ptr<Database>> Database::Open(const std::string& url, Options options) {
  absl::string_view rest = url;
  if (absl::ConsumePrefix(&rest, "sqlite:") && !rest.empty()) {
    return SqliteDatabase::Open(std::string(rest), options);
  }
  if (absl::StartsWith(url, "postgresql://") || absl::StartsWith(url, "postgres://")) {
    return PostgresDatabase::Open(url, options);
  }
  // The URL itself may hold a password and is not repeated.
  return Error(absl::StatusCode::kInvalidArgument, "BAD_CONFIG",
               "the database must be sqlite:PATH, sqlite::memory: or postgresql://...");
}

absl::Status Database::Ping(Deadline deadline) {
  return Read(NoOrganization(), deadline,
              [](Transaction& tx) { return tx.Query("SELECT 1").status(); });
}

}  // namespace stillpoint::sql

// Forward-only schema changes.
#ifndef STILLPOINT_COMMON_SQL_MIGRATE_H_
#define STILLPOINT_COMMON_SQL_MIGRATE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "common/sql/database.h"

namespace stillpoint::sql {

// One step. `common` runs on both engines with `{blob}` replaced by BLOB or BYTEA and `{bigserial}`
// by `INTEGER PRIMARY KEY AUTOINCREMENT` or `BIGSERIAL PRIMARY KEY`; then the engine's own part.
struct Migration {
  int version;  // 1, 2, 3, ... without gaps.
  const char* name;
  const char* common;
  const char* sqlite = "";
  const char* postgres = "";
};

// Applies those not applied yet, each in its own transaction, under a lock so that replicas may
// start together. FailedPrecondition MIGRATION_CHANGED: an applied step's text differs from
// `migrations`. FailedPrecondition SCHEMA_NEWER: the database knows steps that this binary does
// not.
absl::Status Migrate(Database& database, absl::Span<const Migration> migrations, Deadline deadline);

// For a start that must not change the schema: OK if exactly `migrations` are applied. Changes
// nothing. FailedPrecondition SCHEMA_OLDER: run `migrate` first; SCHEMA_NEWER, MIGRATION_CHANGED:
// as above.
absl::Status CheckMigrated(Database& database, absl::Span<const Migration> migrations,
                           Deadline deadline);

}  // namespace stillpoint::sql

#endif  // STILLPOINT_COMMON_SQL_MIGRATE_H_

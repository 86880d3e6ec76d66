// Forced row-level security in PostgreSQL: whatever a statement's own predicate says, a transaction
// sees and writes only rows of the organization that it was opened for (reach.h). A net below the
// predicates, against our own mistakes; it does not hold who can run any SQL, since they can also
// set the organization.
#ifndef STILLPOINT_COMMON_SQL_ROW_SECURITY_H_
#define STILLPOINT_COMMON_SQL_ROW_SECURITY_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/sql/database.h"

namespace stillpoint::sql {

// A table for whose rows of every organization some job asks.
struct SpanningTable {
  std::string name;
  // "SELECT", "INSERT", "UPDATE" or "DELETE".
  std::vector<std::string> commands;
};

// The PostgreSQL part of a migration that guards `tables`, each of which has a column
// `organization`. Rows of every organization are reached with AllOrganizations by who runs the
// migration, and by others only in `spanning`, for its commands. Applied migrations are compared by
// their text, so what this returns for given tables never changes.
std::string RowSecurity(const std::vector<std::string>& tables,
                        const std::vector<SpanningTable>& spanning);

// OK if row-level security holds us: SQLite has none, PostgreSQL's superuser and roles with
// BYPASSRLS are not held, and the owner of the tables could switch it off. FailedPrecondition
// DATABASE_ROLE: serve in another role.
absl::Status CheckServerRole(Database& database, Deadline deadline);

}  // namespace stillpoint::sql

#endif  // STILLPOINT_COMMON_SQL_ROW_SECURITY_H_

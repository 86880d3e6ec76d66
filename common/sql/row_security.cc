#include "common/sql/row_security.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "common/base/status_macros.h"
#include "common/error/error.h"

namespace stillpoint::sql {
namespace {

// A transaction's setting leaves '' behind on its connection, which is nobody. FORCE holds the
// owner, too. A policy without WITH CHECK checks new rows by USING.
constexpr char kGuard[] = R"sql(
ALTER TABLE $0 ENABLE ROW LEVEL SECURITY;
ALTER TABLE $0 FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON $0
  USING (organization = NULLIF(current_setting('stillpoint.organization', true), ''));
CREATE POLICY migration ON $0 TO CURRENT_USER
  USING (current_setting('stillpoint.organization', true) = '*');
)sql";

// INSERT has nothing to be seen, and takes WITH CHECK only.
constexpr char kSpanning[] = R"sql(
CREATE POLICY spanning_$1 ON $0 FOR $1
  $2 (current_setting('stillpoint.organization', true) = '*');
)sql";

// The owner of one table is the owner of all: who ran the migrations.
constexpr char kUnheld[] = R"sql(
SELECT 1 FROM pg_roles WHERE rolname = current_user AND (rolsuper OR rolbypassrls OR EXISTS (
  SELECT 1 FROM pg_class WHERE oid = to_regclass('schema_migrations')
    AND pg_has_role(current_user, relowner, 'MEMBER'))))sql";

}  // namespace

std::string RowSecurity(const std::vector<std::string>& tables,
                        const std::vector<SpanningTable>& spanning) {
  std::string script;
  for (const std::string& table : tables) absl::SubstituteAndAppend(&script, kGuard, table);
  for (const SpanningTable& table : spanning) {
    for (const std::string& command : table.commands) {
      absl::SubstituteAndAppend(&script, kSpanning, table.name, command,
                                command == "INSERT" ? "WITH CHECK" : "USING");
    }
  }
  return script;
}

absl::Status CheckServerRole(Database& database, Deadline deadline) {
  if (database.engine() == Engine::kSqlite) return absl::OkStatus();
  return database.Read(NoOrganization(), deadline, [](Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const Rows rows, tx.Query(kUnheld));
    if (rows.empty()) return absl::OkStatus();
    return Error(absl::StatusCode::kFailedPrecondition, "DATABASE_ROLE",
                 "row-level security does not hold this role: serve in one that neither owns the "
                 "tables nor is a superuser (deploy/README.md)");
  });
}

}  // namespace stillpoint::sql

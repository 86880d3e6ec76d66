// Whether a schema on PostgreSQL keeps organizations apart, from what its catalogue says.
#ifndef STILLPOINT_COMMON_TESTING_TENANCY_H_
#define STILLPOINT_COMMON_TESTING_TENANCY_H_

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "common/sql/migrate.h"

namespace stillpoint::testing {

// What is wrong after `migrations`, a line each:
// - a table with a column `organization` on which row-level security is not enabled and forced, or
//   that lacks the policy `tenant`;
// - a primary key, unique index or exclusion constraint of such a table that does not begin with
//   the organization: its clashes would tell one organization what another has;
// - a table without that column, but for schema_migrations.
// `exceptions`: names of indexes that are right as they are; where it stands, say why.
std::vector<std::string> TenancyProblems(absl::Span<const sql::Migration> migrations,
                                         const std::vector<std::string>& exceptions = {});

// Drives every table of `migrations` with the servers' role, as statements would that forgot their
// predicate; a line for each that was answered wrongly. Rows of organization "a" and "b" are copies
// of each other, made up by type.
std::vector<std::string> LeakProblems(absl::Span<const sql::Migration> migrations);

}  // namespace stillpoint::testing

#endif  // STILLPOINT_COMMON_TESTING_TENANCY_H_

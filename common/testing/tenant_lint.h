// SQLite has no row-level security: there, and in everything that a test runs, each statement
// itself must say whose rows it means.
#ifndef STILLPOINT_COMMON_TESTING_TENANT_LINT_H_
#define STILLPOINT_COMMON_TESTING_TENANT_LINT_H_

#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/base/mutex.h"
#include "common/sql/database.h"

namespace stillpoint::testing {

// What a statement says about organizations.
struct TenantUse {
  std::vector<size_t> parameters;  // N of each $N that has to be the organization, ascending.
  std::string problem;             // What is wrong, or empty.
};

// Judges one statement. Each table of `tenant_tables` (those with a column `organization`) that it
// reads, updates or deletes from needs `organization = $N` among what WHERE or ON demands without
// an OR, or must be joined by organization to one that has it, or to a row of the query around it.
// INSERT gives the column a $N or such a row's. No statement changes a row's organization.
TenantUse ExamineStatement(absl::string_view statement, const std::set<std::string>& tenant_tables);

// Judges what one database is given. Thread-safe. Takes each text apart once: a random test runs
// some hundred texts a million times.
class TenantLint {
 public:
  explicit TenantLint(std::set<std::string> tenant_tables) : tables_(std::move(tenant_tables)) {}

  // "" if `statement`, run for `reach`, binds its organization to that of `reach`. Who reaches all
  // of them needs no predicate: where that is, AllOrganizations says.
  std::string Check(absl::string_view statement, absl::Span<const sql::Value> parameters,
                    const sql::Reach& reach);

 private:
  const TenantUse& UseOf(absl::string_view statement);

  const std::set<std::string> tables_;
  Mutex mutex_;
  std::map<std::string, TenantUse, std::less<>> known_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace stillpoint::testing

#endif  // STILLPOINT_COMMON_TESTING_TENANT_LINT_H_

// Whose rows a transaction may touch. PostgreSQL holds every statement to it by row-level security
// (row_security.h), whatever the statement's own predicate says; SQLite has no such thing, there
// the tests look at each statement (common/testing/tenant_lint.h).
#ifndef STILLPOINT_COMMON_SQL_REACH_H_
#define STILLPOINT_COMMON_SQL_REACH_H_

#include <string>

#include "common/base/tenant.h"

namespace stillpoint::sql {

// For the few jobs that span tenants: events for other services, what is due or has run out,
// pointers to heal, migrations. Written out, so that each of them is found by its name. The
// database lets it pass only on the tables that those jobs need.
struct AllOrganizations {
  explicit AllOrganizations() = default;
};

// For what is nobody's: readiness, the version of the schema.
struct NoOrganization {
  explicit NoOrganization() = default;
};

// A value. Implicit, so that a transaction is opened with the tenant of the call.
class Reach {
 public:
  // An organization cannot be called as we write "all of them"; who tries reaches nothing.
  Reach(const Tenant& tenant)  // NOLINT
      : setting_(tenant.organization() == kAll ? "" : tenant.organization()) {}
  Reach(AllOrganizations) : setting_(kAll) {}  // NOLINT
  Reach(NoOrganization) {}                     // NOLINT

  // What the policies compare with: an organization, "*", or "" for none.
  const std::string& setting() const { return setting_; }
  bool all() const { return setting_ == kAll; }

 private:
  static constexpr char kAll[] = "*";
  std::string setting_;
};

}  // namespace stillpoint::sql

#endif  // STILLPOINT_COMMON_SQL_REACH_H_

#include "services/client_record/ports/search_log.h"

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"

namespace stillpoint::client_record::ports {
namespace {

// The row of the whole organization; no subject is empty.
constexpr char kEverybody[] = "";

}  // namespace

absl::StatusOr<SearchesSpent> LockSearches(const Scope& scope, const std::string& subject) {
  RETURN_IF_ERROR(scope.tx.Lock({absl::StrCat("searches/", scope.organization())}));
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   scope.tx.Query("SELECT caller, whole_us FROM client_searches"
                                  " WHERE organization = $1 AND caller IN ($2, $3)",
                                  {scope.organization(), subject, kEverybody}));
  SearchesSpent spent;
  for (const sql::Row& row : rows) {
    (row[0].Text() == kEverybody ? spent.organization : spent.caller) = row[1].Time();
  }
  return spent;
}

absl::Status StoreSearches(const Scope& scope, const std::string& subject,
                           const SearchesSpent& spent) {
  return scope.tx
      .Execute(
          "INSERT INTO client_searches (organization, caller, whole_us)"
          " VALUES ($1, $2, $3), ($1, $4, $5)"
          " ON CONFLICT (organization, caller) DO UPDATE SET whole_us = excluded.whole_us",
          {scope.organization(), subject, spent.caller, kEverybody, spent.organization})
      .status();
}

}  // namespace stillpoint::client_record::ports

// What callers, and organizations, have spent on searches for clients (domain/search_budget.h).
#ifndef STILLPOINT_SERVICES_CLIENT_RECORD_PORTS_SEARCH_LOG_H_
#define STILLPOINT_SERVICES_CLIENT_RECORD_PORTS_SEARCH_LOG_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/client_record/ports/key_ring.h"

namespace stillpoint::client_record::ports {

// When the budgets will be whole again.
struct SearchesSpent {
  absl::Time caller = absl::UnixEpoch();
  absl::Time organization = absl::UnixEpoch();
};

// Waits until no other transaction searches in the organization, and reads. So searches of one
// organization take turns; they would at the end of its audit chain, too.
absl::StatusOr<SearchesSpent> LockSearches(const Scope& scope, const std::string& subject);
// Stores what LockSearches read, with this search.
absl::Status StoreSearches(const Scope& scope, const std::string& subject,
                           const SearchesSpent& spent);

}  // namespace stillpoint::client_record::ports

#endif  // STILLPOINT_SERVICES_CLIENT_RECORD_PORTS_SEARCH_LOG_H_

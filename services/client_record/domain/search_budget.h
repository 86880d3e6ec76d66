// How often clients may be searched for: who could ask for one telephone number after another would
// learn who comes here.
#ifndef STILLPOINT_SERVICES_CLIENT_RECORD_DOMAIN_SEARCH_BUDGET_H_
#define STILLPOINT_SERVICES_CLIENT_RECORD_DOMAIN_SEARCH_BUDGET_H_

#include "absl/time/time.h"

namespace stillpoint::client_record::domain {

// Points that are there at first; what was spent comes back evenly, all of it in kBudgetRefill.
struct SearchBudget {
  int points;
};
inline constexpr absl::Duration kBudgetRefill = absl::Hours(1);
// A desk with several telephones that looks somebody up every six seconds, all day.
inline constexpr SearchBudget kCallerBudget = {600};
// Five such desks: one of them cannot use it up.
inline constexpr SearchBudget kOrganizationBudget = {3'000};

// Who guesses mostly finds nobody: 120 guesses an hour, where the desk finds 600 clients.
inline constexpr int kSearchCost = 1;  // Has to be there before a search.
inline constexpr int kMissCost = 5;    // Of one that found nobody.

// A budget is kept as the instant at which all of it will be there again; any past one: all of it
// is.

// Zero if `cost` points are there at `now`, else how long until they are.
absl::Duration WaitForPoints(SearchBudget budget, absl::Time whole_at, int cost, absl::Time now);
// The new instant after `cost` points were spent at `now`. A budget may be overdrawn by less than
// one miss, since what a search costs is known only after it.
absl::Time SpendPoints(SearchBudget budget, absl::Time whole_at, int cost, absl::Time now);

}  // namespace stillpoint::client_record::domain

#endif  // STILLPOINT_SERVICES_CLIENT_RECORD_DOMAIN_SEARCH_BUDGET_H_

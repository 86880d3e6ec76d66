#include "services/client_record/domain/search_budget.h"

#include <algorithm>

namespace stillpoint::client_record::domain {

absl::Time SpendPoints(SearchBudget budget, absl::Time whole_at, int cost, absl::Time now) {
  return std::max(whole_at, now) + kBudgetRefill / budget.points * cost;
}

absl::Duration WaitForPoints(SearchBudget budget, absl::Time whole_at, int cost, absl::Time now) {
  const absl::Duration over = SpendPoints(budget, whole_at, cost, now) - now - kBudgetRefill;
  return std::max(over, absl::ZeroDuration());
}

}  // namespace stillpoint::client_record::domain

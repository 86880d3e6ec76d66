#include "services/booking/app/nearest_starts.h"

#include <algorithm>

#include "common/base/status_macros.h"

namespace stillpoint::booking::app {

absl::StatusOr<std::vector<absl::Time>> FindAlternatives::NearestStarts(
    const Tenant& tenant, const domain::SlotRequest& wanted, int count, Deadline deadline) {
  domain::SlotQuery query;
  query.offering = wanted.offering;
  query.length_minutes = wanted.minutes;
  query.clinics = {wanted.clinic};
  if (!wanted.practitioner.empty()) query.practitioners = {wanted.practitioner};
  query.room = wanted.room;
  query.begin = domain::TickCeil(wanted.start - kReach);
  query.end = domain::TickFloor(wanted.start + kReach);
  ASSIGN_OR_RETURN(const FoundSlots found, search_.Run(tenant, query, wanted.online, deadline));

  std::vector<absl::Time> starts;
  for (const domain::Candidate& candidate : found.plan.candidates) {
    const domain::Bits& free = candidate.starts;
    for (domain::Tick at = free.NextSet(free.begin()); at != free.end();
         at = free.NextSet(at + 1)) {
      starts.push_back(domain::TimeOf(at));
    }
  }
  std::sort(starts.begin(), starts.end());
  starts.erase(std::unique(starts.begin(), starts.end()), starts.end());
  // The wanted start itself was just refused; if it is free again the caller may as well retry it.
  std::stable_sort(starts.begin(), starts.end(), [&](absl::Time a, absl::Time b) {
    return absl::AbsDuration(a - wanted.start) < absl::AbsDuration(b - wanted.start);
  });
  if (starts.size() > static_cast<size_t>(count)) starts.resize(count);
  std::sort(starts.begin(), starts.end());
  return starts;
}

}  // namespace stillpoint::booking::app

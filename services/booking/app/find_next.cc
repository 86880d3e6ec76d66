#include "services/booking/app/find_next.h"

#include <algorithm>
#include <utility>

#include "services/booking/domain/busy_month.h"

namespace stillpoint::booking::app {

std::optional<absl::StatusOr<NextSlots>> FindNext::Walk(const domain::SlotQuery& query, int count,
                                                        SearchPart search_part) {
  NextSlots next;
  domain::SlotQuery part = query;
  // What has passed is not worth a month of its own.
  part.begin = std::clamp(domain::TickCeil(clock_.TimeNow()), query.begin, query.end);
  domain::Tick end = query.end;
  for (int months = 1;; months *= 2) {
    part.end = std::min(end, domain::MonthBegin(domain::MonthOf(part.begin) + months));
    const std::optional<absl::StatusOr<FoundSlots>> answer = search_part(part);
    if (!answer.has_value()) return std::nullopt;
    if (!answer->ok()) return answer->status();
    const FoundSlots& found = **answer;
    const int missing = count - static_cast<int>(next.slots.size());
    std::vector<domain::FreeSlot> slots = domain::ListSlots(found.plan, std::nullopt, missing);
    if (!slots.empty()) {
      next.slots.insert(next.slots.end(), slots.begin(), slots.end());
      next.catalogues.push_back(found.catalogue);
    }
    if (static_cast<int>(next.slots.size()) == count) return next;
    // Nothing starts beyond the horizon, so no month beyond it is read.
    const absl::Time horizon =
        clock_.TimeNow() + absl::Hours(24) * found.plan.offering->horizon_days;
    end = std::clamp(domain::TickFloor(horizon) + 1, part.end, end);
    if (part.end >= end) break;
    part.begin = part.end;
  }
  next.searched_until = domain::TimeOf(end);
  return next;
}

absl::StatusOr<NextSlots> FindNext::Run(const Tenant& tenant, const domain::SlotQuery& query,
                                        int count, bool online, Deadline deadline) {
  return *Walk(query, count, [&](const domain::SlotQuery& part) {
    return std::make_optional(search_.Run(tenant, part, online, deadline));
  });
}

std::optional<absl::StatusOr<NextSlots>> FindNext::RunWarm(const Tenant& tenant,
                                                           const domain::SlotQuery& query,
                                                           int count, bool online,
                                                           const ports::Freshness& fresh) {
  return Walk(query, count, [&](const domain::SlotQuery& part) {
    return search_.RunWarm(tenant, part, online, fresh);
  });
}

}  // namespace stillpoint::booking::app

#include "services/booking/app/list_orphans.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

#include "common/base/status_macros.h"
#include "services/booking/app/reach.h"
#include "services/booking/app/search_slots.h"
#include "services/booking/domain/errors.h"

namespace stillpoint::booking::app {

absl::StatusOr<Orphans> ListOrphans::Run(const Tenant& tenant, const Reach& reach,
                                         const OrphanWindow& window,
                                         const std::optional<ports::BookingPosition>& after,
                                         size_t limit, Deadline deadline) {
  Orphans orphans;
  RETURN_IF_ERROR(database_.Read(tenant, deadline, [&](sql::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const absl::Time now, tx.Now());
    ports::BookingFilter filter{.clinic = window.clinic, .practitioner = window.practitioner};
    filter.states.assign(std::begin(domain::kLiveStates), std::end(domain::kLiveStates));
    const absl::Time asked = window.start.value_or(now);
    filter.starts_before = window.end.value_or(std::max(asked, now) + kWindowMax);
    if (window.start.has_value() && *filter.starts_before <= asked) {
      return error::RangeReversed("window_end_time");
    }
    if (window.end.has_value() && *window.end - asked > kWindowMax) {
      return error::WindowTooLong("window_end_time", kWindowMax / absl::Hours(24));
    }
    filter.ends_after = std::max(asked, now);
    Restrict(reach, filter);
    ASSIGN_OR_RETURN(const std::shared_ptr<const domain::Catalogue> catalogue,
                     catalogues_.Get(tx, tenant));
    ASSIGN_OR_RETURN(std::vector<domain::Booking> bookings,
                     ledger_.List(tx, tenant, filter, after, kLookedAtMax));
    if (bookings.size() == static_cast<size_t>(kLookedAtMax)) {  // There may be more.
      orphans.next = {bookings.back().start, bookings.back().id};
    }
    for (domain::Booking& booking : bookings) {
      if (!domain::IsLive(booking, now)) continue;
      std::vector<domain::OrphanReason> reasons = domain::WhyOrphaned(booking, *catalogue);
      if (reasons.empty()) continue;
      if (orphans.found.size() == limit) {
        const domain::Booking& last = orphans.found.back().booking;
        orphans.next = {last.start, last.id};
        return absl::OkStatus();
      }
      orphans.found.push_back({std::move(booking), std::move(reasons)});
    }
    return absl::OkStatus();
  }));
  return orphans;
}

}  // namespace stillpoint::booking::app

// The free times nearest to one that was refused.
#ifndef STILLPOINT_SERVICES_BOOKING_APP_NEAREST_STARTS_H_
#define STILLPOINT_SERVICES_BOOKING_APP_NEAREST_STARTS_H_

#include <vector>

#include "services/booking/app/search_slots.h"
#include "services/booking/ports/alternatives.h"

namespace stillpoint::booking::app {

// Thread-safe.
class FindAlternatives final : public ports::Alternatives {
 public:
  // How far to look on either side: whoever finds nothing in a week either way should search.
  static constexpr absl::Duration kReach = absl::Hours(24 * 7);

  explicit FindAlternatives(SearchSlots& search) : search_(search) {}

  absl::StatusOr<std::vector<absl::Time>> NearestStarts(const Tenant& tenant,
                                                        const domain::SlotRequest& wanted,
                                                        int count, Deadline deadline) override;

 private:
  SearchSlots& search_;
};

}  // namespace stillpoint::booking::app

#endif  // STILLPOINT_SERVICES_BOOKING_APP_NEAREST_STARTS_H_

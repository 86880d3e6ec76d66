// Which of the free times leave the day in the fewest useless pieces.
//
// A visit lies in one stretch of open time of its practitioner and cuts it: a gap is left before it
// (with its buffer) and one after it. A gap that is shorter than the offering's shortest visit with
// its buffers is lost. Pure.
#ifndef STILLPOINT_SERVICES_BOOKING_DOMAIN_FRAGMENTATION_H_
#define STILLPOINT_SERVICES_BOOKING_DOMAIN_FRAGMENTATION_H_

#include <vector>

#include "absl/functional/function_ref.h"
#include "services/booking/domain/slots.h"

namespace stillpoint::booking::domain {

// What a slot leaves of the open time that it lies in. Minutes, measured as far as kGapTicksMax.
struct Gaps {
  int before = 0;
  int after = 0;
  int unusable = 0;  // The sum of those that are too short for any visit of the offering.

  int pieces() const { return (before > 0 ? 1 : 0) + (after > 0 ? 1 : 0); }
};

struct RankedSlot {
  FreeSlot slot;
  Gaps gaps;
};

// Up to `limit` slots that `skip` does not refuse: by unusable minutes, then by the number of gaps,
// then by start, practitioner, clinic. Needs FindSlots on a plan of a query with `gaps`. Time that
// cannot be booked any more, because of the notice, is no gap.
std::vector<RankedSlot> RankSlots(const SlotPlan& plan,
                                  absl::FunctionRef<bool(const FreeSlot&)> skip, int limit);

}  // namespace stillpoint::booking::domain

#endif  // STILLPOINT_SERVICES_BOOKING_DOMAIN_FRAGMENTATION_H_

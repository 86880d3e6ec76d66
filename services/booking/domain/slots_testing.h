// Fills a plan straight from claims, without cache or store. For tests and the benchmark only.
#ifndef STILLPOINT_SERVICES_BOOKING_DOMAIN_SLOTS_TESTING_H_
#define STILLPOINT_SERVICES_BOOKING_DOMAIN_SLOTS_TESTING_H_

#include <vector>

#include "services/booking/domain/hours.h"
#include "services/booking/domain/slots.h"

namespace stillpoint::booking::domain {

// What occupies a resource from `start` to `end`.
struct TestClaim {
  ResourceId resource;
  absl::Time start;
  absl::Time end;
};

inline void FillPlan(const SlotQuery& query, const std::vector<TestClaim>& claims, SlotPlan& plan) {
  const auto take = [&](const ResourceId& resource, Bits& free) {
    for (const TestClaim& claim : claims) {
      if (claim.resource == resource) free.Clear(TickFloor(claim.start), TickCeil(claim.end));
    }
  };
  for (Place& place : plan.places) {
    place.grid = StartGrid(*place.clinic, plan.offering->step_minutes, query.begin, query.end);
    for (const Room* room : place.rooms) {
      Bits& free = place.free.emplace_back(plan.facts_begin, plan.facts_end);
      free.Set(plan.facts_begin, plan.facts_end);
      take(room->resource(), free);
    }
  }
  for (Candidate& candidate : plan.candidates) {
    candidate.free =
        OpenTicks(*candidate.practitioner, *candidate.clinic, plan.facts_begin, plan.facts_end);
    take(candidate.practitioner->resource(), candidate.free);
  }
}

}  // namespace stillpoint::booking::domain

#endif  // STILLPOINT_SERVICES_BOOKING_DOMAIN_SLOTS_TESTING_H_

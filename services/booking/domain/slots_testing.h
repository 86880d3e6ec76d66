// Fills a plan straight from claims, without cache or store. For tests and the benchmark only.
#ifndef STILLPOINT_SERVICES_BOOKING_DOMAIN_SLOTS_TESTING_H_
#define STILLPOINT_SERVICES_BOOKING_DOMAIN_SLOTS_TESTING_H_

#include <algorithm>
#include <vector>

#include "services/booking/domain/hours.h"
#include "services/booking/domain/slots.h"
#include "services/booking/domain/travel.h"

namespace stillpoint::booking::domain {

template <typename Below>
MealBreak AnyMealBreak(Below below) {
  MealBreak rule;
  rule.from_minute = 5 * below(280);
  rule.until_minute = rule.from_minute + 5 * (1 + below(288 - rule.from_minute / 5));
  rule.minutes = std::min(rule.until_minute - rule.from_minute, 5 * (1 + below(24)));
  if (below(2) == 0) rule.shift_minutes = 5 * below(120);
  return rule;
}

// Up to four versions, some of which have yet to take effect. `below(n)` is a number under n.
template <typename Below>
PolicyVersions AnyPolicies(const std::string& owner, absl::Time now, Below below) {
  PolicyVersions versions;
  for (int i = below(3); i >= 0; --i) {
    BookingPolicy policy;
    policy.clinic = owner;
    policy.version = static_cast<int64_t>(versions.size()) + 1;
    policy.effective = now + absl::Minutes(below(90) - 60);
    policy.withdrawn = !owner.empty() && below(5) == 0;
    if (!policy.withdrawn) {
      if (below(2) == 0) policy.buffers = BufferPolicy::kMax;
      if (below(2) == 0) policy.notice.minutes = below(900);
      if (below(2) == 0) policy.notice.day_before_minute = 5 * (1 + below(288));
      if (below(3) == 0) policy.horizon_days = 1 + below(4);
      if (below(3) == 0) policy.practitioner.visits = 1 + below(4);
      if (below(3) == 0) policy.practitioner.minutes = 30 + 5 * below(60);
      if (below(2) == 0) policy.meal_break = AnyMealBreak(below);
    }
    versions.push_back(policy);
  }
  return versions;
}

// What occupies a resource from `start` to `end`.
struct TestClaim {
  ResourceId resource;
  absl::Time start;
  absl::Time end;
  absl::Time visit_start = start;  // Of a practitioner's, without buffers.
  absl::Time visit_end = end;
  std::string clinic = {};
  absl::Duration lead = absl::ZeroDuration();  // Only where the visit begins with the claim.
};

// What the facts of a practitioner would be; none where nothing asks for them.
inline std::vector<BusyMonth> MonthsOf(const SlotPlan& plan, const std::vector<TestClaim>& claims,
                                       const ResourceId& resource) {
  std::vector<BusyMonth> months;
  if (plan.catalogue->travel.empty() && !plan.has_leads) return months;
  for (Month month = MonthOf(plan.facts_begin); month <= MonthOf(plan.facts_end - 1); ++month) {
    BusyMonth& busy = months.emplace_back(month);
    for (const TestClaim& claim : claims) {
      if (claim.resource != resource) continue;
      busy.Add(claim.start, claim.end, std::nullopt, claim.visit_start, claim.visit_end,
               claim.clinic, claim.lead);
    }
  }
  return months;
}

inline void FillPlan(const SlotQuery& query, const std::vector<TestClaim>& claims, SlotPlan& plan) {
  const auto take = [&](const ResourceId& resource, Bits& free) {
    for (const TestClaim& claim : claims) {
      if (claim.resource == resource) free.Clear(TickFloor(claim.start), TickCeil(claim.end));
    }
  };
  const auto known = [&](const ResourceId& resource, std::vector<Bits>& all) {
    Bits& free = all.emplace_back(plan.facts_begin, plan.facts_end);
    free.Set(plan.facts_begin, plan.facts_end);
    take(resource, free);
  };
  for (Place& place : plan.places) {
    place.grid = StartGrid(*place.clinic, plan.offering->step_minutes, query.begin, query.end);
    for (const Room* room : place.rooms) known(room->resource(), place.free);
    for (const Device* device : place.devices) known(device->resource(), place.device_free);
  }
  for (Candidate& candidate : plan.candidates) {
    candidate.free =
        OpenTicks(*candidate.practitioner, *candidate.clinic, plan.facts_begin, plan.facts_end);
    if (plan.keeps_breaks) {
      candidate.open = candidate.free;
      candidate.unclaimed = Bits(plan.facts_begin, plan.facts_end);
      candidate.unclaimed.Set(plan.facts_begin, plan.facts_end);
      take(candidate.practitioner->resource(), candidate.unclaimed);
    }
    take(candidate.practitioner->resource(), candidate.free);
    const Ways* ways = plan.places[candidate.place].ways;
    const std::vector<BusyMonth> months =
        MonthsOf(plan, claims, candidate.practitioner->resource());
    for (const BusyMonth& busy : months) {
      if (ways != nullptr) TakeTravel(busy, *ways, absl::InfinitePast(), candidate.free);
    }
    if (plan.has_leads) {
      candidate.for_visit = candidate.free;
      candidate.for_lead =
          OpenTicks(*candidate.practitioner, *candidate.clinic, plan.facts_begin, plan.facts_end);
    }
    for (const BusyMonth& busy : months) {
      const absl::Time now = absl::InfinitePast();
      if (plan.has_leads) TakeLeads(busy, ways, now, candidate.for_visit, candidate.for_lead);
      if (plan.has_leads && plan.keeps_breaks) {
        TakeLeads(busy, nullptr, now, candidate.unclaimed, candidate.unclaimed);
      }
    }
    if (!plan.limits_days) continue;  // A benchmark must not copy what no search would read.
    for (const TestClaim& claim : claims) {
      if (claim.resource != candidate.practitioner->resource()) continue;
      const Tick begin = TickFloor(claim.visit_start);
      candidate.visits.push_back({begin, TickCeil(claim.visit_end) - begin});
    }
  }
}

}  // namespace stillpoint::booking::domain

#endif  // STILLPOINT_SERVICES_BOOKING_DOMAIN_SLOTS_TESTING_H_

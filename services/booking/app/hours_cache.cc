#include "services/booking/app/hours_cache.h"

#include "services/booking/domain/hours.h"
#include "services/booking/domain/rooms.h"

namespace stillpoint::booking::app {

using domain::Bits;
using domain::Month;
using domain::MonthBegin;
using domain::MonthOf;

const std::vector<const domain::Room*>& HoursCache::RoomsOf(const domain::Offering& offering,
                                                            const domain::Clinic& clinic) {
  MutexLock lock(mutex_);
  const auto [found, is_new] = rooms_.try_emplace({&offering, &clinic});
  if (is_new) found->second = domain::SuitableRooms(*catalogue_, offering, clinic);
  return found->second;
}

domain::SlotPlan HoursCache::MakePlan(const domain::SlotQuery& query) {
  return domain::MakePlan(
      *catalogue_, query,
      [this](const domain::Offering& offering, const domain::Clinic& clinic) -> decltype(auto) {
        return RoomsOf(offering, clinic);
      });
}

bool HoursCache::HasHours(const domain::SlotPlan& plan) {
  if (plan.candidates.empty()) return true;
  const int step = plan.offering->step_minutes;
  const Month first = MonthOf(plan.facts_begin);
  const Month last = MonthOf(plan.facts_end - 1);
  MutexLock lock(mutex_);
  for (Month month = first; month <= last; ++month) {
    for (const domain::Place& place : plan.places) {
      if (!grids_.contains(GridKey{place.clinic, step, month})) return false;
    }
    for (const domain::Candidate& candidate : plan.candidates) {
      if (!open_.contains(OpenKey{candidate.practitioner, candidate.clinic, month})) return false;
    }
  }
  return true;
}

void HoursCache::Fill(const domain::SlotQuery& query, domain::SlotPlan& plan) {
  if (plan.candidates.empty()) return;
  const int step = plan.offering->step_minutes;
  const Month first = MonthOf(plan.facts_begin);
  const Month last = MonthOf(plan.facts_end - 1);
  MutexLock lock(mutex_);
  if (open_.size() + grids_.size() > kMonthsMax) {
    open_.clear();
    grids_.clear();
  }
  for (domain::Place& place : plan.places) {
    place.grid = Bits(query.begin, query.end);
    for (Month month = first; month <= last; ++month) {
      Bits& grid = grids_[{place.clinic, step, month}];
      if (grid.words().empty()) {
        grid = domain::StartGrid(*place.clinic, step, MonthBegin(month), MonthBegin(month + 1));
      }
      place.grid.Or(grid);
    }
  }
  for (domain::Candidate& candidate : plan.candidates) {
    candidate.free = Bits(plan.facts_begin, plan.facts_end);
    for (Month month = first; month <= last; ++month) {
      Bits& open = open_[{candidate.practitioner, candidate.clinic, month}];
      if (open.words().empty()) {
        open = domain::OpenTicks(*candidate.practitioner, *candidate.clinic, MonthBegin(month),
                                 MonthBegin(month + 1));
      }
      candidate.free.Or(open);
    }
  }
}

}  // namespace stillpoint::booking::app

#include "services/booking/app/hours_cache.h"

#include "services/booking/domain/hours.h"

namespace stillpoint::booking::app {

using domain::Bits;
using domain::Month;
using domain::MonthBegin;
using domain::MonthOf;

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

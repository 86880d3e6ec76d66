#include "services/booking/domain/fragmentation.h"

#include <algorithm>
#include <tuple>

namespace stillpoint::booking::domain {
namespace {

// Lengths in ticks of what the offering occupies of a practitioner.
struct Lengths {
  Tick before;
  Tick visit;  // With both buffers.
  Tick shortest;
};

Lengths LengthsOf(const SlotPlan& plan) {
  const auto ticks = [](int minutes) -> Tick {
    return (minutes + kTickMinutes - 1) / kTickMinutes;
  };
  const Offering& offering = *plan.offering;
  const Tick before = ticks(offering.buffer_before_minutes);
  const Tick buffers = before + ticks(offering.buffer_after_minutes);
  return {.before = before,
          .visit = buffers + plan.visit_ticks,
          .shortest = buffers + ticks(offering.variants.front())};
}

int Minutes(Tick gap) {
  return static_cast<int>(std::clamp<Tick>(gap, 0, kGapTicksMax)) * kTickMinutes;
}

// Calls `emit(slot, gaps)` for every free start of one candidate.
template <typename Emit>
void ForEachSlot(const SlotPlan& plan, const Candidate& candidate, const Lengths& lengths,
                 Emit emit) {
  // FindSlots has left in `free` where the whole visit may begin: a stretch of open time [a, b)
  // as [a, b - visit + 1), which keeps stretches apart and tells both of their ends.
  const Bits& runs = candidate.free;
  const Bits& starts = candidate.starts;
  Tick stretch_begin = runs.begin();
  Tick stretch_end = runs.begin();
  // A lead is no part of the run, nor of the gap before it.
  const bool leads = plan.places[candidate.place].buffers == BufferPolicy::kMax;
  const Tick lead = leads ? lengths.before : 0;
  for (Tick start = starts.NextSet(starts.begin()); start != starts.end();
       start = starts.NextSet(start + 1)) {
    const Tick from = start - lengths.before + lead;
    while (from >= stretch_end) {
      stretch_begin = runs.NextSet(stretch_end);
      stretch_end = runs.NextClear(stretch_begin);
    }
    // Of a stretch that has begun only what can still be booked counts.
    const Tick open_from =
        std::max(stretch_begin, plan.places[candidate.place].earliest - lengths.before + lead);
    Gaps gaps{.before = Minutes(from - lead - open_from), .after = Minutes(stretch_end - 1 - from)};
    for (const int gap : {gaps.before, gaps.after}) {
      if (gap < lengths.shortest * kTickMinutes) gaps.unusable += gap;
    }
    emit(FreeSlot{.start = start,
                  .practitioner = candidate.practitioner,
                  .clinic = candidate.clinic,
                  .room = nullptr},
         gaps);
  }
}

auto KeyOf(const RankedSlot& ranked) {
  return std::make_tuple(ranked.gaps.unusable, ranked.gaps.pieces(), ranked.slot.start,
                         absl::string_view(ranked.slot.practitioner->id),
                         absl::string_view(ranked.slot.clinic->id));
}

}  // namespace

std::vector<RankedSlot> RankSlots(const SlotPlan& plan,
                                  absl::FunctionRef<bool(const FreeSlot&)> skip, int limit) {
  std::vector<RankedSlot> ranked;
  if (plan.offering == nullptr || limit <= 0) return ranked;
  const Lengths lengths = LengthsOf(plan);
  const auto better = [](const RankedSlot& a, const RankedSlot& b) { return KeyOf(a) < KeyOf(b); };
  // A heap of the best so far, the worst of them in front: a quarter of fifty people has half a
  // million starts.
  for (const Candidate& candidate : plan.candidates) {
    ForEachSlot(plan, candidate, lengths, [&](const FreeSlot& slot, const Gaps& gaps) {
      const RankedSlot one{slot, gaps};
      const bool full = ranked.size() == static_cast<size_t>(limit);
      if ((full && !better(one, ranked.front())) || skip(slot)) return;
      if (full) {
        std::pop_heap(ranked.begin(), ranked.end(), better);
        ranked.pop_back();
      }
      ranked.push_back(one);
      std::push_heap(ranked.begin(), ranked.end(), better);
    });
  }
  std::sort_heap(ranked.begin(), ranked.end(), better);
  for (RankedSlot& each : ranked) {
    GiveResources(plan, each.slot);
  }
  return ranked;
}

}  // namespace stillpoint::booking::domain

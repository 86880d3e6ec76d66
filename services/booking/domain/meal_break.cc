#include "services/booking/domain/meal_break.h"

#include <algorithm>

#include "services/booking/domain/hours.h"

namespace stillpoint::booking::domain {

std::vector<MealWindow> MealWindows(const MealBreak& rule, const absl::TimeZone& zone, Tick begin,
                                    Tick end) {
  std::vector<MealWindow> windows;
  const absl::CivilDay first = absl::ToCivilDay(TimeOf(begin), zone);
  const absl::CivilDay last = absl::ToCivilDay(TimeOf(end - 1), zone);
  windows.reserve(static_cast<size_t>(std::max<int64_t>(0, last - first + 1)));
  for (absl::CivilDay day = first; day <= last; ++day) {
    const MealWindow window{.begin = TickCeil(InstantOf(day, rule.from_minute, zone)),
                            .end = TickFloor(InstantOf(day, rule.until_minute, zone)),
                            .day_begin = TickCeil(InstantOf(day, 0, zone)),
                            .day_end = TickFloor(InstantOf(day + 1, 0, zone))};
    if (window.end - window.begin >= rule.minutes / kTickMinutes) windows.push_back(window);
  }
  return windows;
}

void KeepBreaks(const MealBreak& rule, absl::Span<const MealWindow> windows, const MealFacts& facts,
                Tick before, Tick after, Bits& starts) {
  const Tick least = rule.minutes / kTickMinutes;
  for (const MealWindow& window : windows) {
    const int64_t at_work = facts.open.CountIn(window.day_begin, window.day_end);
    if (at_work * kTickMinutes <= rule.shift_minutes) continue;
    int breaks = 0;
    Tick begin = window.begin;  // Of the last one.
    Tick end = window.end;
    for (Tick at = facts.unclaimed.NextSet(window.begin); at < window.end;) {
      const Tick until = std::min(facts.unclaimed.NextClear(at), window.end);
      if (until - at >= least) {
        ++breaks;
        begin = at;
        end = until;
      }
      at = facts.unclaimed.NextSet(until);
    }
    // A visit meets one of the stretches that are free. If another one is long enough, it may take
    // all of this one; if none is, whatever meets the window is refused.
    if (breaks == 0) starts.Clear(window.begin - after + 1, window.end + before);
    // Refused is what ends too late to leave the last minutes of it, and begins too early to leave
    // the first.
    if (breaks == 1) starts.Clear(end - least - after + 1, begin + least + before);
  }
}

bool LeavesBreak(const MealBreak& rule, const Clinic& clinic, const Practitioner& who,
                 absl::Time start, absl::Time end, absl::Span<const Claim> claims,
                 const Booking* moving) {
  if (!rule.IsRule()) return true;
  const Tick from = TickFloor(start);
  const Tick to = TickCeil(end);
  for (const MealWindow& window : MealWindows(rule, clinic.zone, from, to)) {
    if (to <= window.begin || from >= window.end) continue;
    const int64_t at_work = OpenTicks(who, clinic, window.day_begin, window.day_end).Count();
    if (at_work * kTickMinutes <= rule.shift_minutes) continue;
    Bits free(window.begin, window.end);
    free.Set(window.begin, window.end);
    free.Clear(from, to);
    for (const Claim& claim : claims) {
      if (claim.resource != who.resource()) continue;
      if (moving != nullptr && claim.booking == moving->id) continue;
      free.Clear(TickFloor(claim.start - claim.lead), TickCeil(claim.end));
    }
    free.KeepRuns(rule.minutes / kTickMinutes);
    if (!free.Any()) return false;
  }
  return true;
}

}  // namespace stillpoint::booking::domain

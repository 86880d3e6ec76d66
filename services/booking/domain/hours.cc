#include "services/booking/domain/hours.h"

#include <algorithm>

#include "services/booking/domain/day_hours.h"

namespace stillpoint::booking::domain {
namespace {

constexpr int kDayMinutes = 24 * 60;
constexpr Tick kDayTicks = kDayMinutes / kTickMinutes;

int WeekdayBit(absl::CivilDay date) { return static_cast<int>(absl::GetWeekday(date)); }

// Calls `emit` for every local date on which a range could start that meets [begin, end). A range
// is at most a day long and a gap at most a day wide, so two days back is far enough.
void ForEachDate(const absl::TimeZone& zone, Tick begin, Tick end,
                 absl::FunctionRef<void(absl::CivilDay)> emit) {
  const absl::CivilDay last = absl::ToCivilDay(TimeOf(end), zone);
  for (absl::CivilDay date = absl::ToCivilDay(TimeOf(begin), zone) - 2; date <= last; ++date) {
    emit(date);
  }
}

void SetRange(DayRange range, absl::CivilDay date, const absl::TimeZone& zone, Bits& open) {
  open.Set(TickCeil(InstantOf(date, range.start_minute, zone)),
           TickFloor(InstantOf(date, range.end_minute, zone)));
}

// Minutes between UTC and the wall clock at `tick`.
int OffsetMinutes(const absl::TimeZone& zone, Tick tick) {
  return zone.At(TimeOf(tick)).offset / 60;
}

// Calls `emit` for each stretch of [begin, end) in which the wall clock runs evenly. Two changes
// within one day that cancel each other would be missed; no zone has had such.
void ForEachOffset(const absl::TimeZone& zone, Tick begin, Tick end,
                   absl::FunctionRef<void(Tick, Tick, int)> emit) {
  while (begin < end) {
    const int offset = OffsetMinutes(zone, begin);
    Tick same = begin;
    Tick other = end;
    for (Tick at = begin + kDayTicks; at < end; at += kDayTicks) {
      if (OffsetMinutes(zone, at) != offset) {
        other = at;
        break;
      }
      same = at;
    }
    if (other != end || OffsetMinutes(zone, end - 1) != offset) {
      while (other - same > 1) {
        const Tick middle = same + (other - same) / 2;
        (OffsetMinutes(zone, middle) == offset ? same : other) = middle;
      }
    }
    emit(begin, other, offset);
    begin = other;
  }
}

// Minutes from 1970-01-01 to `date` plus `minutes`, both on the same wall clock.
int64_t WallMinutes(absl::CivilDay date, int minutes) {
  return (date - absl::CivilDay(1970, 1, 1)) * kDayMinutes + minutes;
}

}  // namespace

absl::Time InstantOf(absl::CivilDay date, int minutes, const absl::TimeZone& zone) {
  // `pre` reads the clock as it ran before the change: for a skipped time that is the shift forward
  // by the gap, for a repeated one the first. absl::FromCivil would give the end of the gap
  // instead.
  return zone.At(absl::CivilSecond(absl::CivilMinute(date) + minutes)).pre;
}

Bits OpenTicks(const Practitioner& practitioner, const Clinic& clinic, Tick begin, Tick end) {
  Bits working(begin, end);
  Bits opening(begin, end);
  ForEachDate(clinic.zone, begin, end, [&](absl::CivilDay date) {
    ForEachShift(practitioner, clinic.id, date,
                 [&](DayRange range) { SetRange(range, date, clinic.zone, working); });
    ForEachOpening(clinic, date,
                   [&](DayRange range) { SetRange(range, date, clinic.zone, opening); });
  });
  working.And(opening);
  for (const TimeOff& off : practitioner.time_off) {
    working.Clear(TickFloor(off.start), TickCeil(off.end));
  }
  return working;
}

bool IsOpen(const Catalogue& catalogue, absl::string_view practitioner, absl::string_view clinic,
            absl::Time start, absl::Time end) {
  const Practitioner* who = catalogue.FindPractitioner(practitioner);
  const Clinic* where = catalogue.FindClinic(clinic);
  return who != nullptr && where != nullptr && IsOpen(*who, *where, start, end);
}

bool IsOpen(const Practitioner& practitioner, const Clinic& clinic, absl::Time start,
            absl::Time end) {
  if (start >= end) return false;
  const Bits open = OpenTicks(practitioner, clinic, TickFloor(start), TickCeil(end));
  return open.AllSet(open.begin(), open.end());
}

Bits StartGrid(const Clinic& clinic, int step_minutes, Tick begin, Tick end) {
  Bits grid(begin, end);
  ForEachOffset(clinic.zone, begin, end, [&](Tick from, Tick to, int offset) {
    ForEachDate(clinic.zone, from, to, [&](absl::CivilDay date) {
      ForEachOpening(clinic, date, [&](DayRange range) {
        const Tick opens = TickCeil(InstantOf(date, range.start_minute, clinic.zone));
        const Tick closes = TickFloor(InstantOf(date, range.end_minute, clinic.zone));
        const Tick first = std::max(opens, from);
        const Tick last = std::min(closes, to);
        const int64_t since = first * kTickMinutes + offset - WallMinutes(date, range.start_minute);
        const int64_t over = ((since % step_minutes) + step_minutes) % step_minutes;
        const int64_t wait = over == 0 ? 0 : step_minutes - over;
        for (Tick at = first + wait / kTickMinutes; at < last; at += step_minutes / kTickMinutes) {
          grid.Set(at, at + 1);
        }
      });
    });
  });
  return grid;
}

Bits LocalWindow(const absl::TimeZone& zone, int from_minute, int until_minute, unsigned weekdays,
                 Tick begin, Tick end) {
  Bits window(begin, end);
  ForEachOffset(zone, begin, end, [&](Tick from, Tick to, int offset) {
    ForEachDate(zone, from, to, [&](absl::CivilDay date) {
      if ((weekdays >> WeekdayBit(date) & 1) == 0) return;
      const auto set = [&](int first, int last) {
        const int64_t midnight = WallMinutes(date, 0) - offset;
        window.Set(std::max(from, (midnight + first + kTickMinutes - 1) / kTickMinutes),
                   std::min(to, (midnight + last + kTickMinutes - 1) / kTickMinutes));
      };
      if (from_minute < until_minute) {
        set(from_minute, until_minute);
      } else {
        set(0, until_minute);
        set(from_minute, kDayMinutes);
      }
    });
  });
  return window;
}

Bits CredentialTicks(const Practitioner& practitioner, absl::string_view kind,
                     const absl::TimeZone& zone, Tick begin, Tick end) {
  Bits valid(begin, end);
  if (kind.empty()) valid.Set(begin, end);
  for (const Credential& credential : practitioner.credentials) {
    if (credential.kind != kind) continue;
    const Tick from = credential.valid_from.has_value()
                          ? TickCeil(InstantOf(*credential.valid_from, 0, zone))
                          : begin;
    const Tick to = credential.valid_until.has_value()
                        ? TickCeil(InstantOf(*credential.valid_until + 1, 0, zone))
                        : end;
    valid.Set(from, to);
  }
  return valid;
}

}  // namespace stillpoint::booking::domain

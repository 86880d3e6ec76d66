#include "services/booking/domain/slots_oracle.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace stillpoint::booking::domain {
namespace {

constexpr int64_t kDay = 24 * 60;

int64_t MinuteOf(absl::Time time) { return absl::ToUnixSeconds(time) / 60; }

int64_t FloorDiv(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

absl::CivilDay DateOf(int64_t day) { return absl::CivilDay(1970, 1, 1) + day; }

// By walking the calendar, not by arithmetic.
bool Counts(const WeeklyHours& hours, int64_t day) {
  const absl::CivilDay date = DateOf(day);
  if (absl::GetWeekday(date) != hours.weekday) return false;
  if (hours.valid_from.has_value() && date < *hours.valid_from) return false;
  if (hours.valid_until.has_value() && date > *hours.valid_until) return false;
  if (hours.weeks.every > 1) {
    absl::CivilDay monday = hours.weeks.anchor;
    while (absl::GetWeekday(monday) != absl::Weekday::monday) --monday;
    while (monday > date) monday -= 7 * hours.weeks.every;
    while (monday + 7 * hours.weeks.every <= date) monday += 7 * hours.weeks.every;
    if (date >= monday + 7) return false;
  }
  if (hours.weeks.of_month == 0) return true;
  int nth = 0;
  int count = 0;
  for (absl::CivilDay other(date.year(), date.month(), 1); other.month() == date.month(); ++other) {
    if (absl::GetWeekday(other) != hours.weekday) continue;
    ++count;
    if (other == date) nth = count;
  }
  return nth == (hours.weeks.of_month == kLastOfMonth ? count : hours.weeks.of_month);
}

bool IsHoliday(const Clinic& clinic, int64_t day) {
  return clinic.holidays != nullptr &&
         std::any_of(clinic.holidays->holidays.begin(), clinic.holidays->holidays.end(),
                     [&](const Holiday& holiday) { return holiday.date == DateOf(day); });
}

// The minutes of `day` at which ranges begin and end: those of `weekly` that count, unless one of
// `overrides` says otherwise. `none`: no weekly one counts.
std::vector<DayRange> RangesOf(int64_t day, const std::string& clinic,
                               const std::vector<WeeklyHours>& weekly,
                               const std::vector<DateOverride>& overrides, bool none) {
  std::vector<DayRange> ranges;
  for (const WeeklyHours& hours : weekly) {
    if (!none && Counts(hours, day)) ranges.push_back({hours.start_minute, hours.end_minute});
  }
  for (const DateOverride& other : overrides) {
    if (other.date != DateOf(day) || other.clinic != clinic) continue;
    if (other.kind != OverrideKind::kExtraHours) ranges.clear();
    ranges.insert(ranges.end(), other.ranges.begin(), other.ranges.end());
  }
  return ranges;
}

bool Covers(const std::vector<DayRange>& ranges, int64_t day, int64_t minute,
            const WallTable& table) {
  return std::any_of(ranges.begin(), ranges.end(), [&](const DayRange& range) {
    return table.First(day * kDay + range.start_minute) <= minute &&
           minute < table.First(day * kDay + range.end_minute);
  });
}

}  // namespace

const std::vector<DayRange>& HoursOracle::Openings(int64_t day) {
  const auto known = openings_.find(day);
  if (known != openings_.end()) return known->second;
  return openings_[day] = RangesOf(day, clinic_.id, clinic_.opening_hours, clinic_.overrides,
                                   IsHoliday(clinic_, day));
}

bool HoursOracle::IsOpen(int64_t minute) {
  const int64_t today = FloorDiv(table_.Wall(minute), kDay);
  for (int64_t day = today - 2; day <= today + 1; ++day) {
    if (Covers(Openings(day), day, minute, table_)) return true;
  }
  return false;
}

bool HoursOracle::Works(const Practitioner& who, int64_t minute) {
  const absl::Time begin = absl::FromUnixSeconds(minute * 60);
  for (const TimeOff& off : who.time_off) {
    if (off.start < begin + absl::Minutes(1) && off.end > begin) return false;
  }
  if (!IsOpen(minute)) return false;
  const int64_t today = FloorDiv(table_.Wall(minute), kDay);
  for (int64_t day = today - 2; day <= today + 1; ++day) {
    const auto [known, is_new] = shifts_.try_emplace({who.id, day});
    if (is_new) {
      std::vector<WeeklyHours> here;
      for (const WorkingHours& hours : who.hours) {
        if (hours.clinic == clinic_.id) here.push_back(hours.week);
      }
      known->second = RangesOf(day, clinic_.id, here, who.overrides, false);
    }
    if (Covers(known->second, day, minute, table_)) return true;
  }
  return false;
}

bool HoursOracle::OnGrid(int step_minutes, int64_t minute) {
  const int64_t today = FloorDiv(table_.Wall(minute), kDay);
  for (int64_t day = today - 2; day <= today; ++day) {
    for (const DayRange& range : Openings(day)) {
      const int64_t since = table_.Wall(minute) - (day * kDay + range.start_minute);
      if (since % step_minutes == 0 && Covers({range}, day, minute, table_)) return true;
    }
  }
  return false;
}

namespace {

// Everything about one start but the hours.
class Oracle {
 public:
  Oracle(const Catalogue& catalogue, const SlotQuery& query, const std::vector<TestClaim>& claims,
         absl::Time now)
      : catalogue_(catalogue),
        query_(query),
        claims_(claims),
        now_(now),
        offering_(*catalogue.FindOffering(query.offering)) {}

  // The clinic's own policy or the organization's, read from its versions one by one.
  const BookingPolicy* Policy(const std::string& clinic) const {
    const BookingPolicy* counts = nullptr;
    for (const std::string& owner : {std::string(), clinic}) {
      const auto versions = catalogue_.policies.find(owner);
      if (versions == catalogue_.policies.end()) continue;
      const BookingPolicy* newest = nullptr;
      for (const BookingPolicy& one : versions->second) {
        if (one.effective <= now_ && (newest == nullptr || one.version > newest->version)) {
          newest = &one;
        }
      }
      if (newest != nullptr && !newest->withdrawn) counts = newest;
    }
    return counts;
  }

  // Notice and horizon of the policy; `date` is the start's, in days since the epoch.
  bool PolicyAllows(const std::string& clinic, const WallTable& table, absl::Time start,
                    int64_t date) const {
    const BookingPolicy* policy = Policy(clinic);
    if (policy == nullptr) return true;
    if (start < now_ + absl::Minutes(policy->notice.minutes)) return false;
    if (policy->horizon_days > 0 && start > now_ + absl::Hours(24 * policy->horizon_days)) {
      return false;
    }
    if (policy->notice.day_before_minute == 0) return true;
    const int64_t cutoff = table.First((date - 1) * kDay + policy->notice.day_before_minute);
    return now_ < absl::FromUnixSeconds(cutoff * 60);
  }

  bool Allowed(const Practitioner& who, const std::string& clinic, const WallTable& table,
               int64_t minute) const {
    const absl::Time start = absl::FromUnixSeconds(minute * 60);
    const int64_t wall = table.Wall(minute);
    const int64_t of_day = wall - FloorDiv(wall, kDay) * kDay;
    const absl::CivilDay date = absl::CivilDay(1970, 1, 1) + FloorDiv(wall, kDay);
    const bool in_time = query_.from_minute < query_.until_minute
                             ? query_.from_minute <= of_day && of_day < query_.until_minute
                             : query_.from_minute <= of_day || of_day < query_.until_minute;
    const auto holds = [&](const std::string& kind) { return who.HasCredential(kind, date); };
    const auto& kinds = query_.credential_kinds;
    return in_time && (kinds.empty() || std::any_of(kinds.begin(), kinds.end(), holds)) &&
           (query_.weekdays >> static_cast<int>(absl::GetWeekday(date)) & 1) != 0 &&
           who.HasCredential(offering_.credential_kind, date) &&
           start - now_ >= absl::Minutes(offering_.notice_minutes) &&
           start - now_ <= absl::Hours(24 * offering_.horizon_days) &&
           PolicyAllows(clinic, table, start, FloorDiv(wall, kDay));
  }

  // The day limits of the policy, counted over the claims by their visits' local dates.
  bool DayHasRoom(const Practitioner& who, const std::string& clinic, const WallTable& table,
                  int64_t minute) const {
    const BookingPolicy* policy = Policy(clinic);
    if (policy == nullptr) return true;
    const int64_t day = FloorDiv(table.Wall(minute), kDay);
    int visits = 1;
    int64_t minutes = query_.length_minutes;
    for (const TestClaim& claim : claims_) {
      if (claim.resource != who.resource()) continue;
      if (FloorDiv(table.Wall(MinuteOf(claim.visit_start)), kDay) != day) continue;
      ++visits;
      minutes += MinuteOf(claim.visit_end) - MinuteOf(claim.visit_start);
    }
    const DayLimits& limits = policy->practitioner;
    return (limits.visits == 0 || visits <= limits.visits) &&
           (limits.minutes == 0 || minutes <= limits.minutes);
  }

  // The policy's break, minute by minute, on each local day that the visit and its buffers meet.
  bool BreakStays(const Practitioner& who, const std::string& clinic, const WallTable& table,
                  HoursOracle& hours, int64_t start) const {
    const BookingPolicy* policy = Policy(clinic);
    if (policy == nullptr || policy->meal_break.minutes == 0) return true;
    const MealBreak& rule = policy->meal_break;
    const int64_t from = start - offering_.buffer_before_minutes;
    const int64_t to = start + query_.length_minutes + offering_.buffer_after_minutes;
    const int64_t last = FloorDiv(table.Wall(to - 1), kDay);
    for (int64_t day = FloorDiv(table.Wall(from), kDay); day <= last; ++day) {
      const int64_t begin = table.First(day * kDay + rule.from_minute);
      const int64_t end = table.First(day * kDay + rule.until_minute);
      if (to <= begin || end <= from || end - begin < rule.minutes) continue;
      int64_t at_work = 0;
      for (int64_t at = table.First(day * kDay); at < table.First((day + 1) * kDay); ++at) {
        if (hours.Works(who, at)) ++at_work;
      }
      if (at_work <= rule.shift_minutes) continue;
      int64_t run = 0;
      int64_t longest = 0;
      for (int64_t at = begin; at < end; ++at) {
        const bool taken = (from <= at && at < to) || Busy(who.resource(), at, at + 1) ||
                           IsLead(who.resource(), at);
        run = taken ? 0 : run + 1;
        longest = std::max(longest, run);
      }
      if (longest < rule.minutes) return false;
    }
    return true;
  }

  bool IsLead(const std::string& resource, int64_t at) const {
    return std::any_of(claims_.begin(), claims_.end(), [&](const TestClaim& claim) {
      const int64_t end = MinuteOf(claim.start);
      return claim.resource == resource && end - absl::ToInt64Minutes(claim.lead) <= at && at < end;
    });
  }

  bool Busy(const std::string& resource, int64_t from, int64_t to) const {
    return std::any_of(claims_.begin(), claims_.end(), [&](const TestClaim& claim) {
      return claim.resource == resource && claim.start < absl::FromUnixSeconds(to * 60) &&
             claim.end > absl::FromUnixSeconds(from * 60);
    });
  }

  bool RoomAsked(const Room& room) const {
    const auto& kinds = query_.room_kinds;
    if (!kinds.empty() && std::count(kinds.begin(), kinds.end(), room.kind) == 0) return false;
    for (const std::string& feature : query_.room_features) {
      if (std::count(room.features.begin(), room.features.end(), feature) == 0) return false;
    }
    return true;
  }

  bool DeviceWillDo(const Device& device) const {
    if (device.archived) return false;
    if (!offering_.device_kind.empty() && device.kind != offering_.device_kind) return false;
    for (const std::string& feature : offering_.device_features) {
      if (std::count(device.features.begin(), device.features.end(), feature) == 0) return false;
    }
    return true;
  }

  // Null: none is free.
  const Device* FreeDevice(const Clinic& clinic, int64_t start) const {
    const Device* best = nullptr;
    for (const auto& [resource, device] : catalogue_.devices) {
      const int64_t end = start + query_.length_minutes + device.turnover_minutes;
      if (device.clinic != clinic.id || !DeviceWillDo(device) || Busy(resource, start, end))
        continue;
      if (best == nullptr || device.features.size() < best->features.size()) best = &device;
    }
    return best;
  }

  const Room* FreeRoom(const Clinic& clinic, int64_t start) const {
    const Room* best = nullptr;
    for (const Room* room : catalogue_.RoomsAt(clinic.id)) {
      const int64_t end = start + query_.length_minutes + room->turnover_minutes;
      if (!offering_.Suits(*room) || !RoomAsked(*room) || Busy(room->resource(), start, end))
        continue;
      if (best == nullptr || room->features.size() < best->features.size()) best = room;
    }
    return best;
  }

  bool FreeVisit(const Practitioner& who, const std::string& clinic, HoursOracle& hours,
                 int64_t start) const {
    const int64_t from = start - offering_.buffer_before_minutes;
    const int64_t to = start + query_.length_minutes + offering_.buffer_after_minutes;
    for (int64_t minute = from; minute < to; ++minute) {
      if (!hours.Works(who, minute)) return false;
    }
    return IsApart(who, clinic, start);
  }

  // The minutes that it takes to get there; 0: there is no way, or it is the same place.
  int64_t WayBetween(const std::string& here, const std::string& there) const {
    const auto ways = catalogue_.travel.find(here);
    if (ways == catalogue_.travel.end() || ways->second.count(there) == 0) return 0;
    return ways->second.at(there);
  }

  // Whether the visit is far enough from every other one of `who`: by the minute, none of its own
  // is also one that the other keeps from it, each with the way between the clinics around it.
  bool IsApart(const Practitioner& who, const std::string& clinic, int64_t start) const {
    const BookingPolicy* policy = Policy(clinic);
    const bool shares = policy != nullptr && policy->buffers == BufferPolicy::kMax;
    const int64_t end = start + query_.length_minutes;
    for (const TestClaim& other : claims_) {
      if (other.resource != who.resource()) continue;
      const int64_t way = WayBetween(other.clinic, clinic);
      const int64_t lead = absl::ToInt64Minutes(other.lead);
      const int64_t from = MinuteOf(other.start) - way;
      const int64_t to = MinuteOf(other.end) + way;
      const int64_t visit_from = MinuteOf(other.visit_start) - way;
      const int64_t visit_to = MinuteOf(other.visit_end) + way;
      for (int64_t at = start - offering_.buffer_before_minutes;
           at < end + offering_.buffer_after_minutes; ++at) {
        // The buffer before may lie over the other's buffer, but not over its visit.
        const bool over_buffer = shares && at < start;
        if (over_buffer ? visit_from <= at && at < visit_to : from <= at && at < to) return false;
        if (start <= at && at < end && from - lead <= at && at < from) return false;
      }
    }
    return true;
  }

 private:
  const Catalogue& catalogue_;
  const SlotQuery& query_;
  const std::vector<TestClaim>& claims_;
  const absl::Time now_;
  const Offering& offering_;
};

bool Meets(const SlotQuery& query, const Offering& offering, const Practitioner& who,
           const std::string& clinic) {
  const auto asked = [](const auto& list, const auto& value) {
    return list.empty() || std::count(list.begin(), list.end(), value) > 0;
  };
  const auto any = [&](const auto& list, const auto& values) {
    if (list.empty()) return true;
    for (const auto& value : values) {
      if (asked(list, value)) return true;
    }
    return false;
  };
  return asked(query.clinics, clinic) && asked(query.practitioners, who.id) &&
         any(query.styles, who.styles) && any(query.languages, who.languages) &&
         (query.gender == Gender::kUnspecified || query.gender == who.gender) &&
         asked(offering.clinics, clinic);
}

}  // namespace

std::vector<std::string> OracleSlots(const Catalogue& catalogue, const SlotQuery& query,
                                     const std::vector<TestClaim>& claims, absl::Time now,
                                     const std::map<std::string, const WallTable*>& tables) {
  std::vector<std::string> slots;
  const Offering& offering = *catalogue.FindOffering(query.offering);
  const Oracle oracle(catalogue, query, claims, now);
  std::map<std::string, HoursOracle> hours;
  for (const auto& [id, clinic] : catalogue.clinics) {
    hours.try_emplace(id, clinic, *tables.at(clinic.zone_name));
  }
  for (Tick tick = query.begin; tick < query.end; ++tick) {
    const int64_t minute = MinuteOf(TimeOf(tick));
    for (const auto& [id, who] : catalogue.practitioners) {
      for (const auto& [clinic_id, clinic] : catalogue.clinics) {
        const WallTable& table = *tables.at(clinic.zone_name);
        HoursOracle& here = hours.at(clinic_id);
        if (!Meets(query, offering, who, clinic_id) ||
            !here.OnGrid(offering.step_minutes, minute) ||
            !oracle.Allowed(who, clinic_id, table, minute) ||
            !oracle.DayHasRoom(who, clinic_id, table, minute) ||
            !oracle.FreeVisit(who, clinic_id, here, minute) ||
            !oracle.BreakStays(who, clinic_id, table, here, minute)) {
          continue;
        }
        const Room* room = oracle.FreeRoom(clinic, minute);
        if (room == nullptr) continue;
        std::string used;
        if (!offering.device_kind.empty() || !offering.device_features.empty()) {
          const Device* device = oracle.FreeDevice(clinic, minute);
          if (device == nullptr) continue;
          used = device->id;
        }
        slots.push_back(absl::StrCat(minute, " ", id, " ", clinic_id, " ", room->id, " ", used));
      }
    }
  }
  return slots;
}

}  // namespace stillpoint::booking::domain

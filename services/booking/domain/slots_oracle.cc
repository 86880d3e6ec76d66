#include "services/booking/domain/slots_oracle.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"

namespace stillpoint::booking::domain {
namespace {

constexpr int64_t kDay = 24 * 60;

int64_t MinuteOf(absl::Time time) { return absl::ToUnixSeconds(time) / 60; }

int64_t FloorDiv(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

bool InWeek(const WeeklyHours& hours, int64_t day, int64_t minute, const WallTable& table) {
  if (absl::GetWeekday(absl::CivilDay(1970, 1, 1) + day) != hours.weekday) return false;
  return table.First(day * kDay + hours.start_minute) <= minute &&
         minute < table.First(day * kDay + hours.end_minute);
}

// One question about one minute at a time; the answers are kept per minute because the oracle asks
// them for every start anew.
class Oracle {
 public:
  Oracle(const Catalogue& catalogue, const SlotQuery& query, const std::vector<TestClaim>& claims,
         absl::Time now)
      : catalogue_(catalogue),
        query_(query),
        claims_(claims),
        now_(now),
        offering_(*catalogue.FindOffering(query.offering)) {}

  bool Works(const Practitioner& who, const Clinic& clinic, const WallTable& table,
             int64_t minute) {
    const std::string key = absl::StrCat(who.id, " ", clinic.id, " ", minute);
    const auto known = works_.find(key);
    if (known != works_.end()) return known->second;
    return works_[key] = WorksUncached(who, clinic, table, minute);
  }

  bool OnGrid(const Clinic& clinic, const WallTable& table, int64_t minute) const {
    const int64_t today = FloorDiv(table.Wall(minute), kDay);
    for (int64_t day = today - 2; day <= today; ++day) {
      for (const WeeklyHours& hours : clinic.opening_hours) {
        const int64_t since = table.Wall(minute) - (day * kDay + hours.start_minute);
        if (since % offering_.step_minutes == 0 && InWeek(hours, day, minute, table)) return true;
      }
    }
    return false;
  }

  bool Allowed(const Practitioner& who, const WallTable& table, int64_t minute) const {
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
           start - now_ <= absl::Hours(24 * offering_.horizon_days);
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

  bool FreeVisit(const Practitioner& who, const Clinic& clinic, const WallTable& table,
                 int64_t start) {
    const int64_t from = start - offering_.buffer_before_minutes;
    const int64_t to = start + query_.length_minutes + offering_.buffer_after_minutes;
    for (int64_t minute = from; minute < to; ++minute) {
      if (!Works(who, clinic, table, minute)) return false;
    }
    return !Busy(who.resource(), from, to);
  }

 private:
  bool WorksUncached(const Practitioner& who, const Clinic& clinic, const WallTable& table,
                     int64_t minute) const {
    bool working = false;
    bool open = false;
    const int64_t today = FloorDiv(table.Wall(minute), kDay);
    for (int64_t day = today - 2; day <= today + 1; ++day) {
      const absl::CivilDay date = absl::CivilDay(1970, 1, 1) + day;
      for (const WorkingHours& hours : who.hours) {
        working =
            working ||
            (hours.clinic == clinic.id && date >= hours.valid_from.value_or(date) &&
             date <= hours.valid_until.value_or(date) && InWeek(hours.week, day, minute, table));
      }
      for (const WeeklyHours& hours : clinic.opening_hours) {
        open = open || InWeek(hours, day, minute, table);
      }
    }
    const absl::Time begin = absl::FromUnixSeconds(minute * 60);
    for (const TimeOff& off : who.time_off) {
      if (off.start < begin + absl::Minutes(1) && off.end > begin) return false;
    }
    return working && open;
  }

  const Catalogue& catalogue_;
  const SlotQuery& query_;
  const std::vector<TestClaim>& claims_;
  const absl::Time now_;
  const Offering& offering_;
  std::map<std::string, bool> works_;
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
  Oracle oracle(catalogue, query, claims, now);
  for (Tick tick = query.begin; tick < query.end; ++tick) {
    const int64_t minute = MinuteOf(TimeOf(tick));
    for (const auto& [id, who] : catalogue.practitioners) {
      for (const auto& [clinic_id, clinic] : catalogue.clinics) {
        const WallTable& table = *tables.at(clinic.zone_name);
        if (!Meets(query, offering, who, clinic_id) || !oracle.OnGrid(clinic, table, minute) ||
            !oracle.Allowed(who, table, minute) || !oracle.FreeVisit(who, clinic, table, minute)) {
          continue;
        }
        const Room* room = oracle.FreeRoom(clinic, minute);
        if (room != nullptr) {
          slots.push_back(absl::StrCat(minute, " ", id, " ", clinic_id, " ", room->id));
        }
      }
    }
  }
  return slots;
}

}  // namespace stillpoint::booking::domain

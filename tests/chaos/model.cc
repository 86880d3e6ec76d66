#include "tests/chaos/model.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace stillpoint::chaos {
namespace {

constexpr int kGrid = 5;

bool IsListed(const std::vector<std::string>& asked, const std::string& id) {
  return asked.empty() || std::find(asked.begin(), asked.end(), id) != asked.end();
}

bool Includes(const std::optional<int64_t>& from, const std::optional<int64_t>& until,
              int64_t day) {
  return (!from.has_value() || *from <= day) && (!until.has_value() || day <= *until);
}

bool HasShiftsAt(const Person& person, const std::string& clinic) {
  return std::any_of(person.shifts.begin(), person.shifts.end(),
                     [&](const Shift& shift) { return shift.clinic == clinic; });
}

}  // namespace

WallClock::WallClock(const std::string& zone, Minute begin, Minute end) : begin_(begin) {
  absl::TimeZone loaded;
  if (!absl::LoadTimeZone(zone, &loaded)) std::abort();
  for (Minute minute = begin; minute < end; ++minute) {
    const int64_t wall = minute + loaded.At(absl::FromUnixSeconds(minute * 60)).offset / 60;
    wall_.push_back(wall);
    if (instants_.empty()) first_wall_ = wall;
    const int64_t next = first_wall_ + static_cast<int64_t>(instants_.size());
    // What the clock skips is moved forward by as much; what it shows again has its first time.
    for (int64_t skipped = next; skipped < wall; ++skipped) {
      instants_.push_back(minute + skipped - next);
    }
    if (wall >= next) instants_.push_back(minute);
  }
}

std::string TextOf(Minute minute) {
  return absl::FormatTime("%m-%d %H:%MZ", absl::FromUnixSeconds(minute * 60), absl::UTCTimeZone());
}

std::string NameOf(State state) {
  static const char* const kNames[] = {"HELD",       "CONFIRMED", "CHECKED_IN",
                                       "IN_SESSION", "COMPLETED", "RELEASED",
                                       "EXPIRED",    "CANCELLED", "NO_SHOW"};
  return kNames[static_cast<int>(state)];
}

std::string Model::RoomKey(const std::string& clinic, const std::string& room) {
  return absl::StrCat(clinic, "/", room);
}

std::string Model::DeviceKey(const std::string& clinic, const std::string& device) {
  return absl::StrCat(clinic, "/devices/", device);
}

const WallClock& Model::Clock(const std::string& clinic) {
  const std::string& zone = clinics.at(clinic).zone;
  auto& clock = clocks_[zone];
  if (clock == nullptr) clock = std::make_unique<WallClock>(zone, begin_, end_);
  return *clock;
}

Model::Minutes& Model::Busy(const std::string& resource) {
  Minutes& minutes = busy_[resource];
  if (minutes.empty()) minutes.assign(static_cast<size_t>(end_ - begin_), -1);
  return minutes;
}

bool Model::RanOut(const Visit& visit) const {
  return visit.state == State::kHeld && visit.expires_us <= now_us;
}

bool Model::IsLive(const Visit& visit) const {
  return visit.state != State::kReleased && visit.state != State::kExpired &&
         visit.state != State::kCancelled && !RanOut(visit);
}

bool Model::IsTaken(const std::string& resource, Minute from, Minute to, int own) {
  const Minutes& minutes = Busy(resource);
  for (Minute minute = from; minute < to; ++minute) {
    const int visit = minutes[static_cast<size_t>(minute - begin_)];
    if (visit >= 0 && visit != own && IsLive(visits[static_cast<size_t>(visit)])) return true;
  }
  return false;
}

bool Model::IsApart(const std::string& person, const std::string& clinic, const Offering& offering,
                    Minute start, int length, int way_minutes, int own, bool beside) {
  const auto between = [](int after, int before, bool longer) {
    return longer ? std::max(after, before) : after + before;
  };
  const bool longer = PolicyNow(clinic).longer_buffer;
  for (int i = 0; i < static_cast<int>(visits.size()); ++i) {
    const Visit& other = visits[static_cast<size_t>(i)];
    if (i == own || other.person != person || !IsLive(other)) continue;
    if (beside && other.clinic == clinic) continue;
    const int far = other.clinic == clinic ? 0 : way_minutes;
    const int then = between(other.after, offering.before, longer) + far;
    const int first = between(offering.after, other.before, other.longer_buffer) + far;
    if (start < other.start + other.length + then && other.start < start + length + first) {
      return false;
    }
  }
  return true;
}

void Model::Occupy(int index) {
  const Visit& visit = visits[static_cast<size_t>(index)];
  const auto write = [&](const std::string& resource, Minute from, Minute to) {
    Minutes& minutes = Busy(resource);
    for (Minute minute = from; minute < to; ++minute) {
      minutes[static_cast<size_t>(minute - begin_)] = index;
    }
  };
  const Minute end = visit.start + visit.length;
  write(RoomKey(visit.clinic, visit.room), visit.start, end + visit.turnover);
  if (visit.device.empty()) return;
  write(DeviceKey(visit.clinic, visit.device), visit.start, end + visit.device_turnover);
}

void Model::Free(int index) {
  const Visit& visit = visits[static_cast<size_t>(index)];
  for (const std::string& resource :
       {RoomKey(visit.clinic, visit.room), DeviceKey(visit.clinic, visit.device)}) {
    std::replace(Busy(resource).begin(), Busy(resource).end(), index, -1);
  }
}

void Model::AddHours(const WallClock& clock, const Weekly& week, int64_t day,
                     std::vector<bool>& open) {
  if (WeekdayOf(day) != week.day) return;
  const Minute to = clock.InstantOf(day * kDayMinutes + week.end);
  for (Minute at = clock.InstantOf(day * kDayMinutes + week.start); at < to; ++at) {
    open[static_cast<size_t>(at - begin_)] = true;
  }
}

const std::vector<bool>& Model::Open(const Person& person, const std::string& clinic) {
  std::vector<bool>& open = open_[{person.id, clinic}];
  if (!open.empty()) return open;
  const WallClock& clock = Clock(clinic);
  std::vector<bool> at_work(static_cast<size_t>(end_ - begin_));
  open = at_work;
  // The outermost days are left out, so that all of a range lies in what the model knows.
  for (int64_t day = clock.first_day() + 1; day + 2 < clock.last_day(); ++day) {
    for (const Weekly& week : clinics.at(clinic).opening) AddHours(clock, week, day, open);
    for (const Shift& shift : person.shifts) {
      if (shift.clinic == clinic && Includes(shift.from, shift.until, day)) {
        AddHours(clock, shift.week, day, at_work);
      }
    }
  }
  for (size_t i = 0; i < open.size(); ++i) {
    const Minute minute = begin_ + static_cast<Minute>(i);
    const bool off = std::any_of(person.off.begin(), person.off.end(), [&](const auto& entry) {
      return entry.second.first <= minute && minute < entry.second.second;
    });
    open[i] = open[i] && at_work[i] && !off;
  }
  return open;
}

bool Model::IsAtWork(const Person& person, const std::string& clinic, Minute from, Minute to) {
  const std::vector<bool>& open = Open(person, clinic);
  for (Minute minute = from; minute < to; ++minute) {
    if (!open[static_cast<size_t>(minute - begin_)]) return false;
  }
  return true;
}

bool Model::IsLicensed(const Person& person, const std::string& kind, int64_t day) const {
  return kind.empty() ||
         std::any_of(person.licences.begin(), person.licences.end(), [&](const Licence& held) {
           return held.kind == kind && Includes(held.from, held.until, day);
         });
}

bool Model::Suits(const Offering& offering, const Room& room) const {
  return (offering.room_kind.empty() || offering.room_kind == room.kind) &&
         std::includes(room.features.begin(), room.features.end(), offering.features.begin(),
                       offering.features.end());
}

bool Model::Suits(const Offering& offering, const Device& device) const {
  return !device.archived &&
         (offering.device_kind.empty() || offering.device_kind == device.kind) &&
         std::includes(device.features.begin(), device.features.end(),
                       offering.device_features.begin(), offering.device_features.end());
}

bool Model::IsOffered(const Offering& offering, const std::string& clinic) const {
  return IsListed(offering.clinics, clinic);
}

bool Model::HasRoom(const Offering& offering, const std::string& clinic, const std::string& room,
                    Minute start, int length, int own) {
  return std::any_of(rooms.begin(), rooms.end(), [&](const auto& entry) {
    const Room& one = entry.second;
    return one.clinic == clinic && (room.empty() || one.id == room) && Suits(offering, one) &&
           !IsTaken(entry.first, start, start + length + one.turnover, own);
  });
}

bool Model::HasDevice(const Offering& offering, const std::string& clinic,
                      const std::string& device, Minute start, int length, int own) {
  if (!NeedsDevice(offering)) return device.empty();
  return std::any_of(devices.begin(), devices.end(), [&](const auto& entry) {
    const Device& one = entry.second;
    return one.clinic == clinic && (device.empty() || one.id == device) && Suits(offering, one) &&
           !IsTaken(entry.first, start, start + length + one.turnover, own);
  });
}

std::set<std::string> Model::Refusals(const Wanted& wanted, int own) {
  if (clinics.count(wanted.clinic) == 0 || offerings.count(wanted.offering) == 0 ||
      (!wanted.person.empty() && people.count(wanted.person) == 0) ||
      (!wanted.room.empty() && rooms.count(RoomKey(wanted.clinic, wanted.room)) == 0)) {
    // Whatever else is wrong with such a request may be said first.
    return {"REFERENCE_UNKNOWN",    "INVALID_FIELD",   "OFF_GRID",
            "OFFERING_UNAVAILABLE", "ROOM_UNSUITABLE", "DEVICE_UNSUITABLE"};
  }
  const Offering& offering = offerings.at(wanted.offering);
  const int64_t start_us = wanted.start * kMinuteMicros + wanted.off_grid_seconds * 1'000'000;
  std::set<std::string> reasons = LeadTime(offering, wanted.clinic, start_us);
  std::set<std::string> malformed;
  if (std::find(offering.lengths.begin(), offering.lengths.end(), wanted.length) ==
      offering.lengths.end()) {
    malformed.insert("INVALID_FIELD");
  }
  if (wanted.off_grid_seconds != 0 || wanted.start % kGrid != 0) malformed.insert("OFF_GRID");
  if (!malformed.empty()) return malformed;
  if (!IsOffered(offering, wanted.clinic) || (wanted.online && !offering.online)) {
    reasons.insert("OFFERING_UNAVAILABLE");
  }
  if (wanted.online && !IsOnStep(clinics.at(wanted.clinic), offering.step, wanted.start)) {
    reasons.insert("OFF_STEP");
  }
  bool suits = false;
  bool has_room = false;
  for (const auto& [key, room] : rooms) {
    if (room.clinic != wanted.clinic || !Suits(offering, room)) continue;
    if (!wanted.room.empty() && wanted.room != room.id) continue;
    suits = true;
    has_room |= !IsTaken(key, wanted.start, wanted.start + wanted.length + room.turnover, own);
  }
  if (!suits) reasons.insert("ROOM_UNSUITABLE");
  if (NeedsDevice(offering)) {
    const bool has_any = std::any_of(devices.begin(), devices.end(), [&](const auto& entry) {
      return entry.second.clinic == wanted.clinic && Suits(offering, entry.second);
    });
    if (!has_any) {
      reasons.insert("DEVICE_UNSUITABLE");
    } else if (!HasDevice(offering, wanted.clinic, "", wanted.start, wanted.length, own)) {
      reasons.insert("SLOT_TAKEN");
    }
  }
  bool has_anybody = false;
  bool licensed = false;
  bool works = false;
  bool has_person = false;
  bool is_full = false;
  bool has_break = false;
  bool is_away = false;
  const Minute from = wanted.start - offering.before;
  const Minute to = wanted.start + wanted.length + offering.after;
  for (const auto& [id, person] : people) {
    if (wanted.person.empty() ? !HasShiftsAt(person, wanted.clinic) : wanted.person != id) continue;
    has_anybody = true;
    if (!IsLicensed(person, offering.licence, Clock(wanted.clinic).Day(wanted.start))) continue;
    licensed = true;
    if (!IsAtWork(person, wanted.clinic, from, to)) continue;
    works = true;
    const bool beside = wanted.beside && wanted.person == id;
    if (!IsApart(id, wanted.clinic, offering, wanted.start, wanted.length, 0, own, beside)) {
      continue;
    }
    if (!IsApart(id, wanted.clinic, offering, wanted.start, wanted.length, way, own, beside)) {
      is_away = true;
      continue;
    }
    const bool day_has_room = DayHasRoom(id, wanted.clinic, wanted.start, wanted.length, own);
    const bool break_stays = BreakStays(person, wanted.clinic, from, to, own);
    (!day_has_room ? is_full : !break_stays ? has_break : has_person) = true;
  }
  if (has_anybody && !licensed) reasons.insert("PRACTITIONER_UNQUALIFIED");
  if (!has_anybody || (licensed && !works)) reasons.insert("OUTSIDE_HOURS");
  const bool has_rule = is_full || has_break || is_away;
  if (has_rule && !has_person) {
    reasons.insert(is_full     ? "PRACTITIONER_DAY_FULL"
                   : has_break ? "PRACTITIONER_BREAK"
                               : "PRACTITIONER_TRAVELS");
  }
  if ((works && !has_person && !has_rule) || (suits && !has_room)) reasons.insert("SLOT_TAKEN");
  return reasons;
}

bool Model::HasPerson(const Wanted& wanted, int own) {
  const Offering& offering = offerings.at(wanted.offering);
  const Minute from = wanted.start - offering.before;
  const Minute to = wanted.start + wanted.length + offering.after;
  return std::any_of(people.begin(), people.end(), [&](const auto& entry) {
    const Person& person = entry.second;
    return (wanted.person.empty() || wanted.person == person.id) &&
           IsLicensed(person, offering.licence, Clock(wanted.clinic).Day(wanted.start)) &&
           IsAtWork(person, wanted.clinic, from, to) &&
           IsApart(person.id, wanted.clinic, offering, wanted.start, wanted.length, way, own,
                   wanted.beside && wanted.person == person.id) &&
           DayHasRoom(person.id, wanted.clinic, wanted.start, wanted.length, own) &&
           BreakStays(person, wanted.clinic, from, to, own);
  });
}

bool Model::CanHave(const Wanted& wanted, const std::string& person, const std::string& room,
                    const std::string& device, int own) {
  Wanted exactly = wanted;
  exactly.person = person;
  exactly.room = room;
  exactly.beside = wanted.beside && wanted.person == person;
  return (wanted.person.empty() || wanted.person == person) &&
         (wanted.room.empty() || wanted.room == room) && Refusals(exactly, own).empty() &&
         NeedsDevice(offerings.at(wanted.offering)) != device.empty() &&
         HasDevice(offerings.at(wanted.offering), wanted.clinic, device, wanted.start,
                   wanted.length, own);
}

bool Model::IsOnStep(const Clinic& clinic, int step, Minute start) {
  const WallClock& clock = Clock(clinic.id);
  // An opening of the day before may reach past midnight.
  for (int64_t day = clock.Day(start) - 2; day <= clock.Day(start); ++day) {
    for (const Weekly& week : clinic.opening) {
      if (WeekdayOf(day) != week.day) continue;
      const int64_t nominal = day * kDayMinutes + week.start;
      if (start < clock.InstantOf(nominal)) continue;
      if (start >= clock.InstantOf(day * kDayMinutes + week.end)) continue;
      const int64_t since = clock.Wall(start) - nominal;
      if (((since % step) + step) % step == 0) return true;
    }
  }
  return false;
}

bool Model::AskedFor(const Query& query, const Clinic& clinic, Minute start) {
  const int64_t wall = Clock(clinic.id).Wall(start);
  const int time = static_cast<int>(wall % kDayMinutes);
  const bool inside = query.from < query.until ? query.from <= time && time < query.until
                                               : time >= query.from || time < query.until;
  return inside && (query.weekdays >> WeekdayOf(wall / kDayMinutes) & 1) != 0;
}

bool Model::IsFree(const Query& query, const FreeTime& time) {
  const Offering& offering = offerings.at(query.offering);
  const Clinic& clinic = clinics.at(time.clinic);
  const Person& person = people.at(time.person);
  const Minute from = time.start - offering.before;
  const Minute to = time.start + query.length + offering.after;
  return time.start >= query.begin && time.start < query.end && time.start % kGrid == 0 &&
         IsListed(query.clinics, time.clinic) && IsListed(query.people, time.person) &&
         IsOffered(offering, time.clinic) && IsAtWork(person, time.clinic, from, to) &&
         LeadTime(offering, time.clinic, time.start * kMinuteMicros).empty() &&
         IsOnStep(clinic, offering.step, time.start) && AskedFor(query, clinic, time.start) &&
         IsApart(time.person, time.clinic, offering, time.start, query.length, way, -1) &&
         DayHasRoom(time.person, time.clinic, time.start, query.length, -1) &&
         BreakStays(person, time.clinic, from, to, -1) &&
         IsLicensed(person, offering.licence, Clock(time.clinic).Day(time.start)) &&
         HasRoom(offering, time.clinic, query.room, time.start, query.length, -1) &&
         HasDevice(offering, time.clinic, "", time.start, query.length, -1);
}

std::vector<FreeTime> Model::Search(const Query& query) {
  std::vector<FreeTime> found;
  for (Minute start = query.begin; start < query.end; ++start) {
    if (start % kGrid != 0) continue;
    for (const auto& [person, unused_person] : people) {
      for (const auto& [clinic, unused_clinic] : clinics) {
        const FreeTime time{.start = start, .person = person, .clinic = clinic};
        if (IsFree(query, time)) found.push_back(time);
      }
    }
  }
  return found;
}

}  // namespace stillpoint::chaos

#include "services/booking/domain/slots.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "services/booking/domain/booking.h"
#include "services/booking/domain/hours.h"
#include "services/booking/domain/meal_break.h"
#include "services/booking/domain/rooms.h"
#include "services/booking/domain/start_bounds.h"
#include "services/booking/domain/travel.h"

namespace stillpoint::booking::domain {
namespace {

// No local day is longer, nor do zones differ by more.
constexpr Tick kLocalDayTicksMax = 26 * 60 / kTickMinutes;

// Of kClaimMax.
const Tick kClaimTicksMax = kClaimMax / absl::Minutes(kTickMinutes);

int TicksOf(int minutes) { return (minutes + kTickMinutes - 1) / kTickMinutes; }

Tick WayTicks(const Place& place) { return TickCeil(absl::UnixEpoch() + LongestWay(place.ways)); }

template <typename T>
bool Asked(const std::vector<T>& wanted, const T& value) {
  return wanted.empty() || std::find(wanted.begin(), wanted.end(), value) != wanted.end();
}

template <typename T>
bool AnyAsked(const std::vector<T>& wanted, const std::vector<T>& has) {
  return wanted.empty() || std::any_of(has.begin(), has.end(), [&](const T& value) {
           return std::find(wanted.begin(), wanted.end(), value) != wanted.end();
         });
}

bool RoomAsked(const SlotQuery& query, const Room& room) {
  const auto has = [&](const std::string& feature) {
    return std::binary_search(room.features.begin(), room.features.end(), feature);
  };
  return (query.room.empty() || query.room == room.id) && Asked(query.room_kinds, room.kind) &&
         std::all_of(query.room_features.begin(), query.room_features.end(), has);
}

// True if one credential of `kind` plainly covers the whole window: the usual case, which spares
// the conversion of dates. A day's margin at each end makes the clinic's zone irrelevant.
bool CoveredThroughout(const Practitioner& practitioner, absl::string_view kind, Tick begin,
                       Tick end) {
  if (kind.empty()) return true;
  const absl::CivilDay first = absl::ToCivilDay(TimeOf(begin), absl::UTCTimeZone()) - 1;
  const absl::CivilDay last = absl::ToCivilDay(TimeOf(end), absl::UTCTimeZone()) + 1;
  return std::any_of(practitioner.credentials.begin(), practitioner.credentials.end(),
                     [&](const Credential& held) {
                       return held.kind == kind && held.valid_from.value_or(first) <= first &&
                              held.valid_until.value_or(last) >= last;
                     });
}

// Where a credential of one of the kinds that the query asks for holds.
Bits AskedCredentialTicks(const SlotQuery& query, const Candidate& candidate) {
  Bits valid(query.begin, query.end);
  for (const std::string& kind : query.credential_kinds) {
    valid.Or(CredentialTicks(*candidate.practitioner, kind, candidate.clinic->zone, query.begin,
                             query.end));
  }
  return valid;
}

// The starts that the query and the clinic's grid allow, whoever gives the visit and wherever.
Bits AllowedAt(const SlotQuery& query, Tick latest, const Place& place) {
  Bits allowed(query.begin, query.end);
  allowed.Or(place.grid);
  allowed.Clear(allowed.begin(), place.earliest);
  allowed.Clear(latest + 1, allowed.end());
  if (query.weekdays != kEveryWeekday || query.from_minute != 0 || query.until_minute != 24 * 60) {
    allowed.And(LocalWindow(place.clinic->zone, query.from_minute, query.until_minute,
                            query.weekdays, query.begin, query.end));
  }
  return allowed;
}

// The local days at a clinic that meet [begin, end): where each begins, and where the last one
// ends.
std::vector<Tick> DaysOf(const absl::TimeZone& zone, Tick begin, Tick end) {
  std::vector<Tick> days;
  for (absl::CivilDay day = absl::ToCivilDay(TimeOf(begin), zone);; ++day) {
    days.push_back(TickFloor(absl::FromCivil(day, zone)));
    if (days.back() >= end) return days;
  }
}

// Takes out the starts whose visit would lie in another's lead, or whose own lead, if it has one,
// would not be free of visits.
void KeepLeads(int lead, int visit_ticks, Candidate& candidate) {
  candidate.for_visit.KeepRuns(visit_ticks);
  candidate.starts.And(candidate.for_visit);
  if (lead == 0) return;
  candidate.for_lead.KeepRuns(lead);
  candidate.starts.AndEarlier(candidate.for_lead, lead);
}

// Takes out the days on which the practitioner has as much already as `limits` allow.
void KeepWithin(const DayLimits& limits, const std::vector<Tick>& days, int visit_ticks,
                Candidate& candidate) {
  struct Day {
    int visits = 0;
    Tick ticks = 0;
  };
  std::vector<Day> have(days.size());  // The last is beyond the window.
  for (const VisitSpan& visit : candidate.visits) {
    const auto next = std::upper_bound(days.begin(), days.end(), visit.begin);
    if (next == days.begin()) continue;
    Day& day = have[static_cast<size_t>(next - days.begin()) - 1];
    ++day.visits;
    day.ticks += visit.length;
  }
  for (size_t i = 0; i + 1 < days.size(); ++i) {
    if (!limits.AllowOneMore(have[i].visits, have[i].ticks * kTickMinutes,
                             visit_ticks * kTickMinutes)) {
      candidate.starts.Clear(days[i], days[i + 1]);
    }
  }
}

// Of each place, where a policy keeps breaks; empty where none does.
std::vector<std::vector<MealWindow>> WindowsOf(const SlotPlan& plan, absl::Time now, Tick begin,
                                               Tick end) {
  std::vector<std::vector<MealWindow>> windows;
  if (!plan.keeps_breaks || begin >= end) return windows;
  windows.resize(plan.places.size());
  for (size_t i = 0; i < windows.size(); ++i) {
    const Clinic& clinic = *plan.places[i].clinic;
    const BookingPolicy* policy = plan.catalogue->PolicyAt(clinic.id, now);
    if (policy == nullptr || !policy->meal_break.IsRule()) continue;
    windows[i] = MealWindows(policy->meal_break, clinic.zone, begin, end);
  }
  return windows;
}

// The starts from which one of the devices is free throughout.
Bits DeviceStarts(const SlotQuery& query, int visit_ticks, const Place& place) {
  Bits starts(query.begin, query.end);
  for (size_t i = 0; i < place.device_free.size(); ++i) {
    Bits fits = place.device_free[i];
    fits.KeepRuns(visit_ticks + TicksOf(place.devices[i]->turnover_minutes));
    starts.Or(fits);
  }
  return starts;
}

// The first of those known that is free from `start` on for `ticks` and its turnover; T: Room or
// Device. FindRooms and FindPeople have seen to it that a free start has one.
template <typename T>
const T* FirstFree(const std::vector<const T*>& all, const std::vector<Bits>& free, Tick start,
                   int ticks) {
  for (size_t i = 0; i < free.size(); ++i) {
    const Tick end = start + ticks + TicksOf(all[i]->turnover_minutes);
    if (free[i].AllSet(start, end)) return all[i];
  }
  return nullptr;
}

const Room* RoomFor(const Place& place, Tick start, int ticks) {
  return FirstFree(place.rooms, place.free, start, ticks);
}

const Device* DeviceFor(const Place& place, Tick start, int ticks) {
  return FirstFree(place.devices, place.device_free, start, ticks);
}

}  // namespace

SlotPlan MakePlan(const Catalogue& catalogue, const SlotQuery& query) {
  std::vector<const Room*> rooms;
  return MakePlan(catalogue, query,
                  [&](const Offering& offering, const Clinic& clinic) -> decltype(auto) {
                    rooms = SuitableRooms(catalogue, offering, clinic);
                    return std::as_const(rooms);
                  });
}

SlotPlan MakePlan(const Catalogue& catalogue, const SlotQuery& query, RoomLookup rooms_of) {
  SlotPlan plan;
  plan.catalogue = &catalogue;
  plan.offering = catalogue.FindOffering(query.offering);
  if (plan.offering == nullptr || !plan.offering->HasVariant(query.length_minutes)) return plan;
  int turnover = 0;
  for (const auto& [id, clinic] : catalogue.clinics) {
    if (!Asked(query.clinics, id) || !plan.offering->IsOfferedAt(id)) continue;
    std::vector<const Room*> rooms = rooms_of(*plan.offering, clinic);
    std::erase_if(rooms, [&](const Room* room) { return !RoomAsked(query, *room); });
    std::vector<const Device*> devices = SuitableDevices(catalogue, *plan.offering, clinic);
    if (rooms.empty() || (plan.offering->NeedsDevice() && devices.empty())) continue;
    // As a booking would: the usual room of the one asked for is the likeliest to be free.
    if (query.practitioners.size() == 1) {
      const size_t usual = UsualRoomOf(catalogue, query.practitioners.front());
      SpreadRooms(rooms, usual);
      SpreadDevices(devices, usual);
    }
    for (const Room* room : rooms) turnover = std::max(turnover, room->turnover_minutes);
    for (const Device* device : devices) turnover = std::max(turnover, device->turnover_minutes);
    plan.places.push_back(
        {.clinic = &clinic, .rooms = std::move(rooms), .devices = std::move(devices)});
    plan.places.back().ways = catalogue.WaysFrom(id);
  }
  for (const auto& [id, practitioner] : catalogue.practitioners) {
    if (!Asked(query.practitioners, id) || !AnyAsked(query.styles, practitioner.styles) ||
        !AnyAsked(query.languages, practitioner.languages) ||
        (query.gender != Gender::kUnspecified && query.gender != practitioner.gender)) {
      continue;
    }
    for (size_t place = 0; place < plan.places.size(); ++place) {
      const Clinic& clinic = *plan.places[place].clinic;
      if (!practitioner.WorksAt(clinic.id)) continue;
      plan.candidates.push_back({.practitioner = &practitioner,
                                 .clinic = &clinic,
                                 .place = place,
                                 .free = {},
                                 .starts = {}});
    }
  }
  // Where nobody works, rooms and devices need not be looked at.
  std::vector<bool> used(plan.places.size());
  for (const Candidate& candidate : plan.candidates) used[candidate.place] = true;
  for (size_t place = 0; place < plan.places.size(); ++place) {
    if (used[place]) continue;
    plan.places[place].rooms.clear();
    plan.places[place].devices.clear();
  }
  plan.visit_ticks = TicksOf(query.length_minutes);
  plan.facts_begin = query.begin - TicksOf(plan.offering->buffer_before_minutes);
  plan.facts_end = query.end + TicksOf(query.length_minutes) +
                   TicksOf(std::max(turnover, plan.offering->buffer_after_minutes));
  plan.limits_days = catalogue.limits_days();
  plan.keeps_breaks = catalogue.keeps_breaks();
  if (plan.limits_days || plan.keeps_breaks) {  // Whole days, whatever the zone.
    plan.facts_begin -= kLocalDayTicksMax;
    plan.facts_end += kLocalDayTicksMax;
  }
  // Whatever ends on its way here, or begins after one, or after its lead, is told by the month in
  // which it begins.
  Tick way = 0;
  for (const Place& place : plan.places) way = std::max(way, WayTicks(place));
  plan.has_leads = catalogue.has_leads();
  if (way > 0 || plan.has_leads) {
    plan.facts_begin -= kClaimTicksMax + way;
    plan.facts_end += kClaimTicksMax + way;
  }
  if (query.gaps) {
    plan.facts_begin -= kGapTicksMax;
    plan.facts_end += kGapTicksMax;
  }
  return plan;
}

void FindPeople(const SlotQuery& query, absl::Time now, SlotPlan& plan) {
  if (plan.offering == nullptr) return;
  const Offering& offering = *plan.offering;
  const int before = TicksOf(offering.buffer_before_minutes);
  const int after = TicksOf(offering.buffer_after_minutes);
  std::vector<Bits> allowed;
  allowed.reserve(plan.places.size());
  std::vector<std::vector<Tick>> days(plan.places.size());  // Of each place, where they matter.
  for (size_t i = 0; plan.limits_days && i < plan.places.size(); ++i) {
    days[i] = DaysOf(plan.places[i].clinic->zone, query.begin, query.end);
  }
  const std::vector<std::vector<MealWindow>> windows =
      WindowsOf(plan, now, query.begin - before, query.end + plan.visit_ticks + after);
  for (Place& place : plan.places) {
    const StartBounds bounds = BoundsOf(*plan.catalogue, *place.clinic, offering, now);
    place.earliest = TickCeil(bounds.earliest);
    if (plan.has_leads) place.buffers = plan.catalogue->BuffersAt(place.clinic->id, now);
    allowed.push_back(AllowedAt(query, TickFloor(bounds.latest), place));
    if (offering.NeedsDevice()) {
      allowed.back().And(DeviceStarts(query, plan.visit_ticks, place));
    }
    place.roomless = Bits(query.begin, query.end);
    place.tried = 0;
  }
  for (Candidate& candidate : plan.candidates) {
    candidate.starts = allowed[candidate.place];
    const int lead = plan.places[candidate.place].buffers == BufferPolicy::kMax ? before : 0;
    candidate.free.KeepRuns(before - lead + plan.visit_ticks + after);
    // A run that begins `before` earlier than the start holds the buffers and the visit.
    candidate.starts.AndEarlier(candidate.free, before - lead);
    if (plan.has_leads) KeepLeads(lead, plan.visit_ticks, candidate);
    if (!CoveredThroughout(*candidate.practitioner, offering.credential_kind, query.begin,
                           query.end)) {
      candidate.starts.And(CredentialTicks(*candidate.practitioner, offering.credential_kind,
                                           candidate.clinic->zone, query.begin, query.end));
    }
    if (!query.credential_kinds.empty()) {
      candidate.starts.And(AskedCredentialTicks(query, candidate));
    }
    if (plan.limits_days) {
      const Place& place = plan.places[candidate.place];
      const BookingPolicy* policy = plan.catalogue->PolicyAt(place.clinic->id, now);
      if (policy != nullptr && policy->practitioner.IsRule()) {
        KeepWithin(policy->practitioner, days[candidate.place], plan.visit_ticks, candidate);
      }
    }
    if (!windows.empty()) {
      const Clinic& clinic = *candidate.clinic;
      const BookingPolicy* policy = plan.catalogue->PolicyAt(clinic.id, now);
      if (policy != nullptr && policy->meal_break.IsRule()) {
        KeepBreaks(policy->meal_break, windows[candidate.place],
                   {candidate.open, candidate.unclaimed}, before, plan.visit_ticks + after,
                   candidate.starts);
      }
    }
    plan.places[candidate.place].roomless.Or(candidate.starts);
  }
}

bool FindRooms(SlotPlan& plan) {
  bool enough = true;
  for (Place& place : plan.places) {
    for (; place.roomless.Any() && place.tried < place.free.size(); ++place.tried) {
      Bits fits = place.free[place.tried];
      fits.KeepRuns(plan.visit_ticks + TicksOf(place.rooms[place.tried]->turnover_minutes));
      place.roomless.Remove(fits);
    }
    if (place.roomless.Any() && place.free.size() < place.rooms.size()) enough = false;
  }
  if (!enough) return false;
  for (Candidate& candidate : plan.candidates) {
    candidate.starts.Remove(plan.places[candidate.place].roomless);
  }
  return true;
}

void GiveResources(const SlotPlan& plan, FreeSlot& slot) {
  for (const Place& place : plan.places) {
    if (place.clinic != slot.clinic) continue;
    slot.room = RoomFor(place, slot.start, plan.visit_ticks);
    slot.device = DeviceFor(place, slot.start, plan.visit_ticks);
    return;
  }
}

void FindSlots(const SlotQuery& query, absl::Time now, SlotPlan& plan) {
  FindPeople(query, now, plan);
  FindRooms(plan);
}

std::vector<FreeSlot> ListSlots(const SlotPlan& plan, const std::optional<SlotPosition>& after,
                                int limit) {
  std::vector<FreeSlot> page;
  if (plan.candidates.empty() || limit <= 0) return page;
  const Tick end = plan.candidates.front().starts.end();
  Bits any(plan.candidates.front().starts.begin(), end);
  for (const Candidate& candidate : plan.candidates) any.Or(candidate.starts);
  const Tick first = after.has_value() ? after->start : any.begin();
  for (Tick start = any.NextSet(first); start != end; start = any.NextSet(start + 1)) {
    for (const Candidate& candidate : plan.candidates) {
      if (!candidate.starts.Test(start)) continue;
      if (after.has_value() && start == after->start &&
          std::tie(candidate.practitioner->id, candidate.clinic->id) <=
              std::tie(after->practitioner, after->clinic)) {
        continue;
      }
      page.push_back({.start = start,
                      .practitioner = candidate.practitioner,
                      .clinic = candidate.clinic,
                      .room = RoomFor(plan.places[candidate.place], start, plan.visit_ticks),
                      .device = DeviceFor(plan.places[candidate.place], start, plan.visit_ticks)});
      if (static_cast<int>(page.size()) == limit) return page;
    }
  }
  return page;
}

}  // namespace stillpoint::booking::domain

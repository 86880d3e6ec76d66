#include "services/booking/domain/slot.h"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/error/error.h"
#include "services/booking/domain/catalogue_rules.h"
#include "services/booking/domain/errors.h"
#include "services/booking/domain/hours.h"
#include "services/booking/domain/meal_break.h"
#include "services/booking/domain/rooms.h"

namespace stillpoint::booking::domain {
namespace {

bool OnGrid(absl::Time time) {
  return absl::ToUnixMicros(time) % absl::ToInt64Microseconds(absl::Minutes(kGridMinutes)) == 0;
}

absl::Status FindPractitioners(const Catalogue& catalogue, const SlotRequest& request,
                               SlotCandidates& found) {
  std::vector<const Practitioner*> asked;
  if (!request.practitioner.empty()) {
    asked.push_back(catalogue.FindPractitioner(request.practitioner));
    if (asked[0] == nullptr) return error::ReferenceUnknown("slot.practitioner");
  } else {
    for (const auto& [id, practitioner] : catalogue.practitioners) {
      if (practitioner.WorksAt(request.clinic)) asked.push_back(&practitioner);
    }
    if (asked.empty()) return error::OutsideHours();
  }
  const absl::CivilDay day = absl::ToCivilDay(found.start, found.clinic->zone);
  const Margins margins = PractitionerMargins(*found.offering);
  bool qualified = false;
  for (const Practitioner* practitioner : asked) {
    if (!practitioner->HasCredential(found.offering->credential_kind, day)) continue;
    qualified = true;
    if (IsOpen(catalogue, practitioner->id, found.clinic->id, found.start - margins.before,
               found.end + margins.after)) {
      found.practitioners.push_back(practitioner);
    }
  }
  if (!qualified) return error::PractitionerUnqualified();
  if (found.practitioners.empty()) return error::OutsideHours();
  if (found.practitioners.size() > kCandidatesMax) found.practitioners.resize(kCandidatesMax);
  return absl::OkStatus();
}

absl::Status FindRooms(const Catalogue& catalogue, const SlotRequest& request,
                       SlotCandidates& found) {
  if (!request.room.empty()) {
    const Room* room = catalogue.FindRoom(found.clinic->id, request.room);
    if (room == nullptr) return error::ReferenceUnknown("slot.room");
    found.rooms.push_back(room);
    if (!found.offering->Suits(*room)) return error::RoomUnsuitable();
    return absl::OkStatus();
  }
  found.rooms = SuitableRooms(catalogue, *found.offering, *found.clinic);
  if (found.rooms.empty()) return error::RoomUnsuitable();
  if (found.rooms.size() > kCandidatesMax) found.rooms.resize(kCandidatesMax);
  return absl::OkStatus();
}

absl::Status FindDevices(const Catalogue& catalogue, SlotCandidates& found) {
  found.devices = SuitableDevices(catalogue, *found.offering, *found.clinic);
  if (found.offering->NeedsDevice() && found.devices.empty()) return error::DeviceUnsuitable();
  if (found.devices.size() > kCandidatesMax) found.devices.resize(kCandidatesMax);
  return absl::OkStatus();
}

// Brings `first` to the front if it is among `all`.
template <typename T>
void BringForward(const T* first, std::vector<const T*>& all) {
  const auto found = std::find(all.begin(), all.end(), first);
  if (found != all.end()) std::rotate(all.begin(), found, found + 1);
}

// True if a claim other than those of `moving` meets [start, end) of `resource`.
bool IsTaken(absl::Span<const Claim> claims, const ResourceId& resource, absl::Time start,
             absl::Time end, const Booking* moving) {
  return std::any_of(claims.begin(), claims.end(), [&](const Claim& claim) {
    return claim.resource == resource && claim.start < end && start < claim.end &&
           (moving == nullptr || claim.booking != moving->id);
  });
}

// What `resource` is already occupied for within `day`.
absl::Duration Occupied(absl::Span<const Claim> claims, const ResourceId& resource,
                        const LocalDay& day) {
  absl::Duration total;
  for (const Claim& claim : claims) {
    if (claim.resource != resource || claim.start >= day.end || claim.end <= day.start) continue;
    total += std::min(claim.end, day.end) - std::max(claim.start, day.start);
  }
  return total;
}

std::string FullName(absl::string_view organization, const ResourceId& resource) {
  return absl::StrCat("organizations/", organization, "/", resource);
}

}  // namespace

void SlotCandidates::SpreadRooms(size_t by, const Room* first) {
  domain::SpreadRooms(rooms, by);
  BringForward(first, rooms);
}

void SlotCandidates::SpreadDevices(size_t by, const Device* first) {
  domain::SpreadDevices(devices, by);
  BringForward(first, devices);
}

absl::Time SlotCandidates::busy_start() const {
  return start - PractitionerMargins(*offering).before;
}

absl::Time SlotCandidates::busy_end() const {
  absl::Duration after = PractitionerMargins(*offering).after;
  for (const Room* room : rooms) after = std::max(after, RoomMargins(*room).after);
  for (const Device* device : devices) after = std::max(after, DeviceMargins(*device).after);
  return end + after;
}

absl::StatusOr<SlotCandidates> FindCandidates(const Catalogue& catalogue,
                                              const SlotRequest& request) {
  SlotCandidates found;
  found.clinic = catalogue.FindClinic(request.clinic);
  if (found.clinic == nullptr) return error::ReferenceUnknown("slot.clinic");
  found.offering = catalogue.FindOffering(request.offering);
  if (found.offering == nullptr) return error::ReferenceUnknown("slot.offering");
  if (!found.offering->HasVariant(request.minutes)) {
    return InvalidField("slot.duration_minutes", "not a duration of the offering");
  }
  if (!OnGrid(request.start)) return error::OffGrid("slot.start_time");
  if (!found.offering->IsOfferedAt(request.clinic) ||
      (request.online && !found.offering->online_bookable)) {
    return error::OfferingUnavailable();
  }
  found.ways = catalogue.WaysFrom(request.clinic);
  if (catalogue.has_leads()) found.leads = absl::Minutes(kPauseMinutesMax);
  found.start = request.start;
  found.end = request.start + absl::Minutes(request.minutes);
  if (absl::Status status = FindRooms(catalogue, request, found); !status.ok()) return status;
  if (absl::Status status = FindDevices(catalogue, found); !status.ok()) return status;
  if (absl::Status status = FindPractitioners(catalogue, request, found); !status.ok()) {
    return status;
  }
  const Tick tick = TickFloor(found.start);
  if (request.online &&
      !StartGrid(*found.clinic, found.offering->step_minutes, tick, tick + 1).Any()) {
    return error::OffStep();
  }
  // The schema refuses longer claims; say so in the caller's words.
  if (found.busy_end() - found.busy_start() > kClaimMax) {
    return InvalidField("slot.duration_minutes", "longer than 24 hours with its buffers");
  }
  return found;
}

LocalDay DayOf(const Clinic& clinic, absl::Time start) {
  const absl::CivilDay day = absl::ToCivilDay(start, clinic.zone);
  return {.start = absl::FromCivil(day, clinic.zone), .end = absl::FromCivil(day + 1, clinic.zone)};
}

LocalDay WeekOf(const Clinic& clinic, absl::Time start) {
  absl::CivilDay monday = absl::ToCivilDay(start, clinic.zone);
  while (absl::GetWeekday(monday) != absl::Weekday::monday) --monday;
  return {.start = absl::FromCivil(monday, clinic.zone),
          .end = absl::FromCivil(monday + 7, clinic.zone)};
}

LocalDay DaysOf(const Clinic& clinic, absl::Time start, absl::Time end) {
  return {.start = DayOf(clinic, start).start,
          .end = DayOf(clinic, std::max(start, end - absl::Microseconds(1))).end};
}

LocalDay DayOf(const SlotCandidates& candidates) {
  return DayOf(*candidates.clinic, candidates.start);
}

bool IsWithinLimits(const DayLimits& limits, const LocalDay& day, const ResourceId& resource,
                    absl::Time start, absl::Time end, absl::Span<const Claim> claims,
                    const Booking* moving) {
  if (!limits.IsRule()) return true;
  int visits = 0;
  absl::Duration occupied;
  for (const Claim& claim : claims) {
    if (claim.resource != resource || claim.visit_start < day.start ||
        claim.visit_start >= day.end || (moving != nullptr && claim.booking == moving->id)) {
      continue;
    }
    ++visits;
    occupied += claim.visit_end - claim.visit_start;
  }
  return limits.AllowOneMore(visits, absl::ToInt64Minutes(occupied),
                             absl::ToInt64Minutes(end - start));
}

Shares ShareChanges(const std::vector<const Practitioner*>& candidates,
                    const Practitioner& chosen) {
  Shares changes;
  const int64_t each = kWholeShare / static_cast<int64_t>(candidates.size());
  for (const Practitioner* practitioner : candidates) changes[practitioner->id] += each;
  changes[chosen.id] -= each * static_cast<int64_t>(candidates.size());
  return changes;
}

absl::StatusOr<const Practitioner*> ChoosePractitioner(const SlotCandidates& candidates,
                                                       absl::Span<const Claim> claims,
                                                       const DayRules& rules, const Shares& shares,
                                                       const Booking* moving,
                                                       absl::string_view organization) {
  const Practitioner* choice = nullptr;
  const Margins margins = PractitionerMargins(*candidates.offering);
  const Claim wanted = PractitionerClaim(candidates.start, candidates.end, *candidates.offering,
                                         candidates.buffers, candidates.clinic->id);
  const bool only_one = candidates.practitioners.size() == 1;
  const LocalDay day = only_one && !rules.limits.IsRule() ? LocalDay{} : DayOf(candidates);
  bool is_full = false;
  bool has_break = false;
  bool is_away = false;
  constexpr int64_t kKeeps = std::numeric_limits<int64_t>::max();
  // Less is better.
  std::pair<int64_t, absl::Duration> least = {kKeeps, absl::InfiniteDuration()};
  for (const Practitioner* practitioner : candidates.practitioners) {
    const ResourceId resource = practitioner->resource();
    const absl::Time start = candidates.start - margins.before;
    const absl::Time end = candidates.end + margins.after;
    const InTheWay obstacle =
        WhatIsInTheWay(resource, wanted, candidates.ways, claims, moving, rules.one_at_a_time);
    if (obstacle == InTheWay::kTravel) is_away = true;
    if (obstacle != InTheWay::kNothing) continue;
    if (!IsWithinLimits(rules.limits, day, resource, candidates.start, candidates.end, claims,
                        moving)) {
      is_full = true;
      continue;
    }
    if (!LeavesBreak(rules.meal_break, *candidates.clinic, *practitioner, start, end, claims,
                     moving)) {
      has_break = true;
      continue;
    }
    const bool keeps = moving != nullptr && moving->practitioner == practitioner->id;
    const auto share = shares.find(practitioner->id);
    const std::pair<int64_t, absl::Duration> rank = {keeps                   ? -kKeeps
                                                     : share == shares.end() ? 0
                                                                             : -share->second,
                                                     Occupied(claims, resource, day)};
    if (rank >= least) continue;
    least = rank;
    choice = practitioner;
  }
  if (choice != nullptr) return choice;
  if (is_full) return error::PractitionerDayFull();
  if (has_break) return error::PractitionerBreak();
  if (is_away) return error::PractitionerTravels();
  const ResourceId first = candidates.practitioners.front()->resource();
  return error::SlotTaken("practitioner", FullName(organization, first), "");
}

Claim PractitionerClaim(absl::Time start, absl::Time end, const Offering& offering,
                        BufferPolicy buffers, const std::string& clinic) {
  Booking booking;
  booking.state = BookingState::kConfirmed;
  booking.clinic = clinic;
  booking.start = start;
  booking.end = end;
  booking.buffer_before = PractitionerMargins(offering).before;
  booking.buffer_after = PractitionerMargins(offering).after;
  booking.buffers = buffers;
  return ClaimsOf(booking).front();
}

InTheWay WhatIsInTheWay(const ResourceId& resource, const Claim& wanted, const Ways* ways,
                        absl::Span<const Claim> claims, const Booking* moving, bool one_at_a_time) {
  InTheWay found = InTheWay::kNothing;
  for (const Claim& claim : claims) {
    if (claim.resource != resource || (moving != nullptr && claim.booking == moving->id)) continue;
    if (!one_at_a_time && claim.clinic == wanted.clinic) continue;
    if (Clash(wanted, claim, absl::ZeroDuration())) return InTheWay::kClaim;
    if (Clash(wanted, claim, WayTo(ways, claim.clinic))) found = InTheWay::kTravel;
  }
  return found;
}

bool RoomIsFree(const SlotCandidates& candidates, const Room& room, absl::Span<const Claim> claims,
                const Booking* moving) {
  const Margins around = RoomMargins(room);
  return !IsTaken(claims, room.resource(), candidates.start - around.before,
                  candidates.end + around.after, moving);
}

bool DeviceIsFree(const SlotCandidates& candidates, const Device& device,
                  absl::Span<const Claim> claims, const Booking* moving) {
  const Margins around = DeviceMargins(device);
  return !IsTaken(claims, device.resource(), candidates.start - around.before,
                  candidates.end + around.after, moving);
}

absl::Status NoRoomFree(const SlotCandidates& candidates, absl::string_view organization) {
  const ResourceId first = candidates.rooms.front()->resource();
  return error::SlotTaken("room", FullName(organization, first), "");
}

absl::Status NoDeviceFree(const SlotCandidates& candidates, absl::string_view organization) {
  const ResourceId first = candidates.devices.front()->resource();
  return error::SlotTaken("device", FullName(organization, first), "");
}

void PlaceAt(const SlotCandidates& candidates, const SlotChoice& choice, Booking& booking) {
  const Margins margins = PractitionerMargins(*candidates.offering);
  booking.clinic = candidates.clinic->id;
  booking.offering = candidates.offering->id;
  booking.practitioner = choice.practitioner->id;
  booking.room = choice.room->id;
  booking.device = choice.device == nullptr ? "" : choice.device->id;
  booking.start = candidates.start;
  booking.end = candidates.end;
  booking.zone = candidates.clinic->zone_name;
  booking.local_start = absl::ToCivilSecond(candidates.start, candidates.clinic->zone);
  booking.buffer_before = margins.before;
  booking.buffer_after = margins.after;
  booking.buffers = candidates.buffers;
  booking.turnover = RoomMargins(*choice.room).after;
  booking.device_turnover =
      choice.device == nullptr ? absl::ZeroDuration() : DeviceMargins(*choice.device).after;
}

}  // namespace stillpoint::booking::domain

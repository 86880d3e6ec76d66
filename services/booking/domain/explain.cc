#include "services/booking/domain/explain.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/booking/domain/explain_rules.h"
#include "services/booking/domain/hours.h"

namespace stillpoint::booking::domain {
namespace {

constexpr absl::Weekday kWeek[] = {absl::Weekday::monday,    absl::Weekday::tuesday,
                                   absl::Weekday::wednesday, absl::Weekday::thursday,
                                   absl::Weekday::friday,    absl::Weekday::saturday,
                                   absl::Weekday::sunday};

// When `practitioner` has hours at `clinic`, be it open or not and whatever time off says: the
// hours at a clinic in the same place that never closes.
Bits ShiftTicks(const Practitioner& practitioner, const Clinic& clinic, Tick begin, Tick end) {
  Clinic always;
  always.id = clinic.id;
  always.zone_name = clinic.zone_name;
  always.zone = clinic.zone;
  for (const absl::Weekday day : kWeek) {
    WeeklyHours whole;
    whole.weekday = day;
    whole.end_minute = 24 * 60;
    always.opening_hours.push_back(whole);
  }
  Practitioner present = practitioner;
  present.time_off.clear();
  return OpenTicks(present, always, begin, end);
}

void ExplainCredential(const ExplainContext& context, const Practitioner& who,
                       Obstacles& obstacles) {
  const std::string& kind = context.asked.offering->credential_kind;
  const absl::CivilDay day = absl::ToCivilDay(context.asked.start, context.asked.clinic->zone);
  if (who.HasCredential(kind, day)) return;
  const bool held = std::any_of(who.credentials.begin(), who.credentials.end(),
                                [&](const Credential& each) { return each.kind == kind; });
  if (held) {
    Add(ObstacleCode::kCredentialNotValid,
        absl::StrCat("the credential ", kind, " is not valid on ", absl::FormatCivilTime(day)),
        obstacles);
  } else {
    Add(ObstacleCode::kCredentialMissing, absl::StrCat("does not hold the credential ", kind),
        obstacles);
  }
}

// Whether the visit of `claim` itself, without margins, meets the one that is asked about; also if
// nobody knows when it is.
bool VisitsMeet(const ExplainContext& context, const Claim& claim) {
  absl::Time start = claim.visit_start;
  absl::Time end = claim.visit_end;
  if (start == end) {  // A room's or a device's.
    const auto owner = context.bookings.find(claim.booking);
    if (owner == context.bookings.end()) return true;
    start = owner->second.start;
    end = owner->second.end;
  }
  return start < context.asked.end && context.asked.start < end;
}

// Of a room or a device: it knows of no visits and no leads.
Claim PlainClaim(absl::Time start, absl::Time end) {
  Claim claim;
  claim.start = start;
  claim.end = end;
  return claim;
}

// The claims on `resource` beside which `wanted` cannot be.
void ExplainClaims(const ExplainContext& context, const ResourceId& resource, const Claim& wanted,
                   ObstacleCode margin, Obstacles& obstacles) {
  for (const Claim& claim : context.claims) {
    if (claim.resource != resource || !Clash(wanted, claim, absl::ZeroDuration())) continue;
    if (claim.expires.has_value() && *claim.expires <= context.now) continue;
    Obstacle obstacle{.code = ObstacleCode::kBusy,
                      .text = "",
                      .booking = claim.booking,
                      .start = claim.start,
                      .end = claim.end,
                      .expires = claim.expires};
    const bool visits_meet = VisitsMeet(context, claim);
    const std::string when = context.Between(claim.start, claim.end);
    if (claim.expires.has_value()) {
      obstacle.code = ObstacleCode::kHeld;
      obstacle.text = absl::StrCat("held ", when, " as booking ", claim.booking,
                                   ", until the hold runs out at ", context.Local(*claim.expires));
    } else if (visits_meet) {
      obstacle.text = absl::StrCat("busy with booking ", claim.booking, " ", when);
    } else {
      obstacle.code = margin;
      obstacle.text = absl::StrCat("no ", margin == ObstacleCode::kBuffer ? "buffer" : "turnover",
                                   " left beside booking ", claim.booking, ", which takes ", when,
                                   " with its own");
    }
    obstacles.push_back(std::move(obstacle));
  }
}

// The claims at other clinics from or to which the practitioner would be on the way.
void ExplainTravel(const ExplainContext& context, const ResourceId& resource, const Claim& wanted,
                   Obstacles& obstacles) {
  const Ways* ways = context.asked.catalogue->WaysFrom(context.asked.clinic->id);
  if (ways == nullptr) return;
  for (const Claim& claim : context.claims) {
    if (claim.resource != resource || claim.HasRunOut(context.now)) continue;
    if (WhatIsInTheWay(resource, wanted, ways, {claim}, /*moving=*/nullptr,
                       /*one_at_a_time=*/true) != InTheWay::kTravel) {
      continue;
    }
    obstacles.push_back(
        {.code = ObstacleCode::kTravel,
         .text = absl::StrCat(claim.expires.has_value() ? "held as booking " : "has booking ",
                              claim.booking, " at clinic ", claim.clinic, " ",
                              context.Between(claim.start, claim.end), ", and the way takes ",
                              absl::ToInt64Minutes(WayTo(ways, claim.clinic)), " minutes"),
         .booking = claim.booking,
         .start = claim.start,
         .end = claim.end,
         .expires = claim.expires});
  }
}

Obstacles ExplainPractitioner(const ExplainContext& context, const Practitioner& who) {
  Obstacles obstacles;
  const ExplainQuestion& asked = context.asked;
  const Margins margins = PractitionerMargins(*asked.offering);
  const absl::Time start = asked.start - margins.before;
  const absl::Time end = asked.end + margins.after;
  const Tick from = TickFloor(start);
  const Tick to = TickCeil(end);
  if (!who.WorksAt(asked.clinic->id)) {
    Add(ObstacleCode::kWorksElsewhere, "has no hours at this clinic", obstacles);
  } else if (!All(ShiftTicks(who, *asked.clinic, from, to))) {
    Add(ObstacleCode::kOutsideWorkingHours,
        margins.before + margins.after > absl::ZeroDuration()
            ? "does not work at this clinic for the whole visit and its buffers"
            : "does not work at this clinic for the whole visit",
        obstacles);
  }
  for (const TimeOff& off : who.time_off) {
    if (TickFloor(off.start) >= to || TickCeil(off.end) <= from) continue;
    obstacles.push_back({.code = ObstacleCode::kTimeOff,
                         .text = absl::StrCat("is off ", context.Between(off.start, off.end)),
                         .start = off.start,
                         .end = off.end});
  }
  ExplainCredential(context, who, obstacles);
  const Claim wanted = PractitionerClaim(asked.start, asked.end, *asked.offering,
                                         asked.catalogue->BuffersAt(asked.clinic->id, context.now),
                                         asked.clinic->id);
  ExplainClaims(context, who.resource(), wanted, ObstacleCode::kBuffer, obstacles);
  ExplainTravel(context, who.resource(), wanted, obstacles);
  ExplainDay(context, who, obstacles);
  return obstacles;
}

// Both are ascending.
void ExplainFeatures(const std::vector<std::string>& needed, const std::vector<std::string>& has,
                     ObstacleCode code, Obstacles& obstacles) {
  std::vector<std::string> missing;
  std::set_difference(needed.begin(), needed.end(), has.begin(), has.end(),
                      std::back_inserter(missing));
  if (missing.empty()) return;
  Add(code, absl::StrCat("lacks ", absl::StrJoin(missing, ", ")), obstacles);
}

Obstacles ExplainRoom(const ExplainContext& context, const Room& room) {
  Obstacles obstacles;
  const ExplainQuestion& asked = context.asked;
  const Offering& offering = *asked.offering;
  if (!offering.room_kind.empty() && room.kind != offering.room_kind) {
    Add(ObstacleCode::kRoomKind,
        absl::StrCat("is a ", room.kind, " room; the offering needs ", offering.room_kind),
        obstacles);
  }
  ExplainFeatures(offering.room_features, room.features, ObstacleCode::kRoomFeatures, obstacles);
  const Margins around = RoomMargins(room);
  ExplainClaims(context, room.resource(),
                PlainClaim(asked.start - around.before, asked.end + around.after),
                ObstacleCode::kTurnover, obstacles);
  return obstacles;
}

Obstacles ExplainDevice(const ExplainContext& context, const Device& device) {
  Obstacles obstacles;
  const ExplainQuestion& asked = context.asked;
  const Offering& offering = *asked.offering;
  if (device.archived) {
    Add(ObstacleCode::kDeviceArchived, "is archived: no new visit takes it", obstacles);
  }
  if (!offering.device_kind.empty() && device.kind != offering.device_kind) {
    Add(ObstacleCode::kDeviceKind,
        absl::StrCat("is of kind ", device.kind, "; the offering needs ", offering.device_kind),
        obstacles);
  }
  ExplainFeatures(offering.device_features, device.features, ObstacleCode::kDeviceFeatures,
                  obstacles);
  const Margins around = DeviceMargins(device);
  ExplainClaims(context, device.resource(),
                PlainClaim(asked.start - around.before, asked.end + around.after),
                ObstacleCode::kTurnover, obstacles);
  return obstacles;
}

// `reach`: obstacles of a higher one do not count.
bool Free(const Obstacles& obstacles, ObstacleReach reach) {
  return std::none_of(obstacles.begin(), obstacles.end(),
                      [&](const Obstacle& each) { return each.reach() <= reach; });
}

bool Possible(const Explanation& explanation, ObstacleReach reach) {
  const auto free = [&](const ResourceObstacles& each) { return Free(each.obstacles, reach); };
  return Free(explanation.obstacles, reach) &&
         std::any_of(explanation.practitioners.begin(), explanation.practitioners.end(), free) &&
         std::any_of(explanation.rooms.begin(), explanation.rooms.end(), free) &&
         (!explanation.needs_device ||
          std::any_of(explanation.devices.begin(), explanation.devices.end(), free));
}

}  // namespace

ObstacleReach Obstacle::reach() const {
  if (code == ObstacleCode::kOffStep || movable) return ObstacleReach::kSearches;
  if (code == ObstacleCode::kNotOnline) return ObstacleReach::kOnline;
  if (code >= ObstacleCode::kClientDay && code <= ObstacleCode::kClearanceUnavailable) {
    return ObstacleReach::kClient;
  }
  return ObstacleReach::kEveryone;
}

absl::string_view Obstacle::reason() const {
  if (movable) return "";
  switch (code) {
    case ObstacleCode::kOffGrid:
      return "OFF_GRID";
    case ObstacleCode::kStartInPast:
      return "START_IN_PAST";
    case ObstacleCode::kNoticeTooShort:
      return "NOTICE_TOO_SHORT";
    case ObstacleCode::kBeyondHorizon:
      return "BEYOND_HORIZON";
    case ObstacleCode::kOffStep:
      return "OFF_STEP";
    case ObstacleCode::kNotOfferedHere:
    case ObstacleCode::kNotOnline:
      return "OFFERING_UNAVAILABLE";
    case ObstacleCode::kOutsideOpeningHours:
    case ObstacleCode::kNobodyWorksHere:
    case ObstacleCode::kWorksElsewhere:
    case ObstacleCode::kOutsideWorkingHours:
    case ObstacleCode::kTimeOff:
      return "OUTSIDE_HOURS";
    case ObstacleCode::kCredentialMissing:
    case ObstacleCode::kCredentialNotValid:
      return "PRACTITIONER_UNQUALIFIED";
    case ObstacleCode::kNoRoomHere:
    case ObstacleCode::kRoomKind:
    case ObstacleCode::kRoomFeatures:
      return "ROOM_UNSUITABLE";
    case ObstacleCode::kBusy:
    case ObstacleCode::kBuffer:
    case ObstacleCode::kTurnover:
    case ObstacleCode::kHeld:
      return "SLOT_TAKEN";
    case ObstacleCode::kNoDeviceHere:
    case ObstacleCode::kDeviceKind:
    case ObstacleCode::kDeviceFeatures:
    case ObstacleCode::kDeviceArchived:
      return "DEVICE_UNSUITABLE";
    case ObstacleCode::kTravel:
      return "PRACTITIONER_TRAVELS";
    case ObstacleCode::kDayFull:
      return "PRACTITIONER_DAY_FULL";
    case ObstacleCode::kMealBreak:
      return "PRACTITIONER_BREAK";
    case ObstacleCode::kClientDay:
    case ObstacleCode::kClientWeek:
      return "CLIENT_LIMIT";
    case ObstacleCode::kFirstVisit:
      return "FIRST_VISIT_CONSULTATION";
    case ObstacleCode::kNotCleared:
    case ObstacleCode::kClearanceUnavailable:
      return refusal;
  }
  return "";
}

bool Explanation::Bookable() const {
  const bool for_client =
      std::none_of(obstacles.begin(), obstacles.end(),
                   [](const Obstacle& each) { return each.reach() == ObstacleReach::kClient; });
  return for_client && Possible(*this, ObstacleReach::kEveryone);
}
bool Explanation::Offered() const { return Possible(*this, ObstacleReach::kSearches); }
bool Explanation::OfferedOnline() const { return Possible(*this, ObstacleReach::kOnline); }

Explanation Explain(const ExplainQuestion& question, absl::Span<const Claim> claims,
                    const std::map<std::string, Booking>& bookings, absl::Time now) {
  const ExplainContext context{question, claims, bookings, now};
  Explanation explanation;
  ExplainStart(context, explanation.obstacles);
  ExplainPlace(context, explanation.obstacles);
  for (const Practitioner* who : question.practitioners) {
    explanation.practitioners.push_back({who->resource(), ExplainPractitioner(context, *who)});
  }
  for (const Room* room : question.rooms) {
    explanation.rooms.push_back({room->resource(), ExplainRoom(context, *room)});
  }
  explanation.needs_device = question.offering->NeedsDevice();
  explanation.devices.reserve(question.devices.size());
  for (const Device* device : question.devices) {
    explanation.devices.push_back({device->resource(), ExplainDevice(context, *device)});
  }
  return explanation;
}

void MarkMovable(const ResourceId& vacated, absl::Span<const ResourceMove> moves,
                 Explanation& explanation) {
  const auto is_moved = [&](const std::string& booking) {
    return std::any_of(moves.begin(), moves.end(),
                       [&](const ResourceMove& move) { return move.booking.id == booking; });
  };
  const auto mark = [&](std::vector<ResourceObstacles>& all, absl::string_view to) {
    for (ResourceObstacles& each : all) {
      if (each.resource != vacated) continue;
      for (Obstacle& obstacle : each.obstacles) {
        if (obstacle.booking.empty() || !is_moved(obstacle.booking)) continue;
        obstacle.movable = true;
        absl::StrAppend(&obstacle.text, ", and would be moved to another ", to);
      }
    }
  };
  mark(explanation.rooms, "room");
  mark(explanation.devices, "device");
}

}  // namespace stillpoint::booking::domain

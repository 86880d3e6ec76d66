#include "services/booking/domain/explain.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/error/error.h"
#include "services/booking/domain/errors.h"
#include "services/booking/domain/hours.h"
#include "services/booking/domain/start_bounds.h"

namespace stillpoint::booking::domain {
namespace {

using Obstacles = std::vector<Obstacle>;

constexpr absl::Weekday kWeek[] = {absl::Weekday::monday,    absl::Weekday::tuesday,
                                   absl::Weekday::wednesday, absl::Weekday::thursday,
                                   absl::Weekday::friday,    absl::Weekday::saturday,
                                   absl::Weekday::sunday};

// One question, with what every resource is compared with.
struct Context {
  const ExplainQuestion& asked;
  absl::Span<const Claim> claims;
  const std::map<std::string, Booking>& bookings;
  absl::Time now;

  // On the clinic's wall clock; the date is said only where it is another than the visit's.
  std::string Local(absl::Time time) const {
    const absl::TimeZone& zone = asked.clinic->zone;
    const bool same = absl::ToCivilDay(time, zone) == absl::ToCivilDay(asked.start, zone);
    return absl::FormatTime(same ? "%H:%M" : "%Y-%m-%d %H:%M", time, zone);
  }
  std::string Between(absl::Time start, absl::Time end) const {
    return absl::StrCat("from ", Local(start), " to ", Local(end));
  }
};

std::string Duration(int minutes) {
  return minutes % 60 == 0 ? absl::StrCat(minutes / 60, " h") : absl::StrCat(minutes, " minutes");
}

void Add(ObstacleCode code, std::string text, Obstacles& obstacles) {
  obstacles.push_back({.code = code, .text = std::move(text)});
}

// When the clinic is open, whoever works there: with the smallest step its grid of starts is that.
Bits OpeningTicks(const Clinic& clinic, Tick begin, Tick end) {
  return StartGrid(clinic, kTickMinutes, begin, end);
}

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

bool All(const Bits& bits) { return bits.AllSet(bits.begin(), bits.end()); }

// `policy` is there if its rule decides.
std::string NoticeRule(const Offering& offering, const BookingPolicy* policy, BoundRule rule) {
  switch (rule) {
    case BoundRule::kOffering:
      return absl::StrCat("the offering needs ", Duration(offering.notice_minutes), " of notice");
    case BoundRule::kPolicy:
      return absl::StrCat("the policy needs ", Duration(policy->notice.minutes), " of notice");
    case BoundRule::kPolicyDayBefore:
      break;
  }
  const int minute = policy->notice.day_before_minute;
  return absl::StrFormat("by the policy, visits are booked until %02d:%02d the day before",
                         minute / 60, minute % 60);
}

void ExplainStart(const Context& context, Obstacles& obstacles) {
  const ExplainQuestion& asked = context.asked;
  const Offering& offering = *asked.offering;
  if (TimeOf(TickFloor(asked.start)) != asked.start) {
    Add(ObstacleCode::kOffGrid, "the start is not a multiple of 5 minutes", obstacles);
  }
  const BookingPolicy* policy = asked.catalogue->PolicyAt(asked.clinic->id, context.now);
  const StartBounds bounds = BoundsOf(*asked.catalogue, *asked.clinic, offering, context.now);
  if (asked.start < context.now) {
    Add(ObstacleCode::kStartInPast, "the start has passed", obstacles);
  } else if (asked.start < bounds.earliest) {
    Add(ObstacleCode::kNoticeTooShort,
        absl::StrCat(NoticeRule(offering, policy, bounds.earliest_rule), ": the earliest start is ",
                     context.Local(bounds.earliest)),
        obstacles);
  }
  if (asked.start > bounds.latest) {
    const bool of_offering = bounds.latest_rule == BoundRule::kOffering;
    Add(ObstacleCode::kBeyondHorizon,
        absl::StrCat(of_offering ? "the offering" : "by the policy, visits", " can be booked ",
                     of_offering ? offering.horizon_days : policy->horizon_days,
                     " days ahead: the latest start is ", context.Local(bounds.latest)),
        obstacles);
  }
}

void ExplainPlace(const Context& context, Obstacles& obstacles) {
  const ExplainQuestion& asked = context.asked;
  const Offering& offering = *asked.offering;
  if (!offering.IsOfferedAt(asked.clinic->id)) {
    Add(ObstacleCode::kNotOfferedHere, "the offering is not given at this clinic", obstacles);
  }
  if (!offering.online_bookable) {
    Add(ObstacleCode::kNotOnline, "the offering cannot be booked online", obstacles);
  }
  const Margins margins = PractitionerMargins(offering);
  if (!All(OpeningTicks(*asked.clinic, TickFloor(asked.start - margins.before),
                        TickCeil(asked.end + margins.after)))) {
    const bool buffered = margins.before + margins.after > absl::ZeroDuration();
    std::string text = buffered ? "the clinic is not open for the whole visit and its buffers"
                                : "the clinic is not open for the whole visit";
    const absl::CivilDay date = absl::ToCivilDay(asked.start, asked.clinic->zone);
    const HolidayCalendar* holidays = asked.clinic->holidays;
    const Holiday* holiday = holidays == nullptr ? nullptr : holidays->Find(date);
    if (holiday != nullptr) absl::StrAppend(&text, ": it keeps ", holiday->name);
    Add(ObstacleCode::kOutsideOpeningHours, std::move(text), obstacles);
  }
  const Tick start = TickFloor(asked.start);
  if (OpeningTicks(*asked.clinic, start, start + 1).Any() &&
      !StartGrid(*asked.clinic, offering.step_minutes, start, start + 1).Any()) {
    Add(ObstacleCode::kOffStep,
        absl::StrCat("searches offer a start every ", Duration(offering.step_minutes),
                     " from the clinic's opening, and this is between two of them"),
        obstacles);
  }
  if (asked.practitioners.empty()) {
    Add(ObstacleCode::kNobodyWorksHere, "no practitioner has hours at this clinic", obstacles);
  }
  if (asked.rooms.empty()) {
    Add(ObstacleCode::kNoRoomHere, "the clinic has no room", obstacles);
  }
}

void ExplainCredential(const Context& context, const Practitioner& who, Obstacles& obstacles) {
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

// The claims on `resource` that meet [start, end).
void ExplainClaims(const Context& context, const ResourceId& resource, absl::Time start,
                   absl::Time end, ObstacleCode margin, Obstacles& obstacles) {
  for (const Claim& claim : context.claims) {
    if (claim.resource != resource || claim.start >= end || claim.end <= start) continue;
    if (claim.expires.has_value() && *claim.expires <= context.now) continue;
    Obstacle obstacle{.code = ObstacleCode::kBusy,
                      .text = "",
                      .booking = claim.booking,
                      .start = claim.start,
                      .end = claim.end,
                      .expires = claim.expires};
    const auto owner = context.bookings.find(claim.booking);
    const bool visits_meet =
        owner == context.bookings.end() ||
        (owner->second.start < context.asked.end && context.asked.start < owner->second.end);
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

void ExplainDay(const Context& context, const Practitioner& who, Obstacles& obstacles) {
  const ExplainQuestion& asked = context.asked;
  const BookingPolicy* policy = asked.catalogue->PolicyAt(asked.clinic->id, context.now);
  if (policy == nullptr || !policy->practitioner.IsRule()) return;
  std::vector<Claim> live(context.claims.begin(), context.claims.end());
  std::erase_if(live, [&](const Claim& claim) { return claim.HasRunOut(context.now); });
  if (IsWithinLimits(policy->practitioner, DayOf(*asked.clinic, asked.start), who.resource(),
                     asked.start, asked.end, live, /*moving=*/nullptr)) {
    return;
  }
  std::vector<std::string> rules;
  if (policy->practitioner.visits > 0) {
    rules.push_back(absl::StrCat(policy->practitioner.visits, " visits"));
  }
  if (policy->practitioner.minutes > 0) {
    rules.push_back(absl::StrCat(Duration(policy->practitioner.minutes), " of visits"));
  }
  Add(ObstacleCode::kDayFull,
      absl::StrCat("would have more than the ", absl::StrJoin(rules, " or the "),
                   " that the policy allows on that day"),
      obstacles);
}

Obstacles ExplainPractitioner(const Context& context, const Practitioner& who) {
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
  ExplainClaims(context, who.resource(), start, end, ObstacleCode::kBuffer, obstacles);
  ExplainDay(context, who, obstacles);
  return obstacles;
}

Obstacles ExplainRoom(const Context& context, const Room& room) {
  Obstacles obstacles;
  const ExplainQuestion& asked = context.asked;
  const Offering& offering = *asked.offering;
  if (!offering.room_kind.empty() && room.kind != offering.room_kind) {
    Add(ObstacleCode::kRoomKind,
        absl::StrCat("is a ", room.kind, " room; the offering needs ", offering.room_kind),
        obstacles);
  }
  std::vector<std::string> missing;
  std::set_difference(offering.room_features.begin(), offering.room_features.end(),
                      room.features.begin(), room.features.end(), std::back_inserter(missing));
  if (!missing.empty()) {
    Add(ObstacleCode::kRoomFeatures, absl::StrCat("lacks ", absl::StrJoin(missing, ", ")),
        obstacles);
  }
  const Margins around = RoomMargins(room);
  ExplainClaims(context, room.resource(), asked.start - around.before, asked.end + around.after,
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
         std::any_of(explanation.rooms.begin(), explanation.rooms.end(), free);
}

}  // namespace

ObstacleReach Obstacle::reach() const {
  if (code == ObstacleCode::kOffStep || movable) return ObstacleReach::kSearches;
  if (code == ObstacleCode::kNotOnline) return ObstacleReach::kOnline;
  return ObstacleReach::kEveryone;
}

bool Explanation::Bookable() const { return Possible(*this, ObstacleReach::kEveryone); }
bool Explanation::Offered() const { return Possible(*this, ObstacleReach::kSearches); }
bool Explanation::OfferedOnline() const { return Possible(*this, ObstacleReach::kOnline); }

std::vector<ResourceId> ExplainQuestion::resources() const {
  std::vector<ResourceId> all;
  for (const Practitioner* practitioner : practitioners) all.push_back(practitioner->resource());
  for (const Room* room : rooms) all.push_back(room->resource());
  return all;
}

absl::Time ExplainQuestion::busy_start() const {
  return start - PractitionerMargins(*offering).before;
}

absl::Time ExplainQuestion::busy_end() const {
  absl::Duration after = PractitionerMargins(*offering).after;
  for (const Room* room : rooms) after = std::max(after, RoomMargins(*room).after);
  return end + after;
}

absl::Time ExplainQuestion::claims_start() const {
  if (!catalogue->limits_days()) return busy_start();
  return std::min(busy_start(), DayOf(*clinic, start).start);
}

absl::Time ExplainQuestion::claims_end() const {
  if (!catalogue->limits_days()) return busy_end();
  return std::max(busy_end(), DayOf(*clinic, start).end);
}

absl::StatusOr<ExplainQuestion> AskExplanation(const Catalogue& catalogue,
                                               const SlotRequest& request) {
  ExplainQuestion asked;
  asked.catalogue = &catalogue;
  asked.clinic = catalogue.FindClinic(request.clinic);
  if (asked.clinic == nullptr) return error::ReferenceUnknown("slot.clinic");
  asked.offering = catalogue.FindOffering(request.offering);
  if (asked.offering == nullptr) return error::ReferenceUnknown("slot.offering");
  if (!asked.offering->HasVariant(request.minutes)) {
    return InvalidField("slot.duration_minutes", "not a duration of the offering");
  }
  asked.start = request.start;
  asked.end = request.start + absl::Minutes(request.minutes);
  if (!request.practitioner.empty()) {
    asked.practitioners = {catalogue.FindPractitioner(request.practitioner)};
    if (asked.practitioners[0] == nullptr) return error::ReferenceUnknown("slot.practitioner");
  } else {
    for (const auto& [id, practitioner] : catalogue.practitioners) {
      if (practitioner.WorksAt(request.clinic)) asked.practitioners.push_back(&practitioner);
    }
  }
  if (!request.room.empty()) {
    asked.rooms = {catalogue.FindRoom(request.clinic, request.room)};
    if (asked.rooms[0] == nullptr) return error::ReferenceUnknown("slot.room");
  } else {
    asked.rooms = catalogue.RoomsAt(request.clinic);
    std::stable_sort(asked.rooms.begin(), asked.rooms.end(), [](const Room* a, const Room* b) {
      return a->features.size() < b->features.size();
    });
  }
  return asked;
}

Explanation Explain(const ExplainQuestion& question, absl::Span<const Claim> claims,
                    const std::map<std::string, Booking>& bookings, absl::Time now) {
  const Context context{question, claims, bookings, now};
  Explanation explanation;
  ExplainStart(context, explanation.obstacles);
  ExplainPlace(context, explanation.obstacles);
  for (const Practitioner* who : question.practitioners) {
    explanation.practitioners.push_back({who->resource(), ExplainPractitioner(context, *who)});
  }
  for (const Room* room : question.rooms) {
    explanation.rooms.push_back({room->resource(), ExplainRoom(context, *room)});
  }
  return explanation;
}

void MarkMovable(const Rearrangement& plan, Explanation& explanation) {
  const auto moves = [&](const std::string& booking) {
    return std::any_of(plan.moves.begin(), plan.moves.end(),
                       [&](const RoomMove& move) { return move.booking.id == booking; });
  };
  for (ResourceObstacles& room : explanation.rooms) {
    if (plan.room == nullptr || room.resource != plan.room->resource()) continue;
    for (Obstacle& obstacle : room.obstacles) {
      if (obstacle.booking.empty() || !moves(obstacle.booking)) continue;
      obstacle.movable = true;
      absl::StrAppend(&obstacle.text, ", and would be moved to another room");
    }
  }
}

}  // namespace stillpoint::booking::domain

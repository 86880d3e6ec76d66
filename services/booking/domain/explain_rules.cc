#include "services/booking/domain/explain_rules.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/error/error.h"
#include "services/booking/domain/hours.h"
#include "services/booking/domain/meal_break.h"
#include "services/booking/domain/start_bounds.h"

namespace stillpoint::booking::domain {
namespace {

std::string Duration(int minutes) {
  return minutes % 60 == 0 ? absl::StrCat(minutes / 60, " h") : absl::StrCat(minutes, " minutes");
}

std::string TimeOfDay(int minute) { return absl::StrFormat("%02d:%02d", minute / 60, minute % 60); }

// When the clinic is open, whoever works there: with the smallest step its grid of starts is that.
Bits OpeningTicks(const Clinic& clinic, Tick begin, Tick end) {
  return StartGrid(clinic, kTickMinutes, begin, end);
}

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
  return absl::StrCat("by the policy, visits are booked until ",
                      TimeOfDay(policy->notice.day_before_minute), " the day before");
}

}  // namespace

void ExplainStart(const ExplainContext& context, Obstacles& obstacles) {
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

void ExplainPlace(const ExplainContext& context, Obstacles& obstacles) {
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
  if (offering.NeedsDevice() && asked.devices.empty()) {
    Add(ObstacleCode::kNoDeviceHere, "the offering needs a device and the clinic has none",
        obstacles);
  }
}

void ExplainClient(const ExplainQuestion& question, const ClientHistory& history, absl::Time now,
                   Explanation& explanation) {
  const BookingPolicy* policy = question.catalogue->PolicyAt(question.clinic->id, now);
  if (policy == nullptr) return;
  const auto has = [](int visits, absl::string_view when) {
    return absl::StrCat("the client has ", visits, visits == 1 ? " visit " : " visits ", when,
                        ", as many as the policy allows");
  };
  if (policy->client.DayIsFull(history.in_day)) {
    Add(ObstacleCode::kClientDay, has(history.in_day, "on that day"), explanation.obstacles);
  }
  if (policy->client.WeekIsFull(history.in_week)) {
    Add(ObstacleCode::kClientWeek, has(history.in_week, "in that week"), explanation.obstacles);
  }
  if (policy->first_visit_consultation && question.offering->modality != Modality::kConsultation &&
      !history.has_come_before) {
    Add(ObstacleCode::kFirstVisit, "the first visit of a client must be a consultation",
        explanation.obstacles);
  }
}

void ExplainClearance(const absl::Status& refusal, Explanation& explanation) {
  const bool unavailable = refusal.code() == absl::StatusCode::kUnavailable;
  std::string text = "the client's record cannot be asked whether it clears this visit";
  if (!unavailable) {
    const std::map<std::string, std::string> facts = MetadataOf(refusal);
    const auto rule = facts.find("rule");
    text = absl::StrCat("the client's record does not clear this visit: ", ReasonOf(refusal));
    if (rule != facts.end() && !rule->second.empty()) absl::StrAppend(&text, ", ", rule->second);
  }
  Obstacle& obstacle = explanation.obstacles.emplace_back();
  obstacle.code = unavailable ? ObstacleCode::kClearanceUnavailable : ObstacleCode::kNotCleared;
  obstacle.text = std::move(text);
  obstacle.refusal = std::string(ReasonOf(refusal));
}

void ExplainDay(const ExplainContext& context, const Practitioner& who, Obstacles& obstacles) {
  const ExplainQuestion& asked = context.asked;
  const BookingPolicy* policy = asked.catalogue->PolicyAt(asked.clinic->id, context.now);
  if (policy == nullptr || policy->day_rules() == DayRules()) return;
  std::vector<Claim> live(context.claims.begin(), context.claims.end());
  std::erase_if(live, [&](const Claim& claim) { return claim.HasRunOut(context.now); });
  if (!IsWithinLimits(policy->practitioner, DayOf(*asked.clinic, asked.start), who.resource(),
                      asked.start, asked.end, live, /*moving=*/nullptr)) {
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
  const MealBreak& rule = policy->meal_break;
  const Margins margins = PractitionerMargins(*asked.offering);
  if (!LeavesBreak(rule, *asked.clinic, who, asked.start - margins.before,
                   asked.end + margins.after, live, /*moving=*/nullptr)) {
    Add(ObstacleCode::kMealBreak,
        absl::StrCat("would have no break of ", Duration(rule.minutes), " between ",
                     TimeOfDay(rule.from_minute), " and ", TimeOfDay(rule.until_minute)),
        obstacles);
  }
}

}  // namespace stillpoint::booking::domain

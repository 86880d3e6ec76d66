#include "services/booking/domain/policy.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "services/booking/domain/catalogue_rules.h"
#include "services/booking/domain/errors.h"
#include "services/booking/domain/hours.h"

namespace stillpoint::booking::domain {
namespace {

absl::Status CheckLead(const LeadTime& lead, const std::string& field) {
  if (lead.minutes < 0 || lead.minutes > kLeadMinutesMax) {
    return InvalidField(absl::StrCat(field, ".minutes"),
                        absl::StrCat("must be 0 to ", kLeadMinutesMax));
  }
  const std::string minute = absl::StrCat(field, ".day_before_minute");
  if (lead.day_before_minute < 0 || lead.day_before_minute > 24 * 60) {
    return InvalidField(minute, "must be 0 to 1440");
  }
  return lead.day_before_minute % kGridMinutes == 0 ? absl::OkStatus() : error::OffGrid(minute);
}

absl::Status CheckLimit(int limit, int max, const std::string& field) {
  if (limit >= 0 && limit <= max) return absl::OkStatus();
  return InvalidField(field, absl::StrCat("must be 0 to ", max));
}

absl::Status CheckMealBreak(const MealBreak& rule, const std::string& field) {
  if (!rule.IsRule()) {
    return rule == MealBreak() ? absl::OkStatus()
                               : InvalidField(absl::StrCat(field, ".minutes"), "required");
  }
  constexpr int kDay = 24 * 60;
  const auto check = [&](int minutes, int least, int most, const char* name) -> absl::Status {
    const std::string path = absl::StrCat(field, ".", name);
    if (minutes < least || minutes > most) {
      return InvalidField(path, absl::StrCat("must be ", least, " to ", most));
    }
    return minutes % kGridMinutes == 0 ? absl::OkStatus() : error::OffGrid(path);
  };
  RETURN_IF_ERROR(check(rule.from_minute, 0, kDay - kGridMinutes, "from_minute"));
  RETURN_IF_ERROR(check(rule.until_minute, rule.from_minute + kGridMinutes, kDay, "until_minute"));
  RETURN_IF_ERROR(
      check(rule.minutes, kGridMinutes, rule.until_minute - rule.from_minute, "minutes"));
  return check(rule.shift_minutes, 0, kDay, "shift_minutes");
}

}  // namespace

absl::Time FirstDateInTime(int day_before_minute, absl::Time now, const absl::TimeZone& zone) {
  const absl::CivilDay today = absl::ToCivilDay(now, zone);
  const absl::Time cutoff = InstantOf(today, day_before_minute, zone);
  return absl::FromCivil(now < cutoff ? today + 1 : today + 2, zone);
}

absl::Time LeadTime::EarliestStart(absl::Time now, const absl::TimeZone& zone) const {
  const absl::Time elapsed = now + absl::Minutes(minutes);
  if (day_before_minute == 0) return elapsed;
  return std::max(elapsed, FirstDateInTime(day_before_minute, now, zone));
}

const BookingPolicy* InForce(const PolicyVersions& versions, absl::Time now) {
  const auto found = std::find_if(versions.rbegin(), versions.rend(),
                                  [&](const BookingPolicy& one) { return one.effective <= now; });
  return found == versions.rend() ? nullptr : &*found;
}

absl::Status CheckPolicy(const BookingPolicy& policy, absl::Time now, absl::string_view field) {
  if (policy.effective < now) {
    return InvalidField(absl::StrCat(field, ".effective_time"), "has passed");
  }
  if (policy.withdrawn) {
    BookingPolicy nothing = policy;
    nothing.notice = nothing.cancellation = nothing.change = {};
    nothing.horizon_days = 0;
    nothing.practitioner = {};
    nothing.client = {};
    nothing.first_visit_consultation = false;
    nothing.meal_break = {};
    nothing.buffers = BufferPolicy::kSum;
    if (policy.clinic.empty() || policy != nothing) {
      return InvalidField(absl::StrCat(field, ".withdrawn"), "of a clinic, without any rule");
    }
  }
  if (policy.horizon_days < 0 || policy.horizon_days > kHorizonDaysMax) {
    return InvalidField(absl::StrCat(field, ".horizon_days"),
                        absl::StrCat("must be 0 to ", kHorizonDaysMax));
  }
  RETURN_IF_ERROR(CheckLimit(policy.practitioner.visits, kVisitsPerDayMax,
                             absl::StrCat(field, ".practitioner_visits_per_day")));
  RETURN_IF_ERROR(CheckLimit(policy.practitioner.minutes, 24 * 60,
                             absl::StrCat(field, ".practitioner_minutes_per_day")));
  RETURN_IF_ERROR(CheckLimit(policy.client.per_day, kVisitsPerDayMax,
                             absl::StrCat(field, ".client_visits_per_day")));
  RETURN_IF_ERROR(CheckLimit(policy.client.per_week, kVisitsPerWeekMax,
                             absl::StrCat(field, ".client_visits_per_week")));
  RETURN_IF_ERROR(CheckMealBreak(policy.meal_break, absl::StrCat(field, ".meal_break")));
  RETURN_IF_ERROR(CheckLead(policy.notice, absl::StrCat(field, ".notice")));
  RETURN_IF_ERROR(CheckLead(policy.cancellation, absl::StrCat(field, ".cancellation")));
  return CheckLead(policy.change, absl::StrCat(field, ".change"));
}

}  // namespace stillpoint::booking::domain

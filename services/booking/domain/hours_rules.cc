// The part of catalogue_rules.h about weekly hours.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "services/booking/domain/catalogue_rules.h"
#include "services/booking/domain/errors.h"
#include "services/booking/domain/hours.h"

namespace stillpoint::booking::domain {
namespace {

constexpr int kDayMinutes = 24 * 60;
constexpr int kWeekMinutes = 7 * kDayMinutes;
// A year and a week: every clock change of a year, whatever the weekday.
constexpr int kComparedDays = 53 * 7;
// Offsets from UTC run from -12 to +14 hours, so ranges further apart in wall time never meet.
constexpr int kOffsetSpreadMinutes = 26 * 60;

absl::Status CheckRange(const WeeklyHours& hours, const std::string& field) {
  const std::string start = absl::StrCat(field, ".start_minute");
  const std::string end = absl::StrCat(field, ".end_minute");
  if (hours.start_minute < 0 || hours.start_minute >= kDayMinutes) {
    return InvalidField(start, "must be 0 to 1435");
  }
  if (hours.start_minute % kGridMinutes != 0) return error::OffGrid(start);
  if (hours.end_minute % kGridMinutes != 0) return error::OffGrid(end);
  if (hours.end_minute <= hours.start_minute) return error::RangeReversed(end);
  if (hours.end_minute - hours.start_minute > kDayMinutes) {
    return InvalidField(end, "at most 1440 minutes after the start");
  }
  return absl::OkStatus();
}

int StartInWeek(const WeeklyHours& hours) {
  return static_cast<int>(hours.weekday) * kDayMinutes + hours.start_minute;
}

// Whether the two come within `slack` minutes of each other in some week, by wall time alone.
bool MeetInWallTime(const WeeklyHours& a, const WeeklyHours& b, int slack) {
  const int a_start = StartInWeek(a) - slack;
  const int a_end = StartInWeek(a) + a.end_minute - a.start_minute + slack;
  for (const int shift : {-kWeekMinutes, 0, kWeekMinutes}) {
    const int b_start = StartInWeek(b) + shift;
    if (a_start < b_start + b.end_minute - b.start_minute && b_start < a_end) return true;
  }
  return false;
}

// One working range together with the zone it is read in.
struct Placed {
  const WorkingHours& hours;
  absl::TimeZone zone;

  bool HoldsOn(absl::CivilDay day) const {
    return absl::GetWeekday(day) == hours.week.weekday && day >= hours.valid_from.value_or(day) &&
           day <= hours.valid_until.value_or(day);
  }
  // Minutes after the midnight of `day`. A start in a gap moves forward by it; of two, the earlier.
  absl::Time At(absl::CivilDay day, int minutes) const { return InstantOf(day, minutes, zone); }
  absl::Time Start(absl::CivilDay day) const { return At(day, hours.week.start_minute); }
  absl::Time End(absl::CivilDay day) const { return At(day, hours.week.end_minute); }
};

bool MeetOn(absl::CivilDay day, const Placed& a, const Placed& b) {
  // A range may reach into the next day, and zones differ by up to a day more.
  for (absl::CivilDay other = day - 2; other <= day + 2; ++other) {
    if (b.HoldsOn(other) && a.Start(day) < b.End(other) && b.Start(other) < a.End(day)) return true;
  }
  return false;
}

// Whether `a` and `b` share an instant from `today` on.
bool Meet(const Placed& a, const Placed& b, absl::CivilDay today) {
  const bool same_zone = a.zone == b.zone;
  if (!MeetInWallTime(a.hours.week, b.hours.week, same_zone ? 0 : kOffsetSpreadMinutes)) {
    return false;
  }
  const absl::CivilDay from = std::max({today - 2, a.hours.valid_from.value_or(today - 2),
                                        b.hours.valid_from.value_or(today - 2) - 2});
  absl::CivilDay last = from + kComparedDays;
  last = std::min(last, a.hours.valid_until.value_or(last));
  last = std::min(last, b.hours.valid_until.value_or(last) + 2);
  for (absl::CivilDay day = from; day <= last; ++day) {
    if (a.HoldsOn(day) && MeetOn(day, a, b)) return true;
  }
  return false;
}

}  // namespace

absl::Status CheckOpeningHours(const std::vector<WeeklyHours>& hours, absl::string_view field) {
  if (hours.size() > kListMax) return InvalidField(field, absl::StrCat("at most ", kListMax));
  for (size_t i = 0; i < hours.size(); ++i) {
    const std::string here = absl::StrCat(field, "[", i, "]");
    RETURN_IF_ERROR(CheckRange(hours[i], here));
    for (size_t j = 0; j < i; ++j) {
      if (MeetInWallTime(hours[i], hours[j], 0)) {
        return error::HoursOverlap(here, absl::StrCat(field, "[", j, "]"));
      }
    }
  }
  return absl::OkStatus();
}

absl::Status CheckWorkingHours(const std::vector<WorkingHours>& hours, const Catalogue& catalogue,
                               absl::CivilDay today, absl::string_view field) {
  if (hours.size() > kWorkingHoursMax) {
    return InvalidField(field, absl::StrCat("at most ", kWorkingHoursMax));
  }
  std::vector<Placed> placed;
  for (size_t i = 0; i < hours.size(); ++i) {
    const std::string here = absl::StrCat(field, "[", i, "]");
    const Clinic* clinic = catalogue.FindClinic(hours[i].clinic);
    if (clinic == nullptr) return error::ReferenceUnknown(absl::StrCat(here, ".clinic"));
    RETURN_IF_ERROR(CheckRange(hours[i].week, absl::StrCat(here, ".range")));
    if (hours[i].valid_from.has_value() && hours[i].valid_until.has_value() &&
        *hours[i].valid_until < *hours[i].valid_from) {
      return error::RangeReversed(absl::StrCat(here, ".valid_until"));
    }
    placed.push_back({hours[i], clinic->zone});
  }
  for (size_t i = 0; i < placed.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (Meet(placed[i], placed[j], today)) {
        return error::HoursOverlap(absl::StrCat(field, "[", i, "]"),
                                   absl::StrCat(field, "[", j, "]"));
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace stillpoint::booking::domain

// The part of catalogue_rules.h about hours.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "services/booking/domain/catalogue_rules.h"
#include "services/booking/domain/day_hours.h"
#include "services/booking/domain/errors.h"
#include "services/booking/domain/hours.h"

namespace stillpoint::booking::domain {
namespace {

constexpr int kDayMinutes = 24 * 60;
constexpr int kWeekMinutes = 7 * kDayMinutes;
// A year and a week: every clock change of a year, whatever the weekday.
constexpr int kComparedDays = 53 * 7;
// Longer where the weeks of a range are counted: most pairs of counts have met by then (two counts
// of 16 weeks and less always). Two that meet later still never book one person twice: claims see
// to that.
constexpr int kPatternDays = 5 * kComparedDays;
// Offsets from UTC run from -12 to +14 hours, so ranges further apart in wall time never meet.
constexpr int kOffsetSpreadMinutes = 26 * 60;

absl::Status CheckRange(DayRange range, const std::string& field) {
  const std::string start = absl::StrCat(field, ".start_minute");
  const std::string end = absl::StrCat(field, ".end_minute");
  if (range.start_minute < 0 || range.start_minute >= kDayMinutes) {
    return InvalidField(start, "must be 0 to 1435");
  }
  if (range.start_minute % kGridMinutes != 0) return error::OffGrid(start);
  if (range.end_minute % kGridMinutes != 0) return error::OffGrid(end);
  if (range.end_minute <= range.start_minute) return error::RangeReversed(end);
  if (range.end_minute - range.start_minute > kDayMinutes) {
    return InvalidField(end, "at most 1440 minutes after the start");
  }
  return absl::OkStatus();
}

// `range` is the field of the range, `dates` the one that has its first and last date.
absl::Status CheckWeekly(const WeeklyHours& hours, const std::string& range,
                         const std::string& dates) {
  RETURN_IF_ERROR(CheckRange({hours.start_minute, hours.end_minute}, range));
  if (hours.weeks.every < 1 || hours.weeks.every > kEveryWeeksMax) {
    return InvalidField(absl::StrCat(range, ".every_weeks"),
                        absl::StrCat("at most ", kEveryWeeksMax));
  }
  if (hours.weeks.every > 1 && hours.weeks.of_month != 0) {
    return InvalidField(absl::StrCat(range, ".week_of_month"), "not together with every_weeks");
  }
  if (hours.valid_from.has_value() && hours.valid_until.has_value() &&
      *hours.valid_until < *hours.valid_from) {
    return error::RangeReversed(absl::StrCat(dates, ".valid_until"));
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

// Weekly hours together with the zone they are read in.
struct Placed {
  const WeeklyHours& week;
  absl::TimeZone zone;

  // Minutes after the midnight of `day`. A start in a gap moves forward by it; of two, the earlier.
  absl::Time At(absl::CivilDay day, int minutes) const { return InstantOf(day, minutes, zone); }
  absl::Time Start(absl::CivilDay day) const { return At(day, week.start_minute); }
  absl::Time End(absl::CivilDay day) const { return At(day, week.end_minute); }
  bool IsPlain() const { return week.weeks == Weeks{}; }
};

bool MeetOn(absl::CivilDay day, const Placed& a, const Placed& b) {
  // A range may reach into the next day, and zones differ by up to a day more.
  for (absl::CivilDay other = day - 2; other <= day + 2; ++other) {
    if (b.week.StartsOn(other) && a.Start(day) < b.End(other) && b.Start(other) < a.End(day)) {
      return true;
    }
  }
  return false;
}

// Whether `a` and `b` share an instant from `today` on.
bool Meet(const Placed& a, const Placed& b, absl::CivilDay today) {
  const bool same_zone = a.zone == b.zone;
  if (!MeetInWallTime(a.week, b.week, same_zone ? 0 : kOffsetSpreadMinutes)) return false;
  const absl::CivilDay from = std::max({today - 2, a.week.valid_from.value_or(today - 2),
                                        b.week.valid_from.value_or(today - 2) - 2});
  absl::CivilDay last = from + (a.IsPlain() && b.IsPlain() ? kComparedDays : kPatternDays);
  last = std::min(last, a.week.valid_until.value_or(last));
  last = std::min(last, b.week.valid_until.value_or(last) + 2);
  for (absl::CivilDay day = absl::NextWeekday(from - 1, a.week.weekday); day <= last; day += 7) {
    if (a.week.StartsOn(day) && MeetOn(day, a, b)) return true;
  }
  return false;
}

}  // namespace

absl::Status CheckOpeningHours(const std::vector<WeeklyHours>& hours, absl::CivilDay today,
                               absl::string_view field) {
  if (hours.size() > kListMax) return InvalidField(field, absl::StrCat("at most ", kListMax));
  // All are read on one clock, so any will do.
  const absl::TimeZone clock = absl::UTCTimeZone();
  for (size_t i = 0; i < hours.size(); ++i) {
    const std::string here = absl::StrCat(field, "[", i, "]");
    RETURN_IF_ERROR(CheckWeekly(hours[i], here, here));
    for (size_t j = 0; j < i; ++j) {
      if (Meet({hours[i], clock}, {hours[j], clock}, today)) {
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
    RETURN_IF_ERROR(CheckWeekly(hours[i].week, absl::StrCat(here, ".range"), here));
    placed.push_back({hours[i].week, clinic->zone});
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

absl::Status CheckOverride(const DateOverride& day, absl::string_view field) {
  const std::string ranges = absl::StrCat(field, ".ranges");
  if (day.kind == OverrideKind::kUnspecified) {
    return InvalidField(absl::StrCat(field, ".kind"), "required");
  }
  if ((day.kind == OverrideKind::kClosed) != day.ranges.empty()) {
    return InvalidField(ranges, day.ranges.empty() ? "required" : "none on a closed date");
  }
  if (day.ranges.size() > kDayRangesMax) {
    return InvalidField(ranges, absl::StrCat("at most ", kDayRangesMax));
  }
  for (size_t i = 0; i < day.ranges.size(); ++i) {
    const std::string here = absl::StrCat(ranges, "[", i, "]");
    RETURN_IF_ERROR(CheckRange(day.ranges[i], here));
    // By start, so it is enough to look at the one before.
    if (i > 0 && day.ranges[i].start_minute < day.ranges[i - 1].end_minute) {
      return error::HoursOverlap(here, absl::StrCat(ranges, "[", i - 1, "]"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckOverridesApart(const Practitioner& practitioner, const Catalogue& catalogue,
                                 absl::CivilDay today, absl::string_view field) {
  for (const DateOverride& day : practitioner.overrides) {
    const Clinic* here = catalogue.FindClinic(day.clinic);
    if (here == nullptr || day.ranges.empty() || day.date < today - 2) continue;
    for (const auto& [id, clinic] : catalogue.clinics) {
      if (id == day.clinic || !practitioner.WorksAt(id)) continue;
      const Clinic& there = clinic;  // clang 14 lets no lambda see a structured binding.
      bool meet = false;
      for (absl::CivilDay other = day.date - 2; other <= day.date + 2; ++other) {
        ForEachShift(practitioner, id, other, [&](DayRange shift) {
          for (const DayRange& range : day.ranges) {
            meet = meet || (InstantOf(day.date, range.start_minute, here->zone) <
                                InstantOf(other, shift.end_minute, there.zone) &&
                            InstantOf(other, shift.start_minute, there.zone) <
                                InstantOf(day.date, range.end_minute, here->zone));
          }
        });
      }
      if (meet) {
        return error::HoursOverlap(field, absl::StrCat("hours at ", id, ": ", day.clinic, " has ",
                                                       absl::FormatCivilTime(day.date)));
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace stillpoint::booking::domain

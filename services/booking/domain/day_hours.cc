#include "services/booking/domain/day_hours.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace stillpoint::booking::domain {
namespace {

void Emit(const DateOverride* day, absl::FunctionRef<void(DayRange)> emit) {
  if (day == nullptr) return;
  for (const DayRange& range : day->ranges) emit(range);
}

// Whether what the weekly hours say still holds on the date of `day`, which may be null.
bool KeepsWeekly(const DateOverride* day) {
  return day == nullptr || day->kind == OverrideKind::kExtraHours;
}

}  // namespace

void SortOverrides(std::vector<DateOverride>& overrides) {
  std::sort(overrides.begin(), overrides.end(), [](const DateOverride& a, const DateOverride& b) {
    return std::tie(a.date, a.clinic) < std::tie(b.date, b.clinic);
  });
}

void PutOverride(DateOverride day, std::vector<DateOverride>& overrides) {
  TakeOverride(day.date, day.clinic, overrides);
  overrides.push_back(std::move(day));
  SortOverrides(overrides);
}

bool TakeOverride(absl::CivilDay date, absl::string_view clinic,
                  std::vector<DateOverride>& overrides) {
  return std::erase_if(overrides, [&](const DateOverride& day) {
           return day.date == date && day.clinic == clinic;
         }) > 0;
}

const DateOverride* FindOverride(const std::vector<DateOverride>& overrides, absl::CivilDay date,
                                 absl::string_view clinic) {
  const auto found =
      std::partition_point(overrides.begin(), overrides.end(), [&](const DateOverride& day) {
        return day.date < date || (day.date == date && day.clinic < clinic);
      });
  if (found == overrides.end() || found->date != date || found->clinic != clinic) return nullptr;
  return &*found;
}

void ForEachOpening(const Clinic& clinic, absl::CivilDay date,
                    absl::FunctionRef<void(DayRange)> emit) {
  const DateOverride* day = FindOverride(clinic.overrides, date, clinic.id);
  Emit(day, emit);
  if (!KeepsWeekly(day)) return;
  if (clinic.holidays != nullptr && clinic.holidays->Find(date) != nullptr) return;
  const absl::Weekday weekday = absl::GetWeekday(date);
  for (const WeeklyHours& hours : clinic.opening_hours) {
    if (hours.weekday == weekday && hours.StartsOn(date))
      emit({hours.start_minute, hours.end_minute});
  }
}

void ForEachShift(const Practitioner& practitioner, absl::string_view clinic, absl::CivilDay date,
                  absl::FunctionRef<void(DayRange)> emit) {
  const DateOverride* day = FindOverride(practitioner.overrides, date, clinic);
  Emit(day, emit);
  if (!KeepsWeekly(day)) return;
  const absl::Weekday weekday = absl::GetWeekday(date);
  for (const WorkingHours& hours : practitioner.hours) {
    if (hours.week.weekday == weekday && hours.clinic == clinic && hours.week.StartsOn(date)) {
      emit({hours.week.start_minute, hours.week.end_minute});
    }
  }
}

}  // namespace stillpoint::booking::domain

#include "services/booking/domain/holidays.h"

#include <algorithm>
#include <map>

namespace stillpoint::booking::domain {
namespace {

using Calendars = std::map<std::string, HolidayCalendar>;

Calendars MakeCalendars() {
  Calendars calendars;
  const HolidayData data = EmbeddedHolidays();
  for (const HolidayRow& row : data.rows) {
    HolidayCalendar& calendar = calendars[row.region];
    calendar.region = row.region;
    calendar.display_name = row.region_name;
    calendar.first = absl::CivilDay(data.first_year, 1, 1);
    calendar.last = absl::CivilDay(data.last_year, 12, 31);
    calendar.holidays.push_back(
        {absl::CivilDay(row.year, row.month, row.day), row.name, row.source});
  }
  for (auto& [region, calendar] : calendars) {
    std::stable_sort(calendar.holidays.begin(), calendar.holidays.end(),
                     [](const Holiday& a, const Holiday& b) { return a.date < b.date; });
  }
  return calendars;
}

// Made at the first use, never destroyed: clinics point into it.
const Calendars& AllCalendars() {
  static const Calendars* const kCalendars = new Calendars(MakeCalendars());
  return *kCalendars;
}

}  // namespace

const Holiday* HolidayCalendar::Find(absl::CivilDay date) const {
  const auto found =
      std::partition_point(holidays.begin(), holidays.end(),
                           [&](const Holiday& holiday) { return holiday.date < date; });
  return found != holidays.end() && found->date == date ? &*found : nullptr;
}

const HolidayCalendar* FindHolidayCalendar(absl::string_view region) {
  const auto found = AllCalendars().find(std::string(region));
  return found == AllCalendars().end() ? nullptr : &found->second;
}

std::vector<std::string> HolidayRegions() {
  std::vector<std::string> regions;
  for (const auto& [region, calendar] : AllCalendars()) regions.push_back(region);
  return regions;
}

}  // namespace stillpoint::booking::domain

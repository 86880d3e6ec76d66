// Public holidays by province or state, from data/holidays.v1.json, which is built into the binary.
#ifndef STILLPOINT_SERVICES_BOOKING_DOMAIN_HOLIDAYS_H_
#define STILLPOINT_SERVICES_BOOKING_DOMAIN_HOLIDAYS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"

namespace stillpoint::booking::domain {

struct Holiday {
  absl::CivilDay date{};
  std::string name{};    // English: "Good Friday".
  std::string source{};  // The law that makes it one.
  friend bool operator==(const Holiday&, const Holiday&) = default;
};

// One region's. Beyond [first, last] nothing is known, and so nothing is a holiday.
struct HolidayCalendar {
  std::string region{};  // ISO 3166-2: "CA-NB", "US-GA".
  std::string display_name{};
  absl::CivilDay first{};
  absl::CivilDay last{};
  std::vector<Holiday> holidays{};  // By date; two may share one.

  // The first of that date; null: none.
  const Holiday* Find(absl::CivilDay date) const;
};

// Null for a region that there is no data for. The calendar lives as long as the process.
const HolidayCalendar* FindHolidayCalendar(absl::string_view region);

// The regions that there is data for, ascending.
std::vector<std::string> HolidayRegions();

// The data as data/embed.cmake writes it, in the order of the file.
struct HolidayRow {
  const char* region;
  const char* region_name;
  const char* name;
  const char* source;
  int year;
  int month;
  int day;
};
struct HolidayData {
  int first_year;
  int last_year;
  std::vector<HolidayRow> rows;
};
HolidayData EmbeddedHolidays();

}  // namespace stillpoint::booking::domain

#endif  // STILLPOINT_SERVICES_BOOKING_DOMAIN_HOLIDAYS_H_

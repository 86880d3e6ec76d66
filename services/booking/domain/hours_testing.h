// Random hours for property tests.
#ifndef STILLPOINT_SERVICES_BOOKING_DOMAIN_HOURS_TESTING_H_
#define STILLPOINT_SERVICES_BOOKING_DOMAIN_HOURS_TESTING_H_

#include <deque>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "services/booking/domain/catalogue.h"
#include "services/booking/domain/day_hours.h"

namespace stillpoint::booking::domain {

// Eves of clock changes, and a zone with an odd offset.
struct Place2027 {
  const char* zone;
  absl::CivilDay day;  // Hours and windows lie around it.
};
inline const Place2027 kPlaces[] = {
    {"America/Toronto", absl::CivilDay(2027, 3, 13)},
    {"America/Toronto", absl::CivilDay(2027, 11, 6)},
    {"America/St_Johns", absl::CivilDay(2027, 3, 13)},
    {"America/Havana", absl::CivilDay(2027, 3, 13)},
    {"America/Havana", absl::CivilDay(2027, 11, 6)},
    {"Australia/Lord_Howe", absl::CivilDay(2027, 4, 3)},
    {"Australia/Lord_Howe", absl::CivilDay(2027, 10, 2)},
    {"Antarctica/Troll", absl::CivilDay(2027, 3, 27)},
    {"Asia/Kathmandu", absl::CivilDay(2027, 5, 3)},
    {"Europe/London", absl::CivilDay(2027, 10, 30)},
};

// Hours around one date, from one seed.
class RandomHours {
 public:
  explicit RandomHours(uint32_t seed) : random_(seed) {}

  int Below(int limit) { return static_cast<int>(random_() % static_cast<unsigned>(limit)); }
  bool Chance(int percent) { return Below(100) < percent; }

  DayRange Range() {
    DayRange range{Below(288) * 5, 0};
    if (Chance(30)) range.start_minute = Below(48) * 5;  // Near the change.
    range.end_minute = range.start_minute + 5 + Below(288) * 5;
    return range;
  }

  // `dated`: sometimes only from or until some date around.
  WeeklyHours Weekly(absl::CivilDay around, bool dated) {
    const DayRange range = Range();
    WeeklyHours hours;
    hours.weekday = absl::GetWeekday(around + (Below(5) - 1));
    hours.start_minute = range.start_minute;
    hours.end_minute = range.end_minute;
    if (Chance(20)) {
      hours.weeks.every = 2 + Below(3);
      hours.weeks.anchor = around + (Below(60) - 30);
    } else if (Chance(20)) {
      hours.weeks.of_month = Chance(20) ? kLastOfMonth : 1 + Below(5);
    }
    if (dated && Chance(20)) hours.valid_from = around + Below(3);
    if (dated && Chance(20)) hours.valid_until = around + Below(3);
    return hours;
  }

  // A calendar with the date and some others around, or none. Lives as long as this.
  const HolidayCalendar* Holidays(absl::CivilDay around) {
    if (Chance(60)) return nullptr;
    HolidayCalendar& calendar = calendars_.emplace_back();
    for (int i = -20; i < 20; ++i) {
      if (Chance(15)) calendar.holidays.push_back({around + i, "", ""});
    }
    return &calendar;
  }

  // What up to three dates around have at `clinic`, put into `overrides`.
  void Override(absl::CivilDay around, const std::string& clinic,
                std::vector<DateOverride>& overrides) {
    for (int i = Below(4); i > 0; --i) {
      DateOverride day{.date = around + (Below(5) - 1),
                       .clinic = clinic,
                       .kind = static_cast<OverrideKind>(1 + Below(3))};
      if (day.kind != OverrideKind::kClosed) {
        day.ranges.push_back(Range());
        const int end = day.ranges[0].end_minute;
        if (end < 1400) day.ranges.push_back({end + 5, end + 60});
      }
      PutOverride(std::move(day), overrides);
    }
  }

 private:
  std::mt19937 random_;
  std::deque<HolidayCalendar> calendars_;
};

}  // namespace stillpoint::booking::domain

#endif  // STILLPOINT_SERVICES_BOOKING_DOMAIN_HOURS_TESTING_H_

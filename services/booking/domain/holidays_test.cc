// The dates in data/holidays.v1.json, each found again from the words of its law, and what they do
// to a clinic's hours.
#include "services/booking/domain/holidays.h"

#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "services/booking/domain/hours.h"

namespace stillpoint::booking::domain {
namespace {

using absl::CivilDay;
using absl::Weekday;

constexpr int kFirstYear = 2026;
constexpr int kLastYear = 2028;

// Sunday after the full moon on or after 21 March: the Gauss-Meeus-Butcher tables, not a list.
CivilDay Easter(int64_t year) {
  const int64_t golden = year % 19;
  const int64_t century = year / 100;
  const int64_t epact = (century - century / 4 - (8 * century + 13) / 25 + 19 * golden + 15) % 30;
  const int64_t moon =
      epact - (epact / 28) * (1 - (epact / 28) * (29 / (epact + 1)) * ((21 - golden) / 11));
  const int64_t weekday = (year + year / 4 + moon + 2 - century + century / 4) % 7;
  return CivilDay(year, 3, 28) + (moon - weekday);
}

CivilDay Nth(int64_t year, int month, Weekday weekday, int n) {
  CivilDay day(year, month, 1);
  for (;; ++day) {
    if (absl::GetWeekday(day) == weekday && --n == 0) return day;
  }
}

CivilDay MondayBefore(CivilDay day) {
  do {
    --day;
  } while (absl::GetWeekday(day) != Weekday::monday);
  return day;
}

using Rule = std::function<CivilDay(int64_t year)>;

Rule On(int month, int day) {
  return [=](int64_t year) { return CivilDay(year, month, day); };
}
Rule OnNth(int month, Weekday weekday, int n) {
  return [=](int64_t year) { return Nth(year, month, weekday, n); };
}
CivilDay GoodFriday(int64_t year) { return Easter(year) - 2; }
CivilDay BeforeMay25(int64_t year) { return MondayBefore(CivilDay(year, 5, 25)); }
CivilDay LastMondayOfMay(int64_t year) { return MondayBefore(CivilDay(year, 6, 1)); }
CivilDay CanadaDay(int64_t year) {
  const CivilDay day(year, 7, 1);
  return absl::GetWeekday(day) == Weekday::sunday ? day + 1 : day;
}

// What each region's law says, by region and name.
std::map<std::string, std::map<std::string, Rule>> Laws() {
  constexpr Weekday kMon = Weekday::monday;
  const std::map<std::string, Rule> everywhere = {{"New Year's Day", On(1, 1)},
                                                  {"Christmas Day", On(12, 25)}};
  std::map<std::string, Rule> canada = everywhere;
  canada["Good Friday"] = GoodFriday;
  canada["Canada Day"] = CanadaDay;
  canada["Labour Day"] = OnNth(9, kMon, 1);
  std::map<std::string, std::map<std::string, Rule>> laws;
  laws["CA-AB"] = canada;
  laws["CA-AB"]["Alberta Family Day"] = OnNth(2, kMon, 3);
  laws["CA-AB"]["Victoria Day"] = BeforeMay25;
  laws["CA-AB"]["Thanksgiving Day"] = OnNth(10, kMon, 2);
  laws["CA-AB"]["Remembrance Day"] = On(11, 11);
  laws["CA-NB"] = canada;
  laws["CA-NB"]["Family Day"] = OnNth(2, kMon, 3);
  laws["CA-NB"]["New Brunswick Day"] = OnNth(8, kMon, 1);
  laws["CA-NB"]["Remembrance Day"] = On(11, 11);
  laws["CA-ON"] = canada;
  laws["CA-ON"]["Family Day"] = OnNth(2, kMon, 3);
  laws["CA-ON"]["Victoria Day"] = BeforeMay25;
  laws["CA-ON"]["Thanksgiving Day"] = OnNth(10, kMon, 2);
  laws["CA-ON"]["Boxing Day"] = On(12, 26);
  laws["CA-QC"] = canada;
  laws["CA-QC"]["National Patriots' Day"] = BeforeMay25;
  laws["CA-QC"]["Quebec National Holiday"] = On(6, 24);
  laws["CA-QC"]["Thanksgiving Day"] = OnNth(10, kMon, 2);
  laws["US-GA"] = everywhere;
  laws["US-GA"]["Martin Luther King, Jr. Day"] = OnNth(1, kMon, 3);
  laws["US-GA"]["Washington's Birthday"] = OnNth(2, kMon, 3);
  laws["US-GA"]["Memorial Day"] = LastMondayOfMay;
  laws["US-GA"]["Juneteenth"] = On(6, 19);
  laws["US-GA"]["Independence Day"] = On(7, 4);
  laws["US-GA"]["Labor Day"] = OnNth(9, kMon, 1);
  laws["US-GA"]["Columbus Day"] = OnNth(10, kMon, 2);
  laws["US-GA"]["Veterans Day"] = On(11, 11);
  laws["US-GA"]["Thanksgiving Day"] = OnNth(11, Weekday::thursday, 4);
  return laws;
}

using Dates = std::set<std::pair<CivilDay, std::string>>;

// All of them from the year before to the year after, since an observed day may fall in the next
// year.
Dates ByLaw(const std::string& region) {
  Dates dates;
  const std::map<std::string, Rule> rules = Laws().at(region);
  for (const auto& [name, rule] : rules) {
    for (int64_t year = kFirstYear - 1; year <= kLastYear + 1; ++year) {
      const CivilDay day = rule(year);
      dates.emplace(day, name);
      if (region != "US-GA") continue;
      const Weekday weekday = absl::GetWeekday(day);
      if (weekday == Weekday::saturday) dates.emplace(day - 1, name + " (observed)");
      if (weekday == Weekday::sunday) dates.emplace(day + 1, name + " (observed)");
    }
  }
  std::erase_if(dates, [](const auto& entry) {
    return entry.first.year() < kFirstYear || entry.first.year() > kLastYear;
  });
  return dates;
}

TEST(Holidays, TheTestKnowsEaster) {
  EXPECT_EQ(Easter(2023), CivilDay(2023, 4, 9));
  EXPECT_EQ(Easter(2024), CivilDay(2024, 3, 31));
  EXPECT_EQ(Easter(2025), CivilDay(2025, 4, 20));
  EXPECT_EQ(Easter(2026), CivilDay(2026, 4, 5));
  EXPECT_EQ(Easter(2038), CivilDay(2038, 4, 25));  // The latest possible.
}

TEST(Holidays, EveryDateFollowsFromItsLawAndNoneIsMissing) {
  std::vector<std::string> regions;
  const auto laws = Laws();
  for (const auto& [region, rules] : laws) {
    regions.push_back(region);
    const HolidayCalendar* calendar = FindHolidayCalendar(region);
    ASSERT_NE(calendar, nullptr) << region;
    Dates dates;
    for (const Holiday& holiday : calendar->holidays) {
      dates.emplace(holiday.date, holiday.name);
      EXPECT_FALSE(holiday.source.empty());
    }
    EXPECT_EQ(dates, ByLaw(region)) << region;
    EXPECT_EQ(dates.size(), calendar->holidays.size()) << region << " has one twice";
    EXPECT_EQ(calendar->first, CivilDay(kFirstYear, 1, 1));
    EXPECT_EQ(calendar->last, CivilDay(kLastYear, 12, 31));
  }
  EXPECT_EQ(HolidayRegions(), regions);
}

// A few that people know by heart, so that data and test cannot be wrong in the same way.
TEST(Holidays, DatesInTheDiary) {
  const auto has = [](const char* region, int year, int month, int day) {
    return FindHolidayCalendar(region)->Find(CivilDay(year, month, day)) != nullptr;
  };
  EXPECT_TRUE(has("CA-AB", 2027, 3, 26));    // Good Friday.
  EXPECT_FALSE(has("CA-AB", 2027, 3, 29));   // Easter Monday is an employer's choice.
  EXPECT_TRUE(has("CA-AB", 2026, 5, 18));    // Victoria Day: 25 May is a Monday itself.
  EXPECT_FALSE(has("CA-NB", 2026, 5, 18));   // Not in New Brunswick.
  EXPECT_TRUE(has("CA-NB", 2028, 8, 7));     // New Brunswick Day.
  EXPECT_FALSE(has("CA-ON", 2027, 11, 11));  // No day off in Ontario.
  EXPECT_TRUE(has("CA-QC", 2028, 6, 24));
  EXPECT_TRUE(has("US-GA", 2026, 7, 3));    // For Saturday the 4th.
  EXPECT_TRUE(has("US-GA", 2027, 12, 31));  // For New Year's Day 2028, a Saturday.
  EXPECT_FALSE(has("US-GA", 2027, 3, 26));
  EXPECT_EQ(FindHolidayCalendar("US-GA")->Find(CivilDay(2027, 7, 5))->name,
            "Independence Day (observed)");
}

TEST(Holidays, UnknownRegionsHaveNone) {
  EXPECT_EQ(FindHolidayCalendar(""), nullptr);
  EXPECT_EQ(FindHolidayCalendar("CA"), nullptr);
  EXPECT_EQ(FindHolidayCalendar("ca-ab"), nullptr);
}

Clinic ClinicIn(const char* id, const char* zone, const char* region) {
  Clinic clinic;
  clinic.id = id;
  EXPECT_TRUE(absl::LoadTimeZone(zone, &clinic.zone));
  clinic.holiday_region = region;
  clinic.holidays = FindHolidayCalendar(region);
  for (int day = 0; day < 7; ++day) {
    clinic.opening_hours.push_back({static_cast<Weekday>(day), 540, 1020});
  }
  return clinic;
}

// 2 August 2027 is New Brunswick Day, and any Monday in Quebec.
TEST(Holidays, Scenario29OneProvinceOnlyAndReopenedByAnOverride) {
  Catalogue catalogue;
  catalogue.clinics["nb"] = ClinicIn("nb", "America/Moncton", "CA-NB");
  catalogue.clinics["qc"] = ClinicIn("qc", "America/Toronto", "CA-QC");
  Practitioner& who = catalogue.practitioners["p"];
  who.id = "p";
  who.hours = {{"nb", {Weekday::monday, 540, 1020}}, {"qc", {Weekday::monday, 540, 1020}}};
  const auto open = [&](const char* clinic, int hour, int until) {
    const absl::TimeZone& zone = catalogue.clinics[clinic].zone;
    const CivilDay date(2027, 8, 2);
    return IsOpen(catalogue, "p", clinic, InstantOf(date, hour * 60, zone),
                  InstantOf(date, until * 60, zone));
  };
  EXPECT_FALSE(open("nb", 10, 11));
  EXPECT_TRUE(open("qc", 9, 17));

  Clinic& clinic = catalogue.clinics["nb"];
  clinic.overrides = {{CivilDay(2027, 8, 2), "nb", OverrideKind::kOtherHours, {{600, 840}}}};
  EXPECT_TRUE(open("nb", 10, 14));
  EXPECT_FALSE(open("nb", 9, 10));
  EXPECT_FALSE(open("nb", 14, 15));
  // Extra hours are beside what the holiday leaves: nothing.
  clinic.overrides[0].kind = OverrideKind::kExtraHours;
  EXPECT_TRUE(open("nb", 10, 14));
  EXPECT_FALSE(open("nb", 14, 15));
  // A practitioner's own override does not open the clinic.
  clinic.overrides.clear();
  who.overrides = {{CivilDay(2027, 8, 2), "nb", OverrideKind::kOtherHours, {{600, 840}}}};
  EXPECT_FALSE(open("nb", 10, 14));
}

TEST(Holidays, TheGridIsEmptyOnAHoliday) {
  const Clinic clinic = ClinicIn("ab", "America/Edmonton", "CA-AB");
  const Tick friday = TickCeil(InstantOf(CivilDay(2027, 3, 26), 0, clinic.zone));
  EXPECT_FALSE(StartGrid(clinic, 15, friday, friday + 288).Any());
  EXPECT_TRUE(StartGrid(clinic, 15, friday + 288, friday + 576).Any());
}

}  // namespace
}  // namespace stillpoint::booking::domain

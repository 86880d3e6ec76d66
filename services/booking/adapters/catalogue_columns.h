// How lists and dates of the catalogue are kept in columns.
#ifndef STILLPOINT_SERVICES_BOOKING_ADAPTERS_CATALOGUE_COLUMNS_H_
#define STILLPOINT_SERVICES_BOOKING_ADAPTERS_CATALOGUE_COLUMNS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/civil_time.h"
#include "common/sql/database.h"
#include "services/booking/domain/catalogue.h"

namespace stillpoint::booking::adapters {

// Codes have no comma (domain/catalogue_rules.h).
inline std::string FromCodes(const std::vector<std::string>& codes) {
  return absl::StrJoin(codes, ",");
}

inline std::vector<std::string> ToCodes(const std::string& text) {
  return absl::StrSplit(text, ',', absl::SkipEmpty());
}

inline std::string FromNumbers(const std::vector<int>& numbers) {
  return absl::StrJoin(numbers, ",");
}

inline std::vector<int> ToNumbers(const std::string& text) {
  std::vector<int> numbers;
  for (const absl::string_view part : absl::StrSplit(text, ',', absl::SkipEmpty())) {
    int number = 0;
    if (absl::SimpleAtoi(part, &number)) numbers.push_back(number);
  }
  return numbers;
}

// Days since 1970-01-01; NULL for no bound.
inline sql::Value FromDay(const std::optional<absl::CivilDay>& day) {
  if (!day.has_value()) return nullptr;
  return int64_t{*day - absl::CivilDay(1970, 1, 1)};
}

inline std::optional<absl::CivilDay> ToDay(const sql::Value& value) {
  if (value.is_null()) return std::nullopt;
  return absl::CivilDay(1970, 1, 1) + value.Int();
}

inline int64_t FromDate(absl::CivilDay day) { return day - absl::CivilDay(1970, 1, 1); }

inline absl::CivilDay ToDate(const sql::Value& value) {
  return absl::CivilDay(1970, 1, 1) + value.Int();
}

// start,end,start,end,...
inline std::string FromRanges(const std::vector<domain::DayRange>& ranges) {
  std::vector<int> minutes;
  for (const domain::DayRange& range : ranges) {
    minutes.insert(minutes.end(), {range.start_minute, range.end_minute});
  }
  return FromNumbers(minutes);
}

inline std::vector<domain::DayRange> ToRanges(const std::string& text) {
  const std::vector<int> minutes = ToNumbers(text);
  std::vector<domain::DayRange> ranges;
  for (size_t i = 0; i + 1 < minutes.size(); i += 2) {
    ranges.push_back({minutes[i], minutes[i + 1]});
  }
  return ranges;
}

}  // namespace stillpoint::booking::adapters

#endif  // STILLPOINT_SERVICES_BOOKING_ADAPTERS_CATALOGUE_COLUMNS_H_

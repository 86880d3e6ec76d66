// How lists and dates of the catalogue are kept in one column.
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

}  // namespace stillpoint::booking::adapters

#endif  // STILLPOINT_SERVICES_BOOKING_ADAPTERS_CATALOGUE_COLUMNS_H_

#include "services/client_record/domain/dates.h"

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"

namespace stillpoint::client_record::domain {
namespace {

// The zones of the Earth reach from UTC-12 to UTC+14.
constexpr absl::Duration kLatestZone = absl::Hours(12);
constexpr absl::Duration kEarliestZone = absl::Hours(14);

constexpr int kYearMin = 1850;  // No client is older.
constexpr int kYearMax = 2200;

}  // namespace

std::optional<absl::CivilDay> ParseDay(absl::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  for (const size_t i : {0, 1, 2, 3, 5, 6, 8, 9}) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(text[i]))) return std::nullopt;
  }
  int year = 0, month = 0, day = 0;
  if (!absl::SimpleAtoi(text.substr(0, 4), &year) || !absl::SimpleAtoi(text.substr(5, 2), &month) ||
      !absl::SimpleAtoi(text.substr(8, 2), &day) || year < kYearMin || year > kYearMax) {
    return std::nullopt;
  }
  const absl::CivilDay civil(year, month, day);
  // CivilDay normalises February 30 to March 2; a form that says so is wrong.
  if (civil.month() != month || civil.day() != day) return std::nullopt;
  return civil;
}

absl::Time BegunEverywhere(absl::CivilDay day) {
  return absl::FromCivil(day, absl::UTCTimeZone()) + kLatestZone;
}

bool IsFuture(absl::CivilDay day, absl::Time now) {
  return absl::FromCivil(day, absl::UTCTimeZone()) - kEarliestZone > now;
}

}  // namespace stillpoint::client_record::domain

// The parts of an explanation that are rules, not claims. For explain.cc alone.
#ifndef STILLPOINT_SERVICES_BOOKING_DOMAIN_EXPLAIN_RULES_H_
#define STILLPOINT_SERVICES_BOOKING_DOMAIN_EXPLAIN_RULES_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "services/booking/domain/bits.h"
#include "services/booking/domain/explain.h"

namespace stillpoint::booking::domain {

using Obstacles = std::vector<Obstacle>;

// One question, with what every resource is compared with.
struct ExplainContext {
  const ExplainQuestion& asked;
  absl::Span<const Claim> claims;
  const std::map<std::string, Booking>& bookings;
  absl::Time now;

  // On the clinic's wall clock; the date is said only where it is another than the visit's.
  std::string Local(absl::Time time) const {
    const absl::TimeZone& zone = asked.clinic->zone;
    const bool same = absl::ToCivilDay(time, zone) == absl::ToCivilDay(asked.start, zone);
    return absl::FormatTime(same ? "%H:%M" : "%Y-%m-%d %H:%M", time, zone);
  }
  std::string Between(absl::Time start, absl::Time end) const {
    return absl::StrCat("from ", Local(start), " to ", Local(end));
  }
};

inline void Add(ObstacleCode code, std::string text, Obstacles& obstacles) {
  obstacles.push_back({.code = code, .text = std::move(text)});
}

inline bool All(const Bits& bits) { return bits.AllSet(bits.begin(), bits.end()); }

// What is wrong with the time: off the grid, in the past, notice, horizon.
void ExplainStart(const ExplainContext& context, Obstacles& obstacles);
// What is wrong with the clinic: the offering is not given, closed, off the step, nobody, no room,
// no device.
void ExplainPlace(const ExplainContext& context, Obstacles& obstacles);
// What the policy asks of the practitioner's day.
void ExplainDay(const ExplainContext& context, const Practitioner& who, Obstacles& obstacles);

}  // namespace stillpoint::booking::domain

#endif  // STILLPOINT_SERVICES_BOOKING_DOMAIN_EXPLAIN_RULES_H_

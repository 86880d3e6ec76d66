// The rules of an organization or of one clinic as data: one version never changes, another
// follows.
#ifndef STILLPOINT_SERVICES_BOOKING_DOMAIN_POLICY_H_
#define STILLPOINT_SERVICES_BOOKING_DOMAIN_POLICY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace stillpoint::booking::domain {

// The last moment for something that has to be done some time before a visit. 0: no such rule; of
// two rules both must be kept.
struct LeadTime {
  int minutes = 0;            // Elapsed time before the start.
  int day_before_minute = 0;  // Before this minute of the local day before the visit; 5..1440.
  friend bool operator==(const LeadTime&, const LeadTime&) = default;

  bool IsRule() const { return minutes > 0 || day_before_minute > 0; }
  // The first start for which it may still be done at `now`, in the clinic's `zone`. For all later
  // ones it may be done too.
  absl::Time EarliestStart(absl::Time now, const absl::TimeZone& zone) const;
};

// The first instant of the first local date whose day-before rule is still kept at `now`.
absl::Time FirstDateInTime(int day_before_minute, absl::Time now, const absl::TimeZone& zone);

// How much there may be of one local day, by when visits start. 0: no such rule.
struct DayLimits {
  int visits = 0;
  int minutes = 0;  // Of the visits themselves, hands on: without buffers.
  friend bool operator==(const DayLimits&, const DayLimits&) = default;

  bool IsRule() const { return visits > 0 || minutes > 0; }
  // Whether a visit of `length` minutes may be added to `have` visits of `had` minutes.
  bool AllowOneMore(int have, int64_t had, int64_t length) const {
    return (visits == 0 || have < visits) && (minutes == 0 || had + length <= minutes);
  }
};

// A break of a practitioner at work that visits may push about, but not take: of each local day of
// the clinic there stay so many minutes in a row, within a window, in which nothing occupies them.
struct MealBreak {
  int minutes = 0;      // 0: no such rule.
  int from_minute = 0;  // The window, [from, until) of the local day; not shorter than the break.
  int until_minute = 0;
  int shift_minutes = 0;  // Only on days with more than this at work there.
  friend bool operator==(const MealBreak&, const MealBreak&) = default;

  bool IsRule() const { return minutes > 0; }
};

// What is asked of a practitioner's day.
struct DayRules {
  DayLimits limits{};
  MealBreak meal_break{};
  bool one_at_a_time = true;  // False: a visit may lie beside others at its clinic.
  friend bool operator==(const DayRules&, const DayRules&) = default;
};

// How often one client may come in the organization, by when visits start on the clinic's wall
// clock; weeks begin on Monday. 0: no such rule.
struct ClientLimits {
  int per_day = 0;
  int per_week = 0;
  friend bool operator==(const ClientLimits&, const ClientLimits&) = default;

  bool IsRule() const { return per_day > 0 || per_week > 0; }
  bool DayIsFull(int have) const { return per_day > 0 && have >= per_day; }
  bool WeekIsFull(int have) const { return per_week > 0 && have >= per_week; }
};

// What a client has already, as far as these rules ask (app/client_visits.h counts it).
struct ClientHistory {
  int in_day = 0;                // Visits on the wanted one's local day; a hold while it lasts.
  int in_week = 0;               // The same in its week.
  bool has_come_before = false;  // A visit that is agreed starts before the wanted one.
};

// What must lie between two visits of one practitioner at least, if both have a buffer there.
// Stored and sent as these numbers.
enum class BufferPolicy {
  kSum = 1,  // The one's buffer after it, then the other's before it.
  kMax = 2,  // The longer of the two: they may lie over each other, but not over a visit.
};

// One version.
struct BookingPolicy {
  std::string clinic{};    // Whose; empty: the organization's own.
  int64_t version = 1;     // 1, 2, ... of its owner.
  absl::Time effective{};  // Counts from then on, unless a newer version does.
  bool withdrawn = false;  // Of a clinic: the organization's counts from then on. Has no rules.
  LeadTime notice{};
  int horizon_days = 0;  // In days of 24 h; 0: no such rule.
  LeadTime cancellation{};
  LeadTime change{};
  DayLimits practitioner{};  // Of one practitioner, wherever; of a visit's clinic that day.
  ClientLimits client{};
  bool first_visit_consultation = false;      // Of a client in the organization.
  MealBreak meal_break{};                     // Of practitioners, in visits at the clinic.
  BufferPolicy buffers = BufferPolicy::kSum;  // Toward the visit before, of those made under it.
  friend bool operator==(const BookingPolicy&, const BookingPolicy&) = default;

  DayRules day_rules() const { return {practitioner, meal_break}; }
};

// Versions of one owner, ascending, none missing.
using PolicyVersions = std::vector<BookingPolicy>;

// The newest version that has taken effect; null: none. A newer one that was to take effect earlier
// also replaces what was planned for later.
const BookingPolicy* InForce(const PolicyVersions& versions, absl::Time now);

inline constexpr int kVisitsPerDayMax = 288;  // As many as begin on the grid.
inline constexpr int kVisitsPerWeekMax = 7 * kVisitsPerDayMax;
inline constexpr int kLeadMinutesMax = 365 * 24 * 60;
inline constexpr size_t kPolicyVersionsMax = 1'000;  // Of one owner; a change a week for 20 years.

// A new version. `field` is its path in the request; errors name the field below it.
// InvalidArgument INVALID_FIELD (out of bounds, takes effect before `now`, withdrawn with rules or
// without a clinic), OFF_GRID.
absl::Status CheckPolicy(const BookingPolicy& policy, absl::Time now, absl::string_view field);

}  // namespace stillpoint::booking::domain

#endif  // STILLPOINT_SERVICES_BOOKING_DOMAIN_POLICY_H_

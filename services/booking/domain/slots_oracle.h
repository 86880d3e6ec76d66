// The slow truth that slots_property_test.cc compares with: one minute at a time, no bits, no
// conversions from civil time. For tests only.
#ifndef STILLPOINT_SERVICES_BOOKING_DOMAIN_SLOTS_ORACLE_H_
#define STILLPOINT_SERVICES_BOOKING_DOMAIN_SLOTS_ORACLE_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "services/booking/domain/slots.h"
#include "services/booking/domain/slots_testing.h"

namespace stillpoint::booking::domain {

// The wall clock of one zone, minute by minute, as a table.
class WallTable {
 public:
  // Minutes since the epoch, UTC: [begin, end).
  WallTable(const absl::TimeZone& zone, int64_t begin, int64_t end) : begin_(begin) {
    for (int64_t minute = begin; minute < end; ++minute) {
      const absl::CivilMinute civil = absl::ToCivilMinute(absl::FromUnixSeconds(minute * 60), zone);
      wall_.push_back(civil - absl::CivilMinute(1970, 1, 1));
      first_.emplace(wall_.back(), minute);  // Keeps the first of a repeated minute.
    }
  }
  int64_t Wall(int64_t minute) const { return wall_[minute - begin_]; }
  // The first UTC minute at which the clock shows `wall`; a skipped one moves forward by the gap.
  int64_t First(int64_t wall) const {
    const auto next = first_.lower_bound(wall);
    if (next == first_.end() || next == first_.begin()) return begin_;
    if (next->first == wall) return next->second;
    return First(wall + next->first - std::prev(next)->first - 1);
  }

 private:
  int64_t begin_;
  std::vector<int64_t> wall_;
  std::map<int64_t, int64_t> first_;
};

// The hours of one clinic, asked about one minute (UTC, since the epoch) at a time. Keeps what it
// is told to: the clinic and the table must outlive it, and practitioners with one id must not
// change.
class HoursOracle {
 public:
  HoursOracle(const Clinic& clinic, const WallTable& table) : clinic_(clinic), table_(table) {}

  bool IsOpen(int64_t minute);
  // The practitioner works there, the clinic is open, and there is no time off.
  bool Works(const Practitioner& who, int64_t minute);
  bool OnGrid(int step_minutes, int64_t minute);

 private:
  const std::vector<DayRange>& Openings(int64_t day);  // Days since the epoch.

  const Clinic& clinic_;
  const WallTable& table_;
  std::map<int64_t, std::vector<DayRange>> openings_;
  std::map<std::pair<std::string, int64_t>, std::vector<DayRange>> shifts_;  // By person and day.
};

// Every "START practitioner clinic room device" that is free, in order; START in UTC minutes, the
// device empty if none is needed. `tables` by
// zone name must reach four days beyond the query on both sides.
std::vector<std::string> OracleSlots(const Catalogue& catalogue, const SlotQuery& query,
                                     const std::vector<TestClaim>& claims, absl::Time now,
                                     const std::map<std::string, const WallTable*>& tables);

}  // namespace stillpoint::booking::domain

#endif  // STILLPOINT_SERVICES_BOOKING_DOMAIN_SLOTS_ORACLE_H_

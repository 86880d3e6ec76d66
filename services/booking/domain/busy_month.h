// What occupies one resource in one month, as of one version of it: a fact that never changes, so
// it can be kept anywhere for as long as anybody likes.
#ifndef STILLPOINT_SERVICES_BOOKING_DOMAIN_BUSY_MONTH_H_
#define STILLPOINT_SERVICES_BOOKING_DOMAIN_BUSY_MONTH_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/booking/domain/bits.h"

namespace stillpoint::booking::domain {

// Months since January 1970, UTC: the pieces in which facts are kept, about 1 KB each and six
// bytes a visit.
using Month = int;

Month MonthOf(Tick tick);
Tick MonthBegin(Month month);

// What is around a visit. Most visits of a practitioner are alike in it, so each kind is kept once.
struct Surroundings {
  std::string clinic{};  // Where.
  Tick before = 0;       // So many ticks before and after the visit belong to its claim.
  Tick after = 0;
  Tick lead = 0;  // So many before it may have a buffer of another visit, but no visit.
  friend bool operator==(const Surroundings&, const Surroundings&) = default;
};

// When the visit itself is, without buffers: for limits by the day and for travel. In ticks,
// `begin` counted from the beginning of the month in which it begins. A month has less than 2^16
// ticks.
struct VisitTicks {
  uint16_t begin = 0;
  uint16_t length = 0;  // 0: no visit begins here.
  uint16_t around = 0;  // Index in BusyMonth::surroundings.
  friend bool operator==(const VisitTicks&, const VisitTicks&) = default;
};

// Time kept until `expires` and free again from then on, without anybody writing anything.
struct HeldTicks {
  Tick begin = 0;
  Tick end = 0;
  absl::Time expires;
  VisitTicks visit = {};
  friend bool operator==(const HeldTicks&, const HeldTicks&) = default;
};

struct BusyMonth {
  explicit BusyMonth(Month of) : month(of), agreed(MonthBegin(of), MonthBegin(of + 1)) {}

  // Adds a claim, or the part of it that lies in this month; the visit at `clinic`, if it begins in
  // this month, with its `lead` (claim.h).
  void Add(absl::Time start, absl::Time end, std::optional<absl::Time> expires,
           absl::Time visit_start = {}, absl::Time visit_end = {}, absl::string_view clinic = "",
           absl::Duration lead = absl::ZeroDuration());
  // Clears what is occupied at `now`.
  void TakeFrom(Bits& free, absl::Time now) const;
  // Calls `visit(begin, length, around)` for those that are agreed, or held at `now`.
  void EachVisit(absl::Time now,
                 absl::FunctionRef<void(Tick, Tick, const Surroundings&)> visit) const;

  Month month;
  Bits agreed;
  std::vector<HeldTicks> holds;
  std::vector<VisitTicks> visits;  // Agreed ones.
  std::vector<Surroundings> surroundings;

 private:
  // Its index; it is added if it is new.
  uint16_t Around(absl::string_view clinic, Tick before, Tick after, Tick lead);
};

// Bytes for a cache that other replicas read, and back. Decode gives null for anything Encode would
// not have made of that month.
std::string EncodeBusyMonth(const BusyMonth& busy);
std::shared_ptr<const BusyMonth> DecodeBusyMonth(Month month, absl::string_view bytes);

}  // namespace stillpoint::booking::domain

#endif  // STILLPOINT_SERVICES_BOOKING_DOMAIN_BUSY_MONTH_H_

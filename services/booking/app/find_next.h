// The next free slots, however far away, without searching the whole year for them.
#ifndef STILLPOINT_SERVICES_BOOKING_APP_FIND_NEXT_H_
#define STILLPOINT_SERVICES_BOOKING_APP_FIND_NEXT_H_

#include <memory>
#include <optional>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/base/tenant.h"
#include "services/booking/app/search_slots.h"
#include "services/booking/domain/slots.h"

namespace stillpoint::booking::app {

// As far ahead as anything can be booked: a year, leap years too.
inline constexpr absl::Duration kNextWindowMax = absl::Hours(24 * 366);

// What was found. The slots point into `catalogues`: one for each search that found some.
struct NextSlots {
  std::vector<std::shared_ptr<const domain::Catalogue>> catalogues;
  std::vector<domain::FreeSlot> slots;  // By start, practitioner, clinic.
  // Set when there are fewer slots than asked for: no other is free before it.
  std::optional<absl::Time> searched_until;
};

// Thread-safe.
//
// It searches whole months, because facts and hours are kept by month: first what is left of this
// one, then twice as many each time. A time that is free soon costs one month, one that is 200
// days away three searches of the cache, and a year that is full costs four, not twelve.
class FindNext {
 public:
  FindNext(SearchSlots& search, const Clock& clock) : search_(search), clock_(clock) {}

  // The present by which it judges.
  absl::Time Now() const { return clock_.TimeNow(); }

  // The first `count` (> 0) free slots of the window of `query`, which is at most kNextWindowMax
  // long. Stops at the offering's horizon. Errors: those of SearchSlots::Run.
  absl::StatusOr<NextSlots> Run(const Tenant& tenant, const domain::SlotQuery& query, int count,
                                bool online, Deadline deadline);

  // The same from what this process remembers, without waiting for anything; nullopt if that is not
  // enough. `then` of SearchSlots::AskFreshness may call it.
  std::optional<absl::StatusOr<NextSlots>> RunWarm(const Tenant& tenant,
                                                   const domain::SlotQuery& query, int count,
                                                   bool online, const ports::Freshness& fresh);

 private:
  // Searches one part of the window; nullopt if it cannot answer without waiting.
  using SearchPart =
      absl::FunctionRef<std::optional<absl::StatusOr<FoundSlots>>(const domain::SlotQuery& part)>;

  std::optional<absl::StatusOr<NextSlots>> Walk(const domain::SlotQuery& query, int count,
                                                SearchPart search_part);

  SearchSlots& search_;
  const Clock& clock_;
};

}  // namespace stillpoint::booking::app

#endif  // STILLPOINT_SERVICES_BOOKING_APP_FIND_NEXT_H_

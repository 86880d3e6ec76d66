// Finding free times, from facts that may come from anywhere but are never older than what is
// committed.
#ifndef STILLPOINT_SERVICES_BOOKING_APP_SEARCH_SLOTS_H_
#define STILLPOINT_SERVICES_BOOKING_APP_SEARCH_SLOTS_H_

#include <map>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "common/base/tenant.h"
#include "common/sql/database.h"
#include "services/booking/app/hours_cache.h"
#include "services/booking/domain/slots.h"
#include "services/booking/ports/catalogues.h"
#include "services/booking/ports/facts.h"

namespace stillpoint::booking::app {

// A quarter: as far as calendars look. The facts of a search are read by month, so this bounds what
// one call can make the service read to five months per person and room.
inline constexpr absl::Duration kWindowMax = absl::Hours(24 * 92);

// The free starts: list them with domain::ListSlots, or candidate by candidate.
struct FoundSlots {
  std::shared_ptr<const domain::Catalogue> catalogue;  // Keeps the plan's pointers alive.
  domain::SlotPlan plan;
};

// Thread-safe.
class SearchSlots {
 public:
  // Organizations whose hours are kept expanded; about 2 MB each with 50 people.
  static constexpr size_t kOrganizationsMax = 200;

  SearchSlots(sql::Database& database, ports::Catalogues& catalogues, ports::Facts& facts,
              const Clock& clock)
      : database_(database), catalogues_(catalogues), facts_(facts), clock_(clock) {}

  // `online`: asked by a partner, who may only see what can be booked online. NotFound NOT_FOUND:
  // no such organization. InvalidArgument REFERENCE_UNKNOWN or INVALID_FIELD, with paths below
  // `filter`. FailedPrecondition OFFERING_UNAVAILABLE: not for partners. The window is the caller's
  // to check.
  absl::StatusOr<FoundSlots> Run(const Tenant& tenant, domain::SlotQuery query, bool online,
                                 Deadline deadline);

 private:
  using View = std::shared_ptr<HoursCache>;

  // The last known catalogue with its hours, or the database's newest if none is known or `newest`.
  absl::StatusOr<View> ViewOf(const Tenant& tenant, bool newest, Deadline deadline);

  sql::Database& database_;
  ports::Catalogues& catalogues_;
  ports::Facts& facts_;
  const Clock& clock_;
  Mutex mutex_;
  std::map<std::string, View> views_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace stillpoint::booking::app

#endif  // STILLPOINT_SERVICES_BOOKING_APP_SEARCH_SLOTS_H_

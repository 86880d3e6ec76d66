// ListOrphanedBookings.
#ifndef STILLPOINT_SERVICES_BOOKING_APP_LIST_ORPHANS_H_
#define STILLPOINT_SERVICES_BOOKING_APP_LIST_ORPHANS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/base/reach.h"
#include "common/base/tenant.h"
#include "common/sql/database.h"
#include "services/booking/domain/orphans.h"
#include "services/booking/ports/catalogues.h"
#include "services/booking/ports/ledger.h"

namespace stillpoint::booking::app {

// Where to look. Absent: from now on, for as long as may be asked for.
struct OrphanWindow {
  std::string clinic = {};        // Empty: all.
  std::string practitioner = {};  // Empty: everybody's.
  std::optional<absl::Time> start = {};
  std::optional<absl::Time> end = {};
};

struct Orphan {
  domain::Booking booking;
  std::vector<domain::OrphanReason> reasons;
};

// Some of those that there are, by start and id.
struct Orphans {
  std::vector<Orphan> found;
  std::optional<ports::BookingPosition> next;  // None: that is all.
};

// Thread-safe.
class ListOrphans {
 public:
  // Bookings looked at in one call: about a tenth of a second. The caller goes on where it ended.
  static constexpr int kLookedAtMax = 2'000;

  ListOrphans(sql::Database& database, ports::Catalogues& catalogues, const ports::Ledger& ledger)
      : database_(database), catalogues_(catalogues), ledger_(ledger) {}

  // Up to `limit` after `after`, of those in `reach`. InvalidArgument RANGE_REVERSED,
  // WINDOW_TOO_LONG (kWindowMax); NotFound NOT_FOUND: no such organization.
  absl::StatusOr<Orphans> Run(const Tenant& tenant, const Reach& reach, const OrphanWindow& window,
                              const std::optional<ports::BookingPosition>& after, size_t limit,
                              Deadline deadline);

 private:
  sql::Database& database_;
  ports::Catalogues& catalogues_;
  const ports::Ledger& ledger_;
};

}  // namespace stillpoint::booking::app

#endif  // STILLPOINT_SERVICES_BOOKING_APP_LIST_ORPHANS_H_

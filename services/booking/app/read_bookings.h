// GetBooking, ListBookings and ListEvents.
#ifndef STILLPOINT_SERVICES_BOOKING_APP_READ_BOOKINGS_H_
#define STILLPOINT_SERVICES_BOOKING_APP_READ_BOOKINGS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/base/reach.h"
#include "common/base/tenant.h"
#include "common/sql/database.h"
#include "common/sql/outbox.h"
#include "services/booking/ports/ledger.h"

namespace stillpoint::booking::app {

// Thread-safe.
class ReadBookings {
 public:
  // A consumer asks again so often while it waits for events: a reminder of a second ago is soon
  // enough.
  static constexpr absl::Duration kPoll = absl::Milliseconds(100);
  static constexpr absl::Duration kWaitMax = absl::Seconds(20);

  ReadBookings(sql::Database& database, const ports::Ledger& ledger)
      : database_(database), ledger_(ledger) {}

  // Both tell only of what is in `reach`.
  absl::StatusOr<domain::Booking> Get(const Tenant& tenant, const Reach& reach,
                                      const std::string& id, Deadline deadline);
  absl::StatusOr<std::vector<domain::Booking>> List(
      const Tenant& tenant, const Reach& reach, ports::BookingFilter filter,
      const std::optional<ports::BookingPosition>& after, int limit, Deadline deadline);

  // Events of every organization after `after`. Waits up to `wait` (at most kWaitMax, and not to
  // the end of the deadline) for the first one.
  absl::StatusOr<std::vector<sql::OutboxEvent>> Events(sql::OutboxCursor after, int limit,
                                                       absl::Duration wait, Deadline deadline);

 private:
  sql::Database& database_;
  const ports::Ledger& ledger_;
};

}  // namespace stillpoint::booking::app

#endif  // STILLPOINT_SERVICES_BOOKING_APP_READ_BOOKINGS_H_

#include "services/booking/app/read_bookings.h"

#include <algorithm>

#include "common/base/mutex.h"
#include "common/base/status_macros.h"
#include "services/booking/app/reach.h"

namespace stillpoint::booking::app {

absl::StatusOr<domain::Booking> ReadBookings::Get(const Tenant& tenant, const Reach& reach,
                                                  const std::string& id, Deadline deadline) {
  domain::Booking booking;
  RETURN_IF_ERROR(database_.Read(tenant, deadline, [&](sql::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(booking, ledger_.Get(tx, tenant, id));
    return CheckReach(reach, booking);
  }));
  return booking;
}

absl::StatusOr<std::vector<domain::Booking>> ReadBookings::List(
    const Tenant& tenant, const Reach& reach, ports::BookingFilter filter,
    const std::optional<ports::BookingPosition>& after, int limit, Deadline deadline) {
  Restrict(reach, filter);
  std::vector<domain::Booking> bookings;
  RETURN_IF_ERROR(database_.Read(tenant, deadline, [&](sql::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(bookings, ledger_.List(tx, tenant, filter, after, limit));
    return absl::OkStatus();
  }));
  return bookings;
}

absl::StatusOr<std::vector<sql::OutboxEvent>> ReadBookings::Events(sql::OutboxCursor after,
                                                                   int limit, absl::Duration wait,
                                                                   Deadline deadline) {
  // Leaves time to answer: a caller whose deadline passes learns nothing.
  const absl::Duration room = deadline.Remaining() * 0.8;
  const Deadline until = Deadline::After(std::min({wait, kWaitMax, room}));
  Mutex mutex;
  CondVar never;
  while (true) {
    std::vector<sql::OutboxEvent> events;
    RETURN_IF_ERROR(database_.Read(sql::AllOrganizations(), deadline,
                                   [&](sql::Transaction& tx) -> absl::Status {
                                     ASSIGN_OR_RETURN(events, sql::ReadOutbox(tx, after, limit));
                                     return absl::OkStatus();
                                   }));
    if (!events.empty() || until.Passed()) return events;
    // Nobody notifies: events come from other processes too.
    MutexLock lock(mutex);
    never.Wait(mutex, until.AtMost(kPoll));
  }
}

}  // namespace stillpoint::booking::app

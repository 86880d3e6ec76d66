#include "services/notification/app/lease_queue.h"

#include <optional>
#include <utility>

#include "common/base/status_macros.h"
#include "services/notification/app/outcome.h"
#include "services/notification/domain/errors.h"
#include "services/notification/ports/booking_store.h"
#include "services/notification/ports/notification_store.h"

namespace stillpoint::notification::app {

using domain::Notification;
using domain::State;

namespace {
// Settled per call of Lease; the next call goes on.
constexpr int kLapsedPage = 100;
}  // namespace

absl::StatusOr<Leased> LeaseQueue::Lease(const LeaseCommand& command, Deadline deadline) {
  RETURN_IF_ERROR(SettleLapsed(deadline));
  Leased leased;
  RETURN_IF_ERROR(
      database_.Write(sql::AllOrganizations(), deadline, [&](sql::Transaction& tx) -> absl::Status {
        ASSIGN_OR_RETURN(const absl::Time now, tx.Now());
        leased.until = now + command.length;
        ASSIGN_OR_RETURN(leased.leases, ports::LeaseDue(tx, now, leased.until, command.worker,
                                                        command.channels, command.limit));
        return absl::OkStatus();
      }));
  return leased;
}

absl::StatusOr<absl::Time> LeaseQueue::Extend(const Tenant& tenant, absl::string_view id,
                                              int64_t token, absl::Duration length,
                                              Deadline deadline) {
  absl::Time until;
  RETURN_IF_ERROR(database_.Write(tenant, deadline, [&](sql::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const absl::Time now, tx.Now());
    ports::NotificationStore store(tx, tenant);
    ASSIGN_OR_RETURN(std::optional<Notification> notification, store.Find(id, true));
    const bool held =
        notification.has_value() && notification->token == token &&
        now < notification->lease_until &&
        (notification->state == State::kLeased || notification->state == State::kSubmitting);
    if (!held) return domain::error::LeaseLost();
    until = now + length;
    notification->lease_until = until;
    // Noted without a move: the state stays.
    return store.Save(*notification,
                      {notification->state, notification->state, "LEASE_EXTENDED", "", now});
  }));
  return until;
}

absl::Status LeaseQueue::SettleLapsed(Deadline deadline) {
  std::vector<ports::Lapsed> lapsed;
  RETURN_IF_ERROR(
      database_.Read(sql::AllOrganizations(), deadline, [&](sql::Transaction& tx) -> absl::Status {
        ASSIGN_OR_RETURN(const absl::Time now, tx.Now());
        ASSIGN_OR_RETURN(lapsed, ports::ListLapsedSends(tx, now, kLapsedPage));
        return absl::OkStatus();
      }));
  for (const ports::Lapsed& item : lapsed) {
    const auto settle = [&](sql::Transaction& tx) -> absl::Status {
      RETURN_IF_ERROR(tx.Lock({ports::BookingLock(item.booking)}));
      ASSIGN_OR_RETURN(const absl::Time now, tx.Now());
      ports::NotificationStore store(tx, item.tenant);
      ASSIGN_OR_RETURN(std::optional<Notification> notification, store.Find(item.id, true));
      // Its worker may have answered in between.
      if (!notification.has_value() || notification->state != State::kSubmitting ||
          now < notification->lease_until) {
        return absl::OkStatus();
      }
      return MoveToUnknown(tx, item.tenant, *notification, "WORKER_VANISHED", "", now);
    };
    RETURN_IF_ERROR(database_.Write(item.tenant, deadline, settle));
  }
  return absl::OkStatus();
}

}  // namespace stillpoint::notification::app

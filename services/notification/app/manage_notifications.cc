#include "services/notification/app/manage_notifications.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "services/notification/app/move.h"
#include "services/notification/app/outcome.h"
#include "services/notification/domain/errors.h"
#include "services/notification/domain/lattice.h"
#include "services/notification/ports/booking_store.h"

namespace stillpoint::notification::app {

using domain::Notification;
using domain::State;

namespace {

absl::Status NotFound() {
  return Error(absl::StatusCode::kNotFound, "NOT_FOUND", "there is no such resource");
}

absl::Status FillLog(sql::Transaction& tx, const Tenant& tenant, View& view) {
  ports::LogStore log(tx, tenant);
  ASSIGN_OR_RETURN(view.decisions, log.Decisions(view.notification.id));
  ASSIGN_OR_RETURN(view.attempts, log.Attempts(view.notification.id));
  return absl::OkStatus();
}

}  // namespace

std::string EtagOf(const Notification& notification) {
  return absl::StrCat("v", notification.version);
}

absl::StatusOr<View> ManageNotifications::Get(const Tenant& tenant, absl::string_view id,
                                              Deadline deadline) {
  View view;
  RETURN_IF_ERROR(database_.Read(tenant, deadline, [&](sql::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(std::optional<Notification> found,
                     ports::NotificationStore(tx, tenant).Find(id, false));
    if (!found.has_value()) return NotFound();
    view.notification = *std::move(found);
    return FillLog(tx, tenant, view);
  }));
  return view;
}

absl::StatusOr<std::vector<View>> ManageNotifications::List(const Tenant& tenant,
                                                            const ports::Filter& filter,
                                                            bool with_log, Deadline deadline) {
  std::vector<View> views;
  RETURN_IF_ERROR(database_.Read(tenant, deadline, [&](sql::Transaction& tx) -> absl::Status {
    views.clear();  // A body may run again.
    ASSIGN_OR_RETURN(std::vector<Notification> found, ports::ListNotifications(tx, tenant, filter));
    for (Notification& notification : found) {
      views.emplace_back().notification = std::move(notification);
      if (with_log) RETURN_IF_ERROR(FillLog(tx, tenant, views.back()));
    }
    return absl::OkStatus();
  }));
  return views;
}

absl::StatusOr<std::string> ManageNotifications::Cancel(const Tenant& tenant,
                                                        const ChangeCommand& command,
                                                        Serialise serialise, Deadline deadline) {
  return Change(tenant, command, serialise, deadline,
                [&](sql::Transaction& tx, Notification& notification, absl::Time now) {
                  if (!domain::IsLive(notification.state)) {
                    return domain::error::NotCancellable(notification.state);
                  }
                  ports::NotificationStore store(tx, tenant);
                  return Move(store, notification, State::kSuppressed, "CANCELLED_BY_STAFF",
                              command.key.caller, now);
                });
}

absl::StatusOr<std::string> ManageNotifications::Redrive(const Tenant& tenant,
                                                         const ChangeCommand& command,
                                                         Serialise serialise, Deadline deadline) {
  return Change(
      tenant, command, serialise, deadline,
      [&](sql::Transaction& tx, Notification& notification, absl::Time now) -> absl::Status {
        if (notification.state != State::kDead) {
          return domain::error::NotDead(notification.state);
        }
        ports::NotificationStore store(tx, tenant);
        ASSIGN_OR_RETURN(const bool superseded, IsSuperseded(tx, tenant, store, notification));
        if (superseded) return domain::error::Replaced();
        notification.failures = 0;
        notification.due = now;
        return Move(store, notification, State::kScheduled, "REDRIVEN", command.key.caller, now);
      });
}

absl::StatusOr<std::string> ManageNotifications::Change(const Tenant& tenant,
                                                        const ChangeCommand& command,
                                                        Serialise serialise, Deadline deadline,
                                                        Decide decide) {
  std::string answer;
  RETURN_IF_ERROR(database_.Write(tenant, deadline, [&](sql::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const std::optional<std::string> replay,
                     sql::FindReplay(tx, tenant, command.key));
    if (replay.has_value()) {
      answer = *replay;
      return absl::OkStatus();
    }
    ports::NotificationStore store(tx, tenant);
    ASSIGN_OR_RETURN(std::optional<Notification> found, store.Find(command.id, false));
    if (!found.has_value()) return NotFound();
    // Under the booking's lock: otherwise the relay could make a successor at the same time.
    RETURN_IF_ERROR(tx.Lock({ports::BookingLock(found->key.booking)}));
    ASSIGN_OR_RETURN(found, store.Find(command.id, true));
    if (!found.has_value()) return NotFound();
    if (!command.etag.empty() && command.etag != EtagOf(*found)) {
      return domain::error::EtagMismatch();
    }
    ASSIGN_OR_RETURN(const absl::Time now, tx.Now());
    RETURN_IF_ERROR(decide(tx, *found, now));
    View view;
    view.notification = *std::move(found);
    RETURN_IF_ERROR(FillLog(tx, tenant, view));
    answer = serialise(view);
    return sql::StoreReplay(tx, tenant, command.key, answer);
  }));
  return answer;
}

}  // namespace stillpoint::notification::app

#include "services/notification/app/outcome.h"

#include <optional>

#include "common/base/status_macros.h"
#include "services/notification/app/move.h"
#include "services/notification/domain/policy.h"
#include "services/notification/ports/booking_store.h"

namespace stillpoint::notification::app {

using domain::Notification;
using domain::State;

absl::StatusOr<bool> IsSuperseded(sql::Transaction& tx, const Tenant& tenant,
                                  ports::NotificationStore& store,
                                  const Notification& notification) {
  ASSIGN_OR_RETURN(const bool successor, store.HasSuccessor(notification));
  if (successor) return true;
  const domain::Kind kind = notification.key.kind;
  if (kind == domain::Kind::kAftercare || kind == domain::Kind::kFollowUp) return false;
  ASSIGN_OR_RETURN(const std::optional<domain::BookingFacts> known,
                   ports::FindBooking(tx, tenant, notification.key.booking));
  return known.has_value() && !domain::SameVisit(*known, notification.told);
}

absl::Status MoveToUnknown(sql::Transaction& tx, const Tenant& tenant, Notification& notification,
                           absl::string_view reason, absl::string_view provider_code,
                           absl::Time now) {
  ports::NotificationStore store(tx, tenant);
  ports::LogStore log(tx, tenant);
  RETURN_IF_ERROR(log.EndAttempt(notification.id, notification.token, State::kOutcomeUnknown,
                                 provider_code, now)
                      .status());
  const domain::Policy& policy = domain::PolicyFor(notification.key.kind, notification.key.channel);
  bool again = policy.delivery == domain::Delivery::kAtLeastOnce;
  if (again) {
    ASSIGN_OR_RETURN(const bool superseded, IsSuperseded(tx, tenant, store, notification));
    again = !superseded;
  }
  if (!again) {
    return Move(store, notification, State::kOutcomeUnknown, reason, provider_code, now);
  }
  notification.duplicate_risk = true;
  return MoveAfterFailure(store, notification, false, reason, provider_code, now);
}

}  // namespace stillpoint::notification::app

#include "services/notification/app/move.h"

#include "services/notification/domain/backoff.h"
#include "services/notification/domain/errors.h"
#include "services/notification/domain/lattice.h"
#include "services/notification/domain/policy.h"

namespace stillpoint::notification::app {

using domain::Notification;
using domain::State;

absl::Status Move(ports::NotificationStore& store, Notification& notification, State to,
                  absl::string_view reason, absl::string_view detail, absl::Time now) {
  const State from = notification.state;
  if (!domain::MayMove(from, to)) return domain::error::IllegalMove(from, to);
  notification.state = to;
  return store.Save(notification, {from, to, std::string(reason), std::string(detail), now});
}

absl::Status MoveAfterFailure(ports::NotificationStore& store, Notification& notification,
                              bool superseded, absl::string_view reason, absl::string_view detail,
                              absl::Time now) {
  const domain::Policy& policy = domain::PolicyFor(notification.key.kind, notification.key.channel);
  ++notification.failures;
  if (superseded) return Move(store, notification, State::kSuperseded, reason, detail, now);
  if (notification.failures >= policy.attempts_max) {
    return Move(store, notification, State::kDead, reason, detail, now);
  }
  notification.due = now + domain::Backoff(notification.failures, notification.id);
  if (notification.due >= notification.not_after) {
    return Move(store, notification, State::kExpired, reason, detail, now);
  }
  return Move(store, notification, State::kRetry, reason, detail, now);
}

}  // namespace stillpoint::notification::app

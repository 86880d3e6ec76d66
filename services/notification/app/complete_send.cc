#include "services/notification/app/complete_send.h"

#include <optional>

#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "services/notification/app/move.h"
#include "services/notification/app/outcome.h"
#include "services/notification/domain/errors.h"
#include "services/notification/domain/lattice.h"
#include "services/notification/ports/booking_store.h"
#include "services/notification/ports/notification_store.h"

namespace stillpoint::notification::app {

using domain::Notification;
using domain::State;

namespace {

absl::Status NotFound() {
  return Error(absl::StatusCode::kNotFound, "NOT_FOUND", "there is no such resource");
}

State StateOf(Outcome outcome) {
  switch (outcome) {
    case Outcome::kAccepted:
      return State::kAccepted;
    case Outcome::kRejected:
      return State::kRejected;
    case Outcome::kRetry:
      return State::kRetry;
    case Outcome::kUnknown:
      return State::kOutcomeUnknown;
  }
  return State::kOutcomeUnknown;
}

const char* ReasonFor(Outcome outcome) {
  switch (outcome) {
    case Outcome::kAccepted:
      return "PROVIDER_ACCEPTED";
    case Outcome::kRejected:
      return "PROVIDER_REJECTED";
    case Outcome::kRetry:
      return "PROVIDER_RETRY";
    case Outcome::kUnknown:
      return "PROVIDER_UNKNOWN";
  }
  return "PROVIDER_UNKNOWN";
}

// One transaction's work.
class Completion {
 public:
  Completion(sql::Transaction& tx, const Tenant& tenant, const CompleteCommand& command,
             Notification& notification, absl::Time now)
      : tx_(tx),
        tenant_(tenant),
        command_(command),
        notification_(notification),
        now_(now),
        store_(tx, tenant),
        log_(tx, tenant) {}

  // Sets `*lost` when another lease took over; the note about it is still to be committed.
  absl::Status Run(bool* lost) {
    const State state = notification_.state;
    if (notification_.token != command_.token) return NoteLost(lost);
    if (state == State::kSubmitting) return Settle();
    const bool definite =
        command_.outcome == Outcome::kAccepted || command_.outcome == Outcome::kRejected;
    if (state == State::kLeased && command_.outcome == Outcome::kRetry) {
      return MoveAfterFailure(store_, notification_, false, "GIVEN_BACK", command_.provider_code,
                              now_);
    }
    const bool open = state == State::kOutcomeUnknown || state == State::kRetry;
    if (open && definite) return EndWith(StateOf(command_.outcome), "LATE_ANSWER");
    // Given up or replaced meanwhile; what became of the attempt is still worth knowing.
    if (definite &&
        (state == State::kDead || state == State::kExpired || state == State::kSuperseded)) {
      return EndAttempt();
    }
    // A repeat of an answer that is already in: nothing changes.
    if (open || state == StateOf(command_.outcome) || state == State::kDead ||
        state == State::kExpired || state == State::kSuperseded) {
      return absl::OkStatus();
    }
    return NoteLost(lost);
  }

 private:
  absl::Status Settle() {
    if (command_.outcome == Outcome::kUnknown) {
      return MoveToUnknown(tx_, tenant_, notification_, ReasonFor(command_.outcome),
                           command_.provider_code, now_);
    }
    if (command_.outcome != Outcome::kRetry) {
      return EndWith(StateOf(command_.outcome), ReasonFor(command_.outcome));
    }
    RETURN_IF_ERROR(EndAttempt());
    ASSIGN_OR_RETURN(const bool superseded, IsSuperseded(tx_, tenant_, store_, notification_));
    return MoveAfterFailure(store_, notification_, superseded, ReasonFor(command_.outcome),
                            command_.provider_code, now_);
  }

  absl::Status EndAttempt() {
    return log_
        .EndAttempt(notification_.id, command_.token, StateOf(command_.outcome),
                    command_.provider_code, now_)
        .status();
  }

  absl::Status EndWith(State to, absl::string_view reason) {
    RETURN_IF_ERROR(EndAttempt());
    return Move(store_, notification_, to, reason, command_.provider_code, now_);
  }

  absl::Status NoteLost(bool* lost) {
    *lost = true;
    ASSIGN_OR_RETURN(const bool known,
                     log_.EndAttempt(notification_.id, command_.token, StateOf(command_.outcome),
                                     command_.provider_code, now_));
    if (!known) return absl::OkStatus();  // That token never sent anything.
    return store_.Save(notification_, {notification_.state, notification_.state,
                                       "ANSWER_AFTER_LEASE_LOST", command_.provider_code, now_});
  }

  sql::Transaction& tx_;
  const Tenant& tenant_;
  const CompleteCommand& command_;
  Notification& notification_;
  const absl::Time now_;
  ports::NotificationStore store_;
  ports::LogStore log_;
};

}  // namespace

absl::StatusOr<State> CompleteSend::Run(const Tenant& tenant, const CompleteCommand& command,
                                        Deadline deadline) {
  std::string booking;  // Never changes, so it may be read before its lock is taken.
  RETURN_IF_ERROR(database_.Read(tenant, deadline, [&](sql::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const auto found,
                     ports::NotificationStore(tx, tenant).Find(command.id, false));
    if (!found.has_value()) return NotFound();
    booking = found->key.booking;
    return absl::OkStatus();
  }));
  State state = State::kNone;
  bool lost = false;
  RETURN_IF_ERROR(database_.Write(tenant, deadline, [&](sql::Transaction& tx) -> absl::Status {
    lost = false;
    RETURN_IF_ERROR(tx.Lock({ports::BookingLock(booking)}));
    ASSIGN_OR_RETURN(const absl::Time now, tx.Now());
    ports::NotificationStore store(tx, tenant);
    ASSIGN_OR_RETURN(std::optional<Notification> notification, store.Find(command.id, true));
    if (!notification.has_value()) return NotFound();
    RETURN_IF_ERROR(Completion(tx, tenant, command, *notification, now).Run(&lost));
    state = notification->state;
    return absl::OkStatus();
  }));
  if (lost) return domain::error::LeaseLost();
  return state;
}

}  // namespace stillpoint::notification::app

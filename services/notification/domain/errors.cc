#include "services/notification/domain/errors.h"

#include "common/error/error.h"

namespace stillpoint::notification::domain::error {

absl::Status LeaseLost() {
  return Error(absl::StatusCode::kAborted, "LEASE_LOST", "the lease is no longer the caller's");
}

absl::Status AlreadyBegun() {
  return Error(absl::StatusCode::kFailedPrecondition, "ALREADY_BEGUN",
               "the send under this token was begun before");
}

absl::Status NotCancellable(State state) {
  return Error(absl::StatusCode::kFailedPrecondition, "NOTIFICATION_NOT_CANCELLABLE",
               "the notification has left or is settled")
      .With("state", StateName(state));
}

absl::Status NotDead(State state) {
  return Error(absl::StatusCode::kFailedPrecondition, "NOTIFICATION_NOT_DEAD",
               "only a dead notification can be tried anew")
      .With("state", StateName(state));
}

absl::Status Replaced() {
  return Error(absl::StatusCode::kFailedPrecondition, "NOTIFICATION_REPLACED",
               "the booking moved on; a newer notification stands in its place");
}

absl::Status EtagMismatch() {
  return Error(absl::StatusCode::kAborted, "ETAG_MISMATCH",
               "the notification changed; read it again");
}

absl::Status IllegalMove(State from, State to) {
  return Error(absl::StatusCode::kInternal, "ILLEGAL_MOVE", "a state change outside the table")
      .With("from", StateName(from))
      .With("to", StateName(to));
}

}  // namespace stillpoint::notification::domain::error

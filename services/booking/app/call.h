// What every use case is told about its call, and how a mutation happens once.
#ifndef STILLPOINT_SERVICES_BOOKING_APP_CALL_H_
#define STILLPOINT_SERVICES_BOOKING_APP_CALL_H_

#include <optional>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "common/base/reach.h"
#include "common/base/tenant.h"
#include "common/sql/database.h"
#include "common/sql/idempotency.h"
#include "services/booking/domain/booking.h"

namespace stillpoint::booking::app {

struct Call {
  Tenant tenant;
  sql::RequestKey key;
  Deadline deadline;
  Reach reach = {};  // How much of the organization it may touch.
  // Checks everything and changes nothing. Of changes to the catalogue; bookings have their own.
  bool validate_only = false;
};

// The reply for a booking, as the bytes that are stored for replays: a replay is answered with the
// same bytes. Given by the edge, which alone knows the wire.
using Encode = absl::FunctionRef<std::string(const domain::Booking&)>;

// Runs `body` in one transaction unless an earlier call with the same key has a reply, which is
// then returned. Stores the reply of `body` in its transaction. `body` may run again after
// TX_CONFLICT.
absl::StatusOr<std::string> RunOnce(
    sql::Database& database, const Call& call,
    absl::FunctionRef<absl::StatusOr<std::string>(sql::Transaction&)> body);

// The same, with `ask` before it in every run: locks and questions (sql::Transaction::Ask) that
// travel with the look for an earlier reply. They are answered when `body` runs. What `ask` finds
// wrong with the call it keeps for `body` to say, as an earlier reply comes before any refusal.
absl::StatusOr<std::string> RunOnce(
    sql::Database& database, const Call& call,
    absl::FunctionRef<absl::Status(sql::Transaction&)> ask,
    absl::FunctionRef<absl::StatusOr<std::string>(sql::Transaction&)> body);

// For a call that is about to be refused before its transaction: the reply of an earlier call with
// the same key if there is one, else `refusal`.
absl::StatusOr<std::string> ReplyOr(sql::Database& database, const Call& call,
                                    const absl::Status& refusal);

// What sql::Transaction::Lock takes for one booking.
std::string BookingLockKey(const Tenant& tenant, const std::string& booking);

// Aborted TX_CONFLICT: what was read before locking no longer holds; the transaction runs again.
absl::Status ReadAgain();

}  // namespace stillpoint::booking::app

#endif  // STILLPOINT_SERVICES_BOOKING_APP_CALL_H_

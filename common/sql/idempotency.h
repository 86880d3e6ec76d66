// A mutation happens once: its answer is stored in the transaction of its effect.
#ifndef STILLPOINT_COMMON_SQL_IDEMPOTENCY_H_
#define STILLPOINT_COMMON_SQL_IDEMPOTENCY_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "common/base/tenant.h"
#include "common/sql/database.h"

namespace stillpoint::sql {

// Identifies one call of one caller. An empty `request_id` means the caller does not retry: nothing
// is stored or looked up.
struct RequestKey {
  std::string method;        // "BookingService.CreateBooking"
  std::string caller;        // Principal::subject: two callers may choose the same id.
  std::string request_id;    // Chosen by the caller; 1-64 characters of [A-Za-z0-9._:-].
  std::string payload_hash;  // Of the serialised request without its request_id.
};

// Part of every service's first migration.
inline constexpr char kIdempotencySchema[] = R"sql(
CREATE TABLE idempotency (
  organization TEXT NOT NULL,
  caller TEXT NOT NULL,
  request_id TEXT NOT NULL,
  method TEXT NOT NULL,
  payload_hash {blob} NOT NULL,
  response {blob} NOT NULL,
  created_us BIGINT NOT NULL,
  PRIMARY KEY (organization, caller, request_id)
);
)sql";

// FindReplay in two halves, for who has more to ask in the same round trip. Locks the key and asks
// for its row: once that has come, ReadReplay says what it means. Both come first in the
// transaction, before anything is decided.
absl::Status AskReplay(Transaction& tx, const Tenant& tenant, const RequestKey& key, Rows* rows);
absl::StatusOr<std::optional<std::string>> ReadReplay(const RequestKey& key, const Rows& rows);

// Locks the key, then returns the stored response bytes of an earlier call with it, or nullopt if
// there was none. Call it first in the transaction: it is the lock that makes racing replays wait.
// InvalidArgument IDEMPOTENCY_KEY_REUSED: the id was used for another method or payload.
absl::StatusOr<std::optional<std::string>> FindReplay(Transaction& tx, const Tenant& tenant,
                                                      const RequestKey& key);

// Stores the response bytes. Call it last, in the same transaction.
absl::Status StoreReplay(Transaction& tx, const Tenant& tenant, const RequestKey& key,
                         const std::string& response);

}  // namespace stillpoint::sql

#endif  // STILLPOINT_COMMON_SQL_IDEMPOTENCY_H_

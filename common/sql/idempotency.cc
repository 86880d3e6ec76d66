#include "common/sql/idempotency.h"

#include "absl/strings/str_join.h"
#include "common/base/status_macros.h"
#include "common/error/error.h"

namespace stillpoint::sql {

absl::Status AskReplay(Transaction& tx, const Tenant& tenant, const RequestKey& key, Rows* rows) {
  rows->clear();
  if (key.request_id.empty()) return absl::OkStatus();
  // Always the first lock of a transaction, and only ever one, so it makes no circle with those
  // that are taken later. None of the parts can hold the separator.
  RETURN_IF_ERROR(tx.Lock({absl::StrJoin(
      {std::string("idempotency"), tenant.organization(), key.caller, key.request_id}, "\x1f")}));
  return tx.Ask(
      "SELECT method, payload_hash, response FROM idempotency"
      " WHERE organization = $1 AND caller = $2 AND request_id = $3",
      {tenant.organization(), key.caller, key.request_id}, rows);
}

absl::StatusOr<std::optional<std::string>> ReadReplay(const RequestKey& key, const Rows& rows) {
  if (rows.empty()) return std::optional<std::string>();
  const Row& row = rows.front();
  if (row[0].Text() != key.method || row[1].Bytes() != key.payload_hash) {
    return Error(absl::StatusCode::kInvalidArgument, "IDEMPOTENCY_KEY_REUSED",
                 "this request_id was used for another request")
        .Field("request_id", "choose a new id for a new request");
  }
  return std::optional<std::string>(row[2].Bytes());
}

absl::StatusOr<std::optional<std::string>> FindReplay(Transaction& tx, const Tenant& tenant,
                                                      const RequestKey& key) {
  if (key.request_id.empty()) return std::optional<std::string>();
  Rows row;
  RETURN_IF_ERROR(AskReplay(tx, tenant, key, &row));
  RETURN_IF_ERROR(tx.Flush());
  return ReadReplay(key, row);
}

absl::Status StoreReplay(Transaction& tx, const Tenant& tenant, const RequestKey& key,
                         const std::string& response) {
  if (key.request_id.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const absl::Time now, tx.Now());
  return tx.Defer(
      "INSERT INTO idempotency"
      " (organization, caller, request_id, method, payload_hash, response, created_us)"
      " VALUES ($1, $2, $3, $4, $5, $6, $7)",
      {tenant.organization(), key.caller, key.request_id, key.method, Blob{key.payload_hash},
       Blob{response}, now});
}

}  // namespace stillpoint::sql

#include "services/booking/app/call.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "services/booking/domain/resource.h"

namespace stillpoint::booking::app {

absl::StatusOr<std::string> RunOnce(
    sql::Database& database, const Call& call,
    absl::FunctionRef<absl::StatusOr<std::string>(sql::Transaction&)> body) {
  return RunOnce(
      database, call, [](sql::Transaction&) { return absl::OkStatus(); }, body);
}

absl::StatusOr<std::string> RunOnce(
    sql::Database& database, const Call& call,
    absl::FunctionRef<absl::Status(sql::Transaction&)> ask,
    absl::FunctionRef<absl::StatusOr<std::string>(sql::Transaction&)> body) {
  std::string reply;
  sql::Rows answer;
  RETURN_IF_ERROR(
      database.Write(call.tenant, call.deadline, [&](sql::Transaction& tx) -> absl::Status {
        RETURN_IF_ERROR(sql::AskReplay(tx, call.tenant, call.key, &answer));
        RETURN_IF_ERROR(ask(tx));
        RETURN_IF_ERROR(tx.Flush());
        ASSIGN_OR_RETURN(std::optional<std::string> earlier, sql::ReadReplay(call.key, answer));
        if (earlier.has_value()) {
          reply = *std::move(earlier);
          return absl::OkStatus();
        }
        ASSIGN_OR_RETURN(reply, body(tx));
        return sql::StoreReplay(tx, call.tenant, call.key, reply);
      }));
  return reply;
}

absl::StatusOr<std::string> ReplyOr(sql::Database& database, const Call& call,
                                    const absl::Status& refusal) {
  std::optional<std::string> earlier;
  if (call.key.request_id.empty()) return refusal;
  RETURN_IF_ERROR(
      database.Write(call.tenant, call.deadline, [&](sql::Transaction& tx) -> absl::Status {
        ASSIGN_OR_RETURN(earlier, sql::FindReplay(tx, call.tenant, call.key));
        return absl::OkStatus();
      }));
  if (earlier.has_value()) return *std::move(earlier);
  return refusal;
}

std::string BookingLockKey(const Tenant& tenant, const std::string& booking) {
  return domain::LockKey(tenant.organization(), absl::StrCat("bookings/", booking));
}

absl::Status ReadAgain() {
  return Error(absl::StatusCode::kAborted, "TX_CONFLICT", "changed while waiting for its lock");
}

}  // namespace stillpoint::booking::app

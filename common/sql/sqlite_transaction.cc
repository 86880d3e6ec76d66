#include "common/sql/sqlite_transaction.h"

#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "common/sql/parameters.h"

namespace stillpoint::sql {

absl::StatusOr<int64_t> SqliteTransaction::Run(absl::string_view statement,
                                               absl::Span<const Value> parameters, Rows* rows) {
  RETURN_IF_ERROR(failure_);
  absl::StatusOr<int64_t> changed = connection_.Run(statement, parameters, access_, rows);
  failure_.Update(changed.status());
  return changed;
}

absl::StatusOr<Rows> SqliteTransaction::Query(absl::string_view statement,
                                              absl::Span<const Value> parameters) {
  Rows rows;
  RETURN_IF_ERROR(Run(statement, parameters, &rows).status());
  return rows;
}

absl::StatusOr<int64_t> SqliteTransaction::Execute(absl::string_view statement,
                                                   absl::Span<const Value> parameters) {
  return Run(statement, parameters, nullptr);
}

absl::Status SqliteTransaction::Ask(absl::string_view statement, std::vector<Value> parameters,
                                    Rows* rows) {
  if (rows != nullptr) rows->clear();
  return Run(statement, parameters, rows).status();
}

absl::Status SqliteTransaction::Script(absl::string_view statements) {
  RETURN_IF_ERROR(failure_);
  if (access_ == Access::kRead) {
    failure_ =
        Error(absl::StatusCode::kInternal, "DB_ERROR", "a script in a read-only transaction");
  } else {
    failure_ = connection_.Script(statements);
  }
  return failure_;
}

absl::Status SqliteTransaction::Lock(std::vector<std::string> /*keys*/) {
  RETURN_IF_ERROR(failure_);
  now_.reset();
  return absl::OkStatus();
}

absl::StatusOr<absl::Time> SqliteTransaction::Now() {
  RETURN_IF_ERROR(failure_);
  if (!now_.has_value()) now_ = ToStoredTime(clock_.TimeNow());
  return *now_;
}

}  // namespace stillpoint::sql

// A Transaction on one SQLite connection.
#ifndef STILLPOINT_COMMON_SQL_SQLITE_TRANSACTION_H_
#define STILLPOINT_COMMON_SQL_SQLITE_TRANSACTION_H_

#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/sql/database.h"
#include "common/sql/sqlite_connection.h"

namespace stillpoint::sql {

// Lives for one run of a body; beginning and ending the transaction is its maker's business.
class SqliteTransaction final : public Transaction {
 public:
  SqliteTransaction(SqliteConnection& connection, Access access, const Clock& clock)
      : connection_(connection), access_(access), clock_(clock) {}

  absl::StatusOr<Rows> Query(absl::string_view statement,
                             absl::Span<const Value> parameters) override;
  absl::StatusOr<int64_t> Execute(absl::string_view statement,
                                  absl::Span<const Value> parameters) override;
  absl::Status Ask(absl::string_view statement, std::vector<Value> parameters, Rows* rows) override;
  absl::Status Flush() override { return failure_; }
  absl::Status Script(absl::string_view statements) override;
  absl::Status Lock(std::vector<std::string> keys) override;
  bool Holds(absl::string_view /*key*/) const override { return true; }
  absl::StatusOr<absl::Time> Now() override;
  Engine engine() const override { return Engine::kSqlite; }

  // What the transaction comes to when the body returned `body`: an earlier error of a statement
  // counts even if the body passed over it.
  absl::Status Outcome(absl::Status body) const { return body.ok() ? failure_ : body; }

 private:
  absl::StatusOr<int64_t> Run(absl::string_view statement, absl::Span<const Value> parameters,
                              Rows* rows);

  SqliteConnection& connection_;
  const Access access_;
  const Clock& clock_;
  std::optional<absl::Time> now_;
  absl::Status failure_;
};

}  // namespace stillpoint::sql

#endif  // STILLPOINT_COMMON_SQL_SQLITE_TRANSACTION_H_

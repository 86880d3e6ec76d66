// A Transaction on one PostgreSQL connection.
#ifndef STILLPOINT_COMMON_SQL_POSTGRES_TRANSACTION_H_
#define STILLPOINT_COMMON_SQL_POSTGRES_TRANSACTION_H_

#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/sql/database.h"
#include "common/sql/postgres_connection.h"

namespace stillpoint::sql {

// What has no answer of interest (BEGIN and its settings, locks, Defer) waits and goes to the
// server together with the next statement that has one, in order: fewer round trips, same effects.
// Lives for one run of a body.
class PostgresTransaction final : public Transaction {
 public:
  // `clock` may be null: the server's own clock counts.
  PostgresTransaction(PostgresConnection& connection, bool read_only, const Reach& reach,
                      const Clock* clock, Deadline deadline);

  absl::StatusOr<Rows> Query(absl::string_view statement,
                             absl::Span<const Value> parameters) override;
  absl::StatusOr<int64_t> Execute(absl::string_view statement,
                                  absl::Span<const Value> parameters) override;
  absl::Status Ask(absl::string_view statement, std::vector<Value> parameters, Rows* rows) override;
  absl::Status Flush() override;
  absl::Status Script(absl::string_view statements) override;
  absl::Status Lock(std::vector<std::string> keys) override;
  bool Holds(absl::string_view key) const override;
  absl::StatusOr<absl::Time> Now() override;
  Engine engine() const override { return Engine::kPostgres; }

  // Commits if `body`, what the body returned, is OK and no statement failed; else rolls back.
  // Returns what the transaction came to.
  absl::Status End(absl::Status body);
  // After End: nothing of it was committed, and running the body again may succeed.
  bool retryable() const;

 private:
  struct Deferred {
    std::string statement;
    std::vector<Value> parameters;
    Rows* rows = nullptr;
    bool is_lock = false;
  };

  // Sends what waits, then `statement` unless it is empty, whose result it returns.
  absl::StatusOr<PostgresConnection::Result> Run(absl::string_view statement,
                                                 absl::Span<const Value> parameters);
  void Rollback();

  PostgresConnection& connection_;
  const Clock* const clock_;
  const Deadline deadline_;
  std::vector<Deferred> deferred_;
  std::vector<int64_t> held_;  // Hashes of the keys that are locked, or about to be.
  size_t granted_ = 0;         // How many of held_ have been sent; the others are in deferred_.
  bool begun_ = false;         // BEGIN has been sent.
  bool commit_sent_ = false;   // From here on a lost connection leaves the outcome unknown.
  std::optional<absl::Time> now_;
  absl::Status failure_;
};

}  // namespace stillpoint::sql

#endif  // STILLPOINT_COMMON_SQL_POSTGRES_TRANSACTION_H_

// One PostgreSQL connection with its prepared statements.
#ifndef STILLPOINT_COMMON_SQL_POSTGRES_CONNECTION_H_
#define STILLPOINT_COMMON_SQL_POSTGRES_CONNECTION_H_

#include <libpq-fe.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/base/clock.h"
#include "common/sql/database.h"

namespace stillpoint::sql {

// Used by one thread at a time. Non-blocking libpq: nothing waits longer than its deadline. There
// is no PQcancel, which would block on a connection of its own; the server ends a statement by its
// statement_timeout, and we drop the connection.
class PostgresConnection {
 public:
  struct Command {
    absl::string_view statement;
    absl::Span<const Value> parameters;
  };
  struct Result {
    Rows rows;
    int64_t changed = 0;
    std::string tag;  // "COMMIT", "INSERT 0 1"
  };

  // `pooled` as in Database::Options. Unavailable DB_UNAVAILABLE, DeadlineExceeded DB_TIMEOUT.
  static absl::StatusOr<std::unique_ptr<PostgresConnection>> Open(const std::string& url,
                                                                  bool pooled, Deadline deadline);
  ~PostgresConnection();
  PostgresConnection(const PostgresConnection&) = delete;
  PostgresConnection& operator=(const PostgresConnection&) = delete;

  // Runs all of `commands` in one round trip (pipeline mode) and returns a result for each. After
  // the first that fails none runs, and its error is returned.
  absl::StatusOr<std::vector<Result>> Run(absl::Span<const Command> commands, Deadline deadline);
  absl::Status Script(absl::string_view statements, Deadline deadline);

  // True once nothing more can be done with it: closed by the server, or given up half-way.
  bool broken() const { return broken_ || PQstatus(connection_) != CONNECTION_OK; }
  // True when it should not be kept for other transactions.
  bool worn() const { return broken() || prepared_.size() >= kStatementsMax; }

 private:
  // Our statements are constants, some dozens per service; more means that a text is being built at
  // run time. A connection that has collected this many is replaced.
  static constexpr size_t kStatementsMax = 512;

  PostgresConnection(PGconn* connection, bool pooled) : connection_(connection), pooled_(pooled) {}
  absl::Status Connect(Deadline deadline);
  // Queues one command; appends to `sent` the cache key of a Parse and "" for an execution.
  absl::Status Send(const Command& command, std::vector<std::string>* sent);
  absl::Status Flush(Deadline deadline);
  absl::StatusOr<std::vector<Result>> Receive(const std::vector<std::string>& sent,
                                              Deadline deadline);
  // Waits until PQgetResult would not block.
  absl::Status WaitForResult(Deadline deadline);
  absl::Status Poll(short events, Deadline deadline);
  absl::Status Break(absl::Status status);

  PGconn* const connection_;
  const bool pooled_;
  bool broken_ = false;
  int64_t names_ = 0;
  // From statement text and parameter types to the name it is prepared under.
  absl::flat_hash_map<std::string, std::string> prepared_;
};

}  // namespace stillpoint::sql

#endif  // STILLPOINT_COMMON_SQL_POSTGRES_CONNECTION_H_

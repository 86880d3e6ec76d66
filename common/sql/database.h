// One SQL for two engines: SQLite (embedded default) and PostgreSQL. Statements use $1..$N in both;
// the types are int64, text and blob; times are int64 microseconds, UTC. What an engine does
// differently is asked for by name with Engine, in the adapters only.
#ifndef STILLPOINT_COMMON_SQL_DATABASE_H_
#define STILLPOINT_COMMON_SQL_DATABASE_H_

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/base/clock.h"
#include "common/sql/reach.h"

namespace stillpoint::sql {

enum class Engine { kSqlite, kPostgres };

// Bytes, as opposed to text.
struct Blob {
  std::string bytes;
  friend bool operator==(const Blob&, const Blob&) = default;
};

// One parameter or column: NULL, a 64-bit integer, UTF-8 text, or bytes. Implicit, so that a
// parameter list reads like the statement.
class Value {
 public:
  Value() = default;                                      // NULL
  Value(std::nullptr_t) {}                                // NOLINT
  Value(int64_t v) : value_(v) {}                         // NOLINT
  Value(int v) : value_(int64_t{v}) {}                    // NOLINT
  Value(bool v) : value_(int64_t{v}) {}                   // NOLINT
  Value(const char* v) : value_(std::string(v)) {}        // NOLINT
  Value(std::string v) : value_(std::move(v)) {}          // NOLINT
  Value(absl::string_view v) : value_(std::string(v)) {}  // NOLINT
  Value(Blob v) : value_(std::move(v)) {}                 // NOLINT
  Value(absl::Time v) : value_(absl::ToUnixMicros(v)) {}  // NOLINT

  bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  // The value as that type. A NULL reads as 0, "" or the epoch; a wrong type is a broken invariant
  // of our own schema and aborts.
  int64_t Int() const;
  const std::string& Text() const;
  const std::string& Bytes() const;
  bool Bool() const { return Int() != 0; }
  absl::Time Time() const { return absl::FromUnixMicros(Int()); }

  const auto& variant() const { return value_; }

 private:
  std::variant<std::monostate, int64_t, std::string, Blob> value_;
};

using Row = std::vector<Value>;
using Rows = std::vector<Row>;

// A transaction in progress. Used by one thread, and only inside the body it was passed to.
//
// Errors of every call: FailedPrecondition OVERLAP (exclusion constraint or its trigger),
// AlreadyExists DUPLICATE_KEY, FailedPrecondition CONSTRAINT (check, not null, foreign key),
// Aborted TX_CONFLICT (retried by Database), DeadlineExceeded DB_TIMEOUT, Unavailable DB_BUSY or
// DB_UNAVAILABLE, ResourceExhausted DB_FULL, Internal DB_ERROR. After an error the transaction can
// only fail.
class Transaction {
 public:
  virtual ~Transaction() = default;

  // Runs one statement and returns its rows (also those of RETURNING, whose order is not promised).
  // Prepared once per connection and text, so `statement` should be a constant. A parameter that
  // may be NULL stands where a column gives it a type, or in CAST($1 AS BIGINT). A text parameter
  // with a NUL character: InvalidArgument INVALID_TEXT.
  virtual absl::StatusOr<Rows> Query(absl::string_view statement,
                                     absl::Span<const Value> parameters) = 0;
  absl::StatusOr<Rows> Query(absl::string_view statement,
                             std::initializer_list<Value> parameters = {}) {
    return Query(statement, absl::MakeConstSpan(parameters.begin(), parameters.size()));
  }

  // Runs one statement; returns the number of rows it changed.
  virtual absl::StatusOr<int64_t> Execute(absl::string_view statement,
                                          absl::Span<const Value> parameters) = 0;
  absl::StatusOr<int64_t> Execute(absl::string_view statement,
                                  std::initializer_list<Value> parameters = {}) {
    return Execute(statement, absl::MakeConstSpan(parameters.begin(), parameters.size()));
  }

  // Runs one statement whose result does not matter yet, in order, at the latest with the next call
  // or at commit; its error comes from there. `rows`, unless null, is its answer once a later
  // Query, Execute or Flush, or Database::Write as a whole, has returned OK; it outlives the
  // transaction. Saves PostgreSQL a round trip. SQLite runs it at once.
  virtual absl::Status Ask(absl::string_view statement, std::vector<Value> parameters,
                           Rows* rows) = 0;
  absl::Status Defer(absl::string_view statement, std::vector<Value> parameters) {
    return Ask(statement, std::move(parameters), nullptr);
  }
  // Waits for the answers of everything that was asked, deferred or locked.
  virtual absl::Status Flush() = 0;

  // Several statements separated by semicolons, without parameters: for migrations.
  virtual absl::Status Script(absl::string_view statements) = 0;

  // Waits for exclusive access to each key until the transaction ends. Keys are sorted and made
  // unique here, so that two transactions never wait for each other in a circle when each calls
  // Lock once. PostgreSQL: transaction-level advisory locks, which assign no transaction id
  // (common/sql/outbox.h relies on that); they travel with the next statement, whose error says if
  // they could not be had. SQLite: nothing to do, there is one writer.
  virtual absl::Status Lock(std::vector<std::string> keys) = 0;
  // True if this transaction has locked `key`, or need not. Who finds that it needs another lock
  // returns TX_CONFLICT and asks for all of them at once in its next run.
  virtual bool Holds(absl::string_view key) const = 0;

  // The store's clock, read once after the last Lock was granted, then constant; whole
  // microseconds. Replicas with skewed clocks agree. Tests and simulations set it with
  // Options::clock.
  virtual absl::StatusOr<absl::Time> Now() = 0;

  virtual Engine engine() const = 0;
};

// A database. Thread-safe; every call blocks, but not past its deadline.
class Database {
 public:
  struct Options {
    // Connections for PostgreSQL; readers for SQLite. More only adds contention on few cores.
    int connections = 8;
    // Judges Transaction::Now() instead of the store's own clock. Not owned; may be null.
    const Clock* clock = nullptr;
    // PostgreSQL is reached through a pooler in transaction mode (pgbouncer): the next transaction
    // may have another server connection, so nothing is prepared by name. Each statement is then
    // parsed and planned every time.
    bool pooled = false;
  };

  // `url`: `sqlite:PATH`, `sqlite::memory:`, or `postgresql://...` (libpq). Creates the SQLite file
  // if it is missing. InvalidArgument BAD_CONFIG: not one of these. Unavailable DB_UNAVAILABLE:
  // cannot connect.
  static absl::StatusOr<std::unique_ptr<Database>> Open(const std::string& url, Options options);

  virtual ~Database() = default;

  // Runs of one body. Deadlocks are rare as callers lock first, and a second loss of the connection
  // means that the server is gone; the most runs are needed by bodies that find out what to lock.
  static constexpr int kRunsMax = 5;

  using Body = absl::FunctionRef<absl::Status(Transaction&)>;

  // Runs `body` in one read-write transaction for `reach` and commits if it returns OK; otherwise
  // nothing of it remains and its status is returned. Aborted TX_CONFLICT, also from `body` itself,
  // and a connection lost before the commit re-run `body` (at most kRunsMax runs), so what it keeps
  // between runs must be true whether they happened or not. PostgreSQL: READ COMMITTED, so lock
  // before you decide. SQLite: one writer thread that commits several callers' transactions
  // together (savepoint each, FULL sync).
  //
  // On SQLite `body` runs on the writer thread, and every other writer waits for it: it must not
  // wait for anything but this transaction (no RPC, no Redis, no lock, no other call of Database).
  // Unavailable DB_UNAVAILABLE from a commit leaves its outcome unknown: repeat with the same
  // request_id.
  virtual absl::Status Write(const Reach& reach, Deadline deadline, Body body) = 0;

  // Runs `body` on one consistent snapshot for `reach`; writing in it fails.
  virtual absl::Status Read(const Reach& reach, Deadline deadline, Body body) = 0;

  // OK if a trivial read succeeds: readiness.
  absl::Status Ping(Deadline deadline);

  virtual Engine engine() const = 0;
};

}  // namespace stillpoint::sql

#endif  // STILLPOINT_COMMON_SQL_DATABASE_H_

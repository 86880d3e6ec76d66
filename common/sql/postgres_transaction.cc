#include "common/sql/postgres_transaction.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/types/span.h"
#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "common/sql/parameters.h"

namespace stillpoint::sql {
namespace {

// The server gives up this much before we do, so that its answer still arrives and the connection
// stays usable.
constexpr absl::Duration kServerLead = absl::Milliseconds(5);
// A caller whose deadline has passed still waits this long for ROLLBACK, rather than drop a
// connection that works.
constexpr absl::Duration kRollbackWait = absl::Milliseconds(100);

// Each row's time is read after its lock was granted, so the last one is later than all of them.
constexpr char kLock[] =
    "SELECT pg_advisory_xact_lock(k), CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS "
    "BIGINT)"
    " FROM unnest(CAST($1 AS BIGINT[])) AS k";
constexpr char kNow[] = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)";

// FNV-1a with a final mix: the same in every process and version, as replicas must agree. Two keys
// that share a value only wait for each other without need.
int64_t HashOf(absl::string_view key) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : key) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3u;
  hash = (hash ^ (hash >> 32)) * 0xd6e8feb86659fd93u;
  return static_cast<int64_t>(hash ^ (hash >> 32));
}

}  // namespace

PostgresTransaction::PostgresTransaction(PostgresConnection& connection, bool read_only,
                                         const Reach& reach, const Clock* clock, Deadline deadline)
    : connection_(connection), clock_(clock), deadline_(deadline) {
  deferred_.push_back({.statement = read_only ? "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
                                              : "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
                       .parameters = {}});
  // Also ends a wait for a lock.
  const int64_t ms = absl::ToInt64Milliseconds(deadline.Remaining() - kServerLead);
  // Both end with the transaction, so behind a pooler in transaction mode the next one on this
  // server connection does not inherit them.
  deferred_.push_back({.statement = "SELECT set_config('statement_timeout', $1, true),"
                                    " set_config('stillpoint.organization', $2, true)",
                       .parameters = {absl::StrCat(std::max<int64_t>(1, ms)), reach.setting()}});
}

absl::StatusOr<PostgresConnection::Result> PostgresTransaction::Run(
    absl::string_view statement, absl::Span<const Value> parameters) {
  RETURN_IF_ERROR(failure_);
  std::vector<PostgresConnection::Command> commands;
  for (const Deferred& waiting : deferred_) {
    commands.push_back({waiting.statement, waiting.parameters});
  }
  if (!statement.empty()) commands.push_back({statement, parameters});
  if (commands.empty()) return PostgresConnection::Result();
  begun_ = true;
  auto results = connection_.Run(commands, deadline_);
  if (!results.ok()) {
    failure_ = results.status();
    return failure_;
  }
  for (size_t i = 0; i < deferred_.size(); ++i) {
    if (deferred_[i].is_lock && clock_ == nullptr) now_ = (*results)[i].rows.back()[1].Time();
    if (deferred_[i].rows != nullptr) *deferred_[i].rows = std::move((*results)[i].rows);
  }
  deferred_.clear();
  granted_ = held_.size();
  return std::move(results->back());
}

absl::StatusOr<Rows> PostgresTransaction::Query(absl::string_view statement,
                                                absl::Span<const Value> parameters) {
  ASSIGN_OR_RETURN(PostgresConnection::Result result, Run(statement, parameters));
  return std::move(result.rows);
}

absl::StatusOr<int64_t> PostgresTransaction::Execute(absl::string_view statement,
                                                     absl::Span<const Value> parameters) {
  ASSIGN_OR_RETURN(const PostgresConnection::Result result, Run(statement, parameters));
  return result.changed;
}

absl::Status PostgresTransaction::Ask(absl::string_view statement, std::vector<Value> parameters,
                                      Rows* rows) {
  RETURN_IF_ERROR(failure_);
  deferred_.push_back(
      {.statement = std::string(statement), .parameters = std::move(parameters), .rows = rows});
  return absl::OkStatus();
}

absl::Status PostgresTransaction::Flush() { return Run("", {}).status(); }

absl::Status PostgresTransaction::Script(absl::string_view statements) {
  RETURN_IF_ERROR(Run("", {}).status());
  failure_ = connection_.Script(statements, deadline_);
  return failure_;
}

absl::Status PostgresTransaction::Lock(std::vector<std::string> keys) {
  RETURN_IF_ERROR(failure_);
  now_.reset();
  std::vector<int64_t> hashes;
  for (const std::string& key : keys) hashes.push_back(HashOf(key));
  // Everybody takes them in this order.
  std::sort(hashes.begin(), hashes.end());
  hashes.erase(std::unique(hashes.begin(), hashes.end()), hashes.end());
  if (hashes.empty()) return absl::OkStatus();
  held_.insert(held_.end(), hashes.begin(), hashes.end());
  auto waiting = std::find_if(deferred_.begin(), deferred_.end(),
                              [](const Deferred& earlier) { return earlier.is_lock; });
  if (waiting == deferred_.end()) {
    deferred_.push_back({.statement = kLock, .parameters = {}, .rows = nullptr, .is_lock = true});
    waiting = deferred_.end() - 1;
  }
  // One statement for all that wait: those of this call come after those of the calls before, and
  // what was asked between them only sees more locked.
  const auto unsent = absl::MakeSpan(held_).subspan(granted_);
  waiting->parameters = {absl::StrCat("{", absl::StrJoin(unsent, ","), "}")};
  return absl::OkStatus();
}

bool PostgresTransaction::Holds(absl::string_view key) const {
  return std::find(held_.begin(), held_.end(), HashOf(key)) != held_.end();
}

absl::StatusOr<absl::Time> PostgresTransaction::Now() {
  // A lock that is still waiting to be sent comes first: the time must be later than it.
  const bool locks_wait = std::any_of(deferred_.begin(), deferred_.end(),
                                      [](const Deferred& waiting) { return waiting.is_lock; });
  if (locks_wait) {
    RETURN_IF_ERROR(Run("", {}).status());
  }
  RETURN_IF_ERROR(failure_);
  if (now_.has_value()) return *now_;
  if (clock_ != nullptr) {
    now_ = ToStoredTime(clock_->TimeNow());
  } else {
    ASSIGN_OR_RETURN(const Rows rows, Query(kNow, {}));
    now_ = rows[0][0].Time();
  }
  return *now_;
}

absl::Status PostgresTransaction::End(absl::Status body) {
  if (body.ok() && failure_.ok()) {
    // A body that sent nothing has nothing to commit; BEGIN and its settings alone do not count.
    constexpr size_t kOpening = 2;
    if (!begun_ && deferred_.size() == kOpening) return absl::OkStatus();
    commit_sent_ = true;
    const auto committed = Run("COMMIT", {});
    if (committed.ok()) return absl::OkStatus();
    // The server answered, so it did not commit: an earlier command of the same round trip failed.
    if (!connection_.broken()) commit_sent_ = false;
  }
  Rollback();
  return body.ok() ? failure_ : body;
}

void PostgresTransaction::Rollback() {
  // Without a server at the other end the server does it.
  if (!begun_ || connection_.broken()) return;
  const PostgresConnection::Command rollback{"ROLLBACK", {}};
  const absl::Duration wait = std::max(deadline_.Remaining(), kRollbackWait);
  (void)connection_.Run({rollback}, Deadline::After(wait));
}

bool PostgresTransaction::retryable() const {
  const std::string reason = ReasonOf(failure_);
  return !commit_sent_ && (reason == "TX_CONFLICT" || reason == "DB_UNAVAILABLE");
}

}  // namespace stillpoint::sql

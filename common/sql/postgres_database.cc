#include "common/sql/postgres_database.h"

#include <algorithm>
#include <utility>

#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "common/sql/postgres_transaction.h"

namespace stillpoint::sql {
namespace {

// How long opening waits for the first connection.
constexpr absl::Duration kOpenWait = absl::Seconds(10);

}  // namespace

absl::StatusOr<std::unique_ptr<Database>> PostgresDatabase::Open(const std::string& url,
                                                                 Options options) {
  auto database = std::unique_ptr<PostgresDatabase>(new PostgresDatabase(url, options));
  RETURN_IF_ERROR(database->Ping(Deadline::After(kOpenWait)));
  return std::unique_ptr<Database>(std::move(database));
}

PostgresDatabase::PostgresDatabase(std::string url, Options options)
    : url_(std::move(url)),
      connections_max_(std::max(1, options.connections)),
      pooled_(options.pooled),
      clock_(options.clock) {}

absl::Status PostgresDatabase::Write(const Reach& reach, Deadline deadline, Body body) {
  return Run(reach, deadline, body, /*read_only=*/false);
}

absl::Status PostgresDatabase::Read(const Reach& reach, Deadline deadline, Body body) {
  return Run(reach, deadline, body, /*read_only=*/true);
}

absl::Status PostgresDatabase::Run(const Reach& reach, Deadline deadline, Body body,
                                   bool read_only) {
  for (int run = 1;; ++run) {
    ASSIGN_OR_RETURN(std::unique_ptr<PostgresConnection> connection, Take(deadline));
    PostgresTransaction tx(*connection, read_only, reach, clock_, deadline);
    const absl::Status status = tx.End(body(tx));
    // A body says so itself when what it read before its locks no longer holds; nothing was
    // committed.
    const bool lost = tx.retryable() || ReasonOf(status) == "TX_CONFLICT";
    const bool again = !status.ok() && lost && run < kRunsMax && !deadline.Passed();
    Return(std::move(connection));
    if (!again) return status;
  }
}

absl::StatusOr<std::unique_ptr<PostgresConnection>> PostgresDatabase::Take(Deadline deadline) {
  {
    const MutexLock lock(mutex_);
    while (true) {
      if (deadline.Passed()) {
        return Error(absl::StatusCode::kDeadlineExceeded, "DB_TIMEOUT",
                     "the deadline passed before a database connection was free");
      }
      if (!idle_.empty()) {
        // The one used last: its caches are warm, and those that are not needed stay idle.
        auto connection = std::move(idle_.back());
        idle_.pop_back();
        return connection;
      }
      if (connections_ < connections_max_) break;
      returned_.Wait(mutex_, deadline);
    }
    ++connections_;
  }
  auto connection = PostgresConnection::Open(url_, pooled_, deadline);
  if (!connection.ok()) Return(nullptr);
  return connection;
}

void PostgresDatabase::Return(std::unique_ptr<PostgresConnection> connection) {
  std::vector<std::unique_ptr<PostgresConnection>> gone;  // Closed after the lock is released.
  const MutexLock lock(mutex_);
  if (connection == nullptr) {
    --connections_;
  } else if (connection->worn()) {
    // When the server restarts all of them are lost: make new ones rather than try each in turn.
    const bool all = connection->broken();
    gone.push_back(std::move(connection));
    if (all) {
      for (auto& idle : idle_) gone.push_back(std::move(idle));
      idle_.clear();
    }
    connections_ -= static_cast<int>(gone.size());
  } else {
    idle_.push_back(std::move(connection));
  }
  returned_.NotifyAll();
}

}  // namespace stillpoint::sql

// PostgreSQL behind sql::Database: a bounded pool of connections.
#ifndef STILLPOINT_COMMON_SQL_POSTGRES_DATABASE_H_
#define STILLPOINT_COMMON_SQL_POSTGRES_DATABASE_H_

#include <memory>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "common/sql/database.h"
#include "common/sql/postgres_connection.h"

namespace stillpoint::sql {

class PostgresDatabase final : public Database {
 public:
  // Connects once, to see that it can.
  static absl::StatusOr<std::unique_ptr<Database>> Open(const std::string& url, Options options);

  absl::Status Write(const Reach& reach, Deadline deadline, Body body) override;
  absl::Status Read(const Reach& reach, Deadline deadline, Body body) override;
  Engine engine() const override { return Engine::kPostgres; }

 private:
  PostgresDatabase(std::string url, Options options);
  absl::Status Run(const Reach& reach, Deadline deadline, Body body, bool read_only);
  absl::StatusOr<std::unique_ptr<PostgresConnection>> Take(Deadline deadline);
  // `connection` may be null: it could not be made.
  void Return(std::unique_ptr<PostgresConnection> connection);

  const std::string url_;
  const int connections_max_;
  const bool pooled_;
  const Clock* const clock_;

  Mutex mutex_;
  CondVar returned_;
  std::vector<std::unique_ptr<PostgresConnection>> idle_ ABSL_GUARDED_BY(mutex_);
  int connections_ ABSL_GUARDED_BY(mutex_) = 0;  // Idle and in use.
};

}  // namespace stillpoint::sql

#endif  // STILLPOINT_COMMON_SQL_POSTGRES_DATABASE_H_

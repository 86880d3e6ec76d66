// SQLite behind sql::Database: one writer thread, several readers.
#ifndef STILLPOINT_COMMON_SQL_SQLITE_DATABASE_H_
#define STILLPOINT_COMMON_SQL_SQLITE_DATABASE_H_

#include <deque>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "common/sql/database.h"
#include "common/sql/sqlite_connection.h"

namespace stillpoint::sql {

// Callers queue their bodies; the writer thread runs as many as are waiting in one transaction, a
// savepoint each, and wakes them all once it is on disk: one fsync for the whole batch. While
// several callers are about it waits for the next of them, a fraction of what the fsync takes:
// otherwise those of one batch always miss the next one, and the disk works twice as often. Several
// write connections instead would starve one another for seconds (SQLite's busy handler is not a
// queue).
class SqliteDatabase final : public Database {
 public:
  // `path` is a file or `:memory:`, where reads run on the writer thread too.
  static absl::StatusOr<std::unique_ptr<Database>> Open(const std::string& path, Options options);
  ~SqliteDatabase() override;

  absl::Status Write(const Reach& reach, Deadline deadline, Body body) override;
  absl::Status Read(const Reach& reach, Deadline deadline, Body body) override;
  Engine engine() const override { return Engine::kSqlite; }

 private:
  // One waiting caller; lives on its stack.
  struct Job {
    enum class State { kQueued, kRunning, kDone };
    Body body;
    Deadline deadline;
    Access access;
    State state = State::kQueued;
    int runs = 0;
    absl::Status result = absl::OkStatus();
    CondVar changed = {};
  };

  SqliteDatabase(std::string path, Options options, std::unique_ptr<SqliteConnection> writer);

  // The caller's side.
  absl::Status Submit(Deadline deadline, Body body, Access access);
  absl::StatusOr<std::unique_ptr<SqliteConnection>> TakeReader(Deadline deadline);
  void ReturnReader(std::unique_ptr<SqliteConnection> reader);

  // The writer thread's side.
  void RunWriter();
  bool WaitForJobs();
  bool HasJobs();
  Job* TakeJob();
  // For a batch that has begun and so far holds `jobs`: true once another job is there, false when
  // it should be committed without.
  bool WaitForMore(size_t jobs, Deadline patience);
  void RunBatch();
  absl::Status RunJob(Job& job);
  void Finish(const std::vector<Job*>& batch, const absl::Status& committed);
  void Requeue(const std::vector<Job*>& batch);

  const std::string path_;
  const int readers_max_;
  const SystemClock system_clock_;
  const Clock& clock_;
  // Used by the writer thread only.
  const std::unique_ptr<SqliteConnection> writer_;
  absl::Duration commit_took_;
  size_t last_batch_ = 0;  // Jobs in the one before, and in the one before that.
  size_t batch_before_ = 0;

  Mutex mutex_;
  CondVar work_;
  std::deque<Job*> queue_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;

  Mutex readers_mutex_;
  CondVar reader_returned_;
  std::vector<std::unique_ptr<SqliteConnection>> readers_ ABSL_GUARDED_BY(readers_mutex_);
  int readers_made_ ABSL_GUARDED_BY(readers_mutex_) = 0;

  std::thread thread_;
};

}  // namespace stillpoint::sql

#endif  // STILLPOINT_COMMON_SQL_SQLITE_DATABASE_H_

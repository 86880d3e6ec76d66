#include "common/sql/sqlite_database.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "common/sql/sqlite_transaction.h"

namespace stillpoint::sql {
namespace {

// Jobs per commit. At 32 the fsync is already a small part of the whole, and the first job of a
// batch waits for all of it.
constexpr size_t kBatchMax = 64;
// The next caller is waited for this fraction of the last commit's time, all of a batch together
// for this one. On a slow disk a commit takes milliseconds, and those who were just answered are
// back within one; on a fast one the wait is too short to matter.
constexpr int kGapFraction = 8;
constexpr int kPatienceFraction = 2;
constexpr absl::Duration kPatienceMax = absl::Milliseconds(5);  // The disk itself may be stuck.
// How long the writer asks for another process's lock before it looks whether anybody still waits.
constexpr absl::Duration kBeginSlice = absl::Milliseconds(50);
// A job is run again when another one of its batch made SQLite roll back the whole batch.
constexpr int kBatchRunsMax = 3;
// Waits that end by a notification are still bounded.
constexpr absl::Duration kWaitSlice = absl::Seconds(10);

absl::Status TimedOut() {
  return Error(absl::StatusCode::kDeadlineExceeded, "DB_TIMEOUT",
               "the deadline passed before the database was free");
}

}  // namespace

absl::StatusOr<std::unique_ptr<Database>> SqliteDatabase::Open(const std::string& path,
                                                               Options options) {
  ASSIGN_OR_RETURN(auto writer, SqliteConnection::Open(path, Access::kWrite));
  return std::unique_ptr<Database>(new SqliteDatabase(path, options, std::move(writer)));
}

SqliteDatabase::SqliteDatabase(std::string path, Options options,
                               std::unique_ptr<SqliteConnection> writer)
    : path_(std::move(path)),
      readers_max_(std::max(1, options.connections)),
      clock_(options.clock != nullptr ? *options.clock : system_clock_),
      writer_(std::move(writer)),
      thread_([this] { RunWriter(); }) {}

SqliteDatabase::~SqliteDatabase() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    work_.NotifyAll();
  }
  thread_.join();
}

absl::Status SqliteDatabase::Write(const Reach& /*reach*/, Deadline deadline, Body body) {
  for (int run = 1;; ++run) {
    absl::Status status = Submit(deadline, body, Access::kWrite);
    if (status.ok() || ReasonOf(status) != "TX_CONFLICT") return status;
    if (run >= kRunsMax || deadline.Passed()) return status;
  }
}

absl::Status SqliteDatabase::Read(const Reach& /*reach*/, Deadline deadline, Body body) {
  // Another connection to `:memory:` would open another database.
  if (path_ == ":memory:") return Submit(deadline, body, Access::kRead);

  ASSIGN_OR_RETURN(std::unique_ptr<SqliteConnection> reader, TakeReader(deadline));
  reader->SetDeadline(deadline);
  absl::Status status = reader->Control("BEGIN");
  if (status.ok()) {
    SqliteTransaction tx(*reader, Access::kRead, clock_);
    status = tx.Outcome(body(tx));
  }
  reader->SetDeadline(std::nullopt);
  if (reader->InTransaction()) (void)reader->Control("ROLLBACK");
  ReturnReader(std::move(reader));
  return status;
}

absl::StatusOr<std::unique_ptr<SqliteConnection>> SqliteDatabase::TakeReader(Deadline deadline) {
  {
    const MutexLock lock(readers_mutex_);
    while (true) {
      if (deadline.Passed()) return TimedOut();
      if (!readers_.empty()) {
        auto reader = std::move(readers_.back());
        readers_.pop_back();
        return reader;
      }
      if (readers_made_ < readers_max_) break;
      reader_returned_.Wait(readers_mutex_, deadline);
    }
    ++readers_made_;
  }
  auto reader = SqliteConnection::Open(path_, Access::kRead);
  if (!reader.ok()) ReturnReader(nullptr);
  return reader;
}

void SqliteDatabase::ReturnReader(std::unique_ptr<SqliteConnection> reader) {
  const MutexLock lock(readers_mutex_);
  if (reader == nullptr) {
    --readers_made_;
  } else {
    readers_.push_back(std::move(reader));
  }
  reader_returned_.NotifyOne();
}

absl::Status SqliteDatabase::Submit(Deadline deadline, Body body, Access access) {
  Job job{.body = body, .deadline = deadline, .access = access};
  const MutexLock lock(mutex_);
  queue_.push_back(&job);
  work_.NotifyOne();
  while (job.state != Job::State::kDone) {
    if (job.state == Job::State::kQueued) {
      if (deadline.Passed()) {
        queue_.erase(std::find(queue_.begin(), queue_.end(), &job));
        return TimedOut();
      }
      job.changed.Wait(mutex_, deadline);
    } else {
      // The writer uses this stack frame; it ends soon, its statements have the deadline too.
      job.changed.Wait(mutex_, Deadline::After(kWaitSlice));
    }
  }
  return job.result;
}

void SqliteDatabase::RunWriter() {
  while (WaitForJobs()) RunBatch();
}

bool SqliteDatabase::WaitForJobs() {
  const MutexLock lock(mutex_);
  while (queue_.empty() && !stopping_) work_.Wait(mutex_, Deadline::After(kWaitSlice));
  return !queue_.empty();
}

bool SqliteDatabase::HasJobs() {
  const MutexLock lock(mutex_);
  return !queue_.empty();
}

SqliteDatabase::Job* SqliteDatabase::TakeJob() {
  const MutexLock lock(mutex_);
  if (queue_.empty()) return nullptr;
  Job* const job = queue_.front();
  queue_.pop_front();
  job->state = Job::State::kRunning;
  return job;
}

bool SqliteDatabase::WaitForMore(size_t jobs, Deadline patience) {
  // One caller alone, or two in turns, gain nothing by waiting.
  if (last_batch_ + batch_before_ <= 2) return false;
  const MutexLock lock(mutex_);
  const Deadline next = Deadline::After(commit_took_ / kGapFraction);
  while (queue_.empty() && !stopping_ && jobs < kBatchMax) {
    if (next.Passed() || patience.Passed()) return false;
    work_.Wait(mutex_, next);
  }
  return !queue_.empty();
}

void SqliteDatabase::RunBatch() {
  // Callers may still withdraw while another process holds the lock: nothing is taken before BEGIN.
  absl::Status begun;
  do {
    writer_->SetDeadline(Deadline::After(kBeginSlice));
    begun = writer_->Control("BEGIN IMMEDIATE");
    writer_->SetDeadline(std::nullopt);
  } while (ReasonOf(begun) == "DB_BUSY" && HasJobs());

  std::vector<Job*> batch;
  const Deadline patience =
      Deadline::After(std::min(commit_took_ / kPatienceFraction, kPatienceMax));
  while (batch.size() < kBatchMax) {
    Job* const job = TakeJob();
    if (job == nullptr) {
      if (begun.ok() && !batch.empty() && WaitForMore(batch.size(), patience)) continue;
      break;
    }
    if (begun.ok()) job->result = RunJob(*job);
    if (begun.ok() && !writer_->InTransaction()) {
      // SQLite gave up the whole transaction with this job; the others are not to blame.
      Finish({job}, job->result.ok() ? absl::UnavailableError("rolled back") : absl::OkStatus());
      Requeue(batch);
      return;
    }
    batch.push_back(job);
  }
  absl::Status committed = begun;
  if (begun.ok()) {
    const absl::Time commit_begun = absl::Now();  // Only a difference is used.
    committed = writer_->Control("COMMIT");
    // Bounded, since everybody's wait is measured by it: by a stuck disk or a clock that was set.
    commit_took_ = std::clamp(absl::Now() - commit_begun, absl::ZeroDuration(),
                              kPatienceMax * kPatienceFraction);
    if (writer_->InTransaction()) (void)writer_->Control("ROLLBACK");
  }
  batch_before_ = std::exchange(last_batch_, batch.size());
  Finish(batch, committed);
}

absl::Status SqliteDatabase::RunJob(Job& job) {
  ++job.runs;
  RETURN_IF_ERROR(writer_->Control("SAVEPOINT job"));
  writer_->SetDeadline(job.deadline);
  SqliteTransaction tx(*writer_, job.access, clock_);
  absl::Status status = tx.Outcome(job.body(tx));
  writer_->SetDeadline(std::nullopt);
  if (!writer_->InTransaction()) return status;
  if (!status.ok()) (void)writer_->Control("ROLLBACK TO job");
  status.Update(writer_->Control("RELEASE job"));
  return status;
}

void SqliteDatabase::Finish(const std::vector<Job*>& batch, const absl::Status& committed) {
  const MutexLock lock(mutex_);
  for (Job* const job : batch) {
    // A refusal too may rest on another job's effects, so it stands only if they do.
    if (!committed.ok()) {
      job->result =
          absl::IsResourceExhausted(committed)
              ? committed
              : Error(absl::StatusCode::kUnavailable, "DB_UNAVAILABLE", "the commit failed");
    }
    job->state = Job::State::kDone;
    job->changed.NotifyOne();
  }
}

void SqliteDatabase::Requeue(const std::vector<Job*>& batch) {
  std::vector<Job*> given_up;
  {
    const MutexLock lock(mutex_);
    for (auto it = batch.rbegin(); it != batch.rend(); ++it) {
      Job* const job = *it;
      if (job->runs >= kBatchRunsMax) {
        given_up.push_back(job);
        continue;
      }
      job->state = Job::State::kQueued;
      queue_.push_front(job);
      job->changed.NotifyOne();  // It waits for its own deadline again.
    }
  }
  Finish(given_up, absl::UnavailableError("rolled back"));
}

}  // namespace stillpoint::sql

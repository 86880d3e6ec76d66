// The limits that creating bookings is measured against: the rows of one booking (booking, two
// claims, two versions, event, replay), written by hand under the same constraints. Nothing is
// checked, nothing translated, no library of ours in between.
#ifndef STILLPOINT_TESTS_BENCH_RAW_BOOKINGS_H_
#define STILLPOINT_TESTS_BENCH_RAW_BOOKINGS_H_

#include <libpq-fe.h>
#include <sqlite3.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "common/base/mutex.h"

namespace stillpoint::bench {

struct RawBooking {
  std::string id;
  std::string practitioner;  // Resources.
  std::string room;
  std::string client;
  int64_t start_us;
  int64_t end_us;
};

// One connection of PostgreSQL for one thread. One round trip for each booking: the locks of both
// resources in ascending order, then one statement for all rows, prepared, in one pipeline, which
// is one transaction.
class RawPostgres {
 public:
  explicit RawPostgres(const std::string& url);  // Aborts if it cannot be had.
  ~RawPostgres();
  RawPostgres(const RawPostgres&) = delete;
  RawPostgres& operator=(const RawPostgres&) = delete;
  bool Insert(const RawBooking& booking);

 private:
  PGconn* const connection_;
};

// One writer thread on a SQLite file in WAL mode with synchronous=FULL, which inserts what all
// callers wait for and commits it together. Thread-safe.
class RawSqlite {
 public:
  explicit RawSqlite(const std::string& path);  // Aborts if it cannot be had.
  ~RawSqlite();
  RawSqlite(const RawSqlite&) = delete;
  RawSqlite& operator=(const RawSqlite&) = delete;
  bool Insert(const RawBooking& booking);

 private:
  struct Job {
    const RawBooking& booking;
    bool done = false;
    bool ok = false;
    CondVar changed = {};
  };
  void Write();
  bool Insert(sqlite3_stmt* const* statements, const RawBooking& booking);

  sqlite3* db_ = nullptr;
  Mutex mutex_;
  CondVar work_;
  std::vector<Job*> queue_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace stillpoint::bench

#endif  // STILLPOINT_TESTS_BENCH_RAW_BOOKINGS_H_

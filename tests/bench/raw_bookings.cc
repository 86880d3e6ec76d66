#include "tests/bench/raw_bookings.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/base/clock.h"

namespace stillpoint::bench {
namespace {

constexpr int kPayloadBytes = 250;  // About what an event and an answer take.
constexpr absl::Duration kWaitSlice = absl::Seconds(1);

// $1 booking, $2 practitioner, $3 room, $4 client, $5 start, $6 end, $7 payload.
constexpr char kLock[] =
    "SELECT pg_advisory_xact_lock($1::bigint), pg_advisory_xact_lock($2::bigint)";
constexpr char kInsert[] = R"sql(
WITH b AS (
  INSERT INTO bookings (organization, booking, client, clinic, offering, practitioner, room,
    start_us, end_us, zone, buffer_before_us, buffer_after_us, turnover_us, state, hold_expires_us,
    cancel_reason, revision, created_us, updated_us)
  VALUES ('bench', $1::text, $4::text, 'berlin', 'visit', $2::text, $3::text, $5::bigint,
    $6::bigint, 'Europe/Berlin', 0, 0, 0, 2, NULL, 0, 1, $5::bigint, $5::bigint)
), c AS (
  INSERT INTO claims (organization, claim, resource, start_us, end_us, kind, expires_us, booking,
    visit_start_us, visit_end_us)
  VALUES ('bench', $1::text || '-p', $2::text, $5::bigint, $6::bigint, 1, NULL, $1::text,
          $5::bigint, $6::bigint),
         ('bench', $1::text || '-r', $3::text, $5::bigint, $6::bigint, 1, NULL, $1::text, 0, 0)
), o AS (
  INSERT INTO outbox (txid, organization, subject, kind, payload, time_us)
  VALUES (pg_current_xact_id()::text::bigint, 'bench', $1::text, 'booking.confirmed', $7::bytea,
    $5::bigint)
), i AS (
  INSERT INTO idempotency (organization, caller, request_id, method, payload_hash, response,
    created_us)
  VALUES ('bench', 'bench/front_desk', $1::text, 'BookingService.CreateBooking',
    '\x0000000000000000000000000000000000000000000000000000000000000000', $7::bytea, $5::bigint)
)
INSERT INTO resources (organization, resource, version, changed_us)
VALUES ('bench', $2::text, 1, $5::bigint), ('bench', $3::text, 1, $5::bigint)
ON CONFLICT (organization, resource) DO UPDATE
SET version = resources.version + 1, changed_us = excluded.changed_us
RETURNING resource, version
)sql";

[[noreturn]] void Die(const char* what, const char* why) {
  std::fprintf(stderr, "bench: %s: %s\n", what, why);
  std::exit(1);
}

const std::string& Payload() {
  static const std::string& payload = *new std::string(kPayloadBytes, 'x');
  return payload;
}

// The results of `commands` and of the sync behind them; false if one is an error.
bool Drain(PGconn* connection, int commands) {
  bool ok = true;
  for (int seen = 0; seen < commands + 1;) {
    PGresult* const result = PQgetResult(connection);
    if (result == nullptr) {
      if (PQstatus(connection) != CONNECTION_OK) return false;
      continue;
    }
    const ExecStatusType status = PQresultStatus(result);
    ok = ok &&
         (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_PIPELINE_SYNC);
    ++seen;
    PQclear(result);
  }
  return ok;
}

}  // namespace

RawPostgres::RawPostgres(const std::string& url) : connection_(PQconnectdb(url.c_str())) {
  if (PQstatus(connection_) != CONNECTION_OK || PQenterPipelineMode(connection_) != 1) {
    Die("raw PostgreSQL", PQerrorMessage(connection_));
  }
  // Row-level security asks whose rows these are.
  PQsendQueryParams(connection_, "SELECT set_config('stillpoint.organization', 'bench', false)", 0,
                    nullptr, nullptr, nullptr, nullptr, 0);
  PQsendPrepare(connection_, "lock", kLock, 2, nullptr);
  PQsendPrepare(connection_, "insert", kInsert, 7, nullptr);
  PQpipelineSync(connection_);
  if (!Drain(connection_, 3)) Die("raw PostgreSQL", PQerrorMessage(connection_));
}

RawPostgres::~RawPostgres() { PQfinish(connection_); }

bool RawPostgres::Insert(const RawBooking& booking) {
  int64_t locks[] = {static_cast<int64_t>(std::hash<std::string>()(booking.practitioner)),
                     static_cast<int64_t>(std::hash<std::string>()(booking.room))};
  std::sort(std::begin(locks), std::end(locks));
  const std::string first = absl::StrCat(locks[0]);
  const std::string second = absl::StrCat(locks[1]);
  const char* const lock_values[] = {first.c_str(), second.c_str()};
  const std::string start = absl::StrCat(booking.start_us);
  const std::string end = absl::StrCat(booking.end_us);
  const char* const values[] = {booking.id.c_str(),   booking.practitioner.c_str(),
                                booking.room.c_str(), booking.client.c_str(),
                                start.c_str(),        end.c_str(),
                                Payload().c_str()};
  const int lengths[] = {0, 0, 0, 0, 0, 0, kPayloadBytes};
  const int formats[] = {0, 0, 0, 0, 0, 0, 1};
  PQsendQueryPrepared(connection_, "lock", 2, lock_values, nullptr, nullptr, 0);
  PQsendQueryPrepared(connection_, "insert", 7, values, lengths, formats, 0);
  PQpipelineSync(connection_);
  return Drain(connection_, 2);
}

RawSqlite::RawSqlite(const std::string& path) {
  if (sqlite3_open(path.c_str(), &db_) != SQLITE_OK ||
      sqlite3_exec(db_, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL", nullptr, nullptr,
                   nullptr) != SQLITE_OK) {
    Die("raw SQLite", sqlite3_errmsg(db_));
  }
  thread_ = std::thread([this] { Write(); });
}

RawSqlite::~RawSqlite() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    work_.NotifyAll();
  }
  thread_.join();
  sqlite3_close(db_);
}

bool RawSqlite::Insert(const RawBooking& booking) {
  Job job{.booking = booking};
  const MutexLock lock(mutex_);
  queue_.push_back(&job);
  work_.NotifyOne();
  while (!job.done) job.changed.Wait(mutex_, Deadline::After(kWaitSlice));
  return job.ok;
}

void RawSqlite::Write() {
  constexpr const char* kTexts[] = {
      "BEGIN IMMEDIATE",
      "COMMIT",
      "INSERT INTO bookings (organization, booking, client, clinic, offering, practitioner, room,"
      " start_us, end_us, zone, buffer_before_us, buffer_after_us, turnover_us, state,"
      " hold_expires_us, cancel_reason, revision, created_us, updated_us) VALUES ('bench', ?1, ?4,"
      " 'berlin', 'visit', ?2, ?3, ?5, ?6, 'Europe/Berlin', 0, 0, 0, 2, NULL, 0, 1, ?5, ?5)",
      "INSERT INTO claims (organization, claim, resource, start_us, end_us, kind, expires_us,"
      " booking) VALUES ('bench', ?1 || '-p', ?2, ?5, ?6, 1, NULL, ?1),"
      " ('bench', ?1 || '-r', ?3, ?5, ?6, 1, NULL, ?1)",
      "INSERT INTO resources (organization, resource, version, changed_us) VALUES ('bench', ?2, 1,"
      " ?5), ('bench', ?3, 1, ?5) ON CONFLICT (organization, resource) DO UPDATE SET"
      " version = resources.version + 1, changed_us = excluded.changed_us",
      "INSERT INTO outbox (txid, organization, subject, kind, payload, time_us)"
      " VALUES (0, 'bench', ?1, 'booking.confirmed', ?7, ?5)",
      "INSERT INTO idempotency (organization, caller, request_id, method, payload_hash, response,"
      " created_us) VALUES ('bench', 'bench/front_desk', ?1, 'BookingService.CreateBooking',"
      " zeroblob(32), ?7, ?5)",
  };
  std::vector<sqlite3_stmt*> statements;
  for (const char* text : kTexts) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v3(db_, text, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr) !=
        SQLITE_OK) {
      Die("raw SQLite", sqlite3_errmsg(db_));
    }
    statements.push_back(statement);
  }
  const auto run = [](sqlite3_stmt* statement) {
    const bool ok = sqlite3_step(statement) == SQLITE_DONE;
    sqlite3_reset(statement);
    return ok;
  };
  while (true) {
    std::vector<Job*> batch;
    {
      const MutexLock lock(mutex_);
      while (queue_.empty() && !stopping_) work_.Wait(mutex_, Deadline::After(kWaitSlice));
      if (queue_.empty()) break;
      batch.swap(queue_);
    }
    bool committed = run(statements[0]);
    for (Job* const job : batch) job->ok = Insert(statements.data() + 2, job->booking);
    committed = run(statements[1]) && committed;
    const MutexLock lock(mutex_);
    for (Job* const job : batch) {
      job->ok = job->ok && committed;
      job->done = true;
      job->changed.NotifyOne();
    }
  }
  for (sqlite3_stmt* const statement : statements) sqlite3_finalize(statement);
}

bool RawSqlite::Insert(sqlite3_stmt* const* statements, const RawBooking& booking) {
  constexpr int kInserts = 5;
  const std::string* const texts[] = {&booking.id, &booking.practitioner, &booking.room,
                                      &booking.client};
  bool ok = true;
  for (int i = 0; i < kInserts; ++i) {
    sqlite3_stmt* const statement = statements[i];
    const int parameters = sqlite3_bind_parameter_count(statement);
    for (int p = 1; p <= parameters; ++p) {
      if (p <= 4) {
        sqlite3_bind_text(statement, p, texts[p - 1]->data(),
                          static_cast<int>(texts[p - 1]->size()), SQLITE_STATIC);
      } else if (p <= 6) {
        sqlite3_bind_int64(statement, p, p == 5 ? booking.start_us : booking.end_us);
      } else {
        sqlite3_bind_blob(statement, p, Payload().data(), kPayloadBytes, SQLITE_STATIC);
      }
    }
    ok = sqlite3_step(statement) == SQLITE_DONE && ok;
    sqlite3_reset(statement);
  }
  return ok;
}

}  // namespace stillpoint::bench

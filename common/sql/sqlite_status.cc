#include "common/sql/sqlite_status.h"

#include <sqlite3.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/error/error.h"

namespace stillpoint::sql {
namespace {

struct Meaning {
  int code;
  absl::StatusCode status;
  const char* reason;
};

// Extended codes first: the primary code is looked up only if the extended one is not listed.
constexpr Meaning kTable[] = {
    {SQLITE_CONSTRAINT_UNIQUE, absl::StatusCode::kAlreadyExists, "DUPLICATE_KEY"},
    {SQLITE_CONSTRAINT_PRIMARYKEY, absl::StatusCode::kAlreadyExists, "DUPLICATE_KEY"},
    {SQLITE_CONSTRAINT_ROWID, absl::StatusCode::kAlreadyExists, "DUPLICATE_KEY"},
    {SQLITE_CONSTRAINT, absl::StatusCode::kFailedPrecondition, "CONSTRAINT"},
    {SQLITE_INTERRUPT, absl::StatusCode::kDeadlineExceeded, "DB_TIMEOUT"},
    {SQLITE_BUSY, absl::StatusCode::kUnavailable, "DB_BUSY"},
    {SQLITE_LOCKED, absl::StatusCode::kUnavailable, "DB_BUSY"},
    {SQLITE_NOMEM, absl::StatusCode::kUnavailable, "DB_BUSY"},
    {SQLITE_FULL, absl::StatusCode::kResourceExhausted, "DB_FULL"},
    {SQLITE_IOERR, absl::StatusCode::kUnavailable, "DB_UNAVAILABLE"},
    {SQLITE_CANTOPEN, absl::StatusCode::kUnavailable, "DB_UNAVAILABLE"},
};

constexpr int kPrimaryMask = 0xff;

}  // namespace

absl::Status StatusFromSqlite(int code, absl::string_view message) {
  // The triggers that stand in for exclusion constraints end with RAISE(ABORT, 'OVERLAP').
  if (code == SQLITE_CONSTRAINT_TRIGGER && absl::StartsWith(message, "OVERLAP")) {
    return Error(absl::StatusCode::kFailedPrecondition, "OVERLAP", "the time is taken");
  }
  for (const int wanted : {code, code & kPrimaryMask}) {
    for (const Meaning& meaning : kTable) {
      if (meaning.code == wanted) return Error(meaning.status, meaning.reason, message);
    }
  }
  return Error(absl::StatusCode::kInternal, "DB_ERROR",
               absl::StrCat("sqlite ", code, ": ", message));
}

}  // namespace stillpoint::sql

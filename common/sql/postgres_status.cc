#include "common/sql/postgres_status.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/error/error.h"

namespace stillpoint::sql {
namespace {

struct Meaning {
  absl::string_view state;  // A SQLSTATE, or its first two characters: the whole class.
  absl::StatusCode status;
  const char* reason;
};

// The first row that matches counts. Only Aborted and Unavailable are safe to retry unchanged.
constexpr Meaning kTable[] = {
    {"40001", absl::StatusCode::kAborted, "TX_CONFLICT"},           // serialization_failure
    {"40P01", absl::StatusCode::kAborted, "TX_CONFLICT"},           // deadlock_detected
    {"23P01", absl::StatusCode::kFailedPrecondition, "OVERLAP"},    // exclusion_violation
    {"23505", absl::StatusCode::kAlreadyExists, "DUPLICATE_KEY"},   // unique_violation
    {"23", absl::StatusCode::kFailedPrecondition, "CONSTRAINT"},    // check, not null, foreign key
    {"22021", absl::StatusCode::kInvalidArgument, "INVALID_TEXT"},  // not UTF-8
    {"57014", absl::StatusCode::kDeadlineExceeded, "DB_TIMEOUT"},   // query_canceled
    {"55P03", absl::StatusCode::kDeadlineExceeded, "DB_TIMEOUT"},   // lock_not_available
    {"53300", absl::StatusCode::kUnavailable, "DB_BUSY"},           // too_many_connections
    {"53", absl::StatusCode::kResourceExhausted, "DB_FULL"},        // disk, memory
    {"57P", absl::StatusCode::kUnavailable, "DB_UNAVAILABLE"},      // shutdown, starting up
    {"25P03", absl::StatusCode::kUnavailable, "DB_UNAVAILABLE"},    // idle in transaction too long
    {"25006", absl::StatusCode::kInternal, "DB_ERROR"},             // write in a read-only one
    {"08P01", absl::StatusCode::kInternal, "DB_ERROR"},             // too few parameters
    {"08", absl::StatusCode::kUnavailable, "DB_UNAVAILABLE"},       // connection
    {"58", absl::StatusCode::kUnavailable, "DB_UNAVAILABLE"},       // the server's input and output
};

}  // namespace

absl::Status StatusFromSqlState(absl::string_view state, absl::string_view message) {
  const absl::string_view words =
      absl::StartsWith(state, "42") ? message : absl::string_view("refused");
  const std::string text = absl::StrCat("postgresql ", state, ": ", words);
  for (const Meaning& meaning : kTable) {
    if (absl::StartsWith(state, meaning.state)) {
      return Error(meaning.status, meaning.reason, text);
    }
  }
  return Error(absl::StatusCode::kInternal, "DB_ERROR", text);
}

absl::Status PostgresUnavailable(absl::string_view doing) {
  return Error(absl::StatusCode::kUnavailable, "DB_UNAVAILABLE",
               absl::StrCat("postgresql: ", doing));
}

}  // namespace stillpoint::sql

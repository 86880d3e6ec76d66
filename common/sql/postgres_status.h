// What a PostgreSQL SQLSTATE means to our callers.
#ifndef STILLPOINT_COMMON_SQL_POSTGRES_STATUS_H_
#define STILLPOINT_COMMON_SQL_POSTGRES_STATUS_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace stillpoint::sql {

// `message` is the server's primary message. It is passed on only for errors in our own statements
// (class 42): others can quote values of rows.
absl::Status StatusFromSqlState(absl::string_view state, absl::string_view message);

// The connection is gone or cannot be made. `doing` is what failed, without the server's words.
absl::Status PostgresUnavailable(absl::string_view doing);

}  // namespace stillpoint::sql

#endif  // STILLPOINT_COMMON_SQL_POSTGRES_STATUS_H_

// What a SQLite result code means to our callers.
#ifndef STILLPOINT_COMMON_SQL_SQLITE_STATUS_H_
#define STILLPOINT_COMMON_SQL_SQLITE_STATUS_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace stillpoint::sql {

// `code` is an extended result code other than OK, ROW and DONE; `message` is sqlite3_errmsg, which
// names tables and columns but never quotes a value.
absl::Status StatusFromSqlite(int code, absl::string_view message);

}  // namespace stillpoint::sql

#endif  // STILLPOINT_COMMON_SQL_SQLITE_STATUS_H_

// One SQLite connection with its prepared statements.
#ifndef STILLPOINT_COMMON_SQL_SQLITE_CONNECTION_H_
#define STILLPOINT_COMMON_SQL_SQLITE_CONNECTION_H_

#include <sqlite3.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/base/clock.h"
#include "common/sql/database.h"

namespace stillpoint::sql {

enum class Access { kRead, kWrite };

// Used by one thread at a time.
class SqliteConnection {
 public:
  // Opens (kWrite: creates) the file in WAL mode with synchronous=FULL and foreign keys. A file
  // that is made here is readable by its owner only. Unavailable DB_UNAVAILABLE.
  static absl::StatusOr<std::unique_ptr<SqliteConnection>> Open(const std::string& path,
                                                                Access access);
  ~SqliteConnection();
  SqliteConnection(const SqliteConnection&) = delete;
  SqliteConnection& operator=(const SqliteConnection&) = delete;

  // Statements and waits for other processes end with DB_TIMEOUT or DB_BUSY once it has passed;
  // nullopt: never.
  void SetDeadline(std::optional<Deadline> deadline) { deadline_ = deadline; }

  // Runs one statement; appends its rows to `rows` unless that is null. Returns the number of rows
  // changed. Internal DB_ERROR: a statement that writes, with kRead.
  absl::StatusOr<int64_t> Run(absl::string_view statement, absl::Span<const Value> parameters,
                              Access access, Rows* rows);
  // A statement of our own without parameters or rows: BEGIN, COMMIT and their kin.
  absl::Status Control(absl::string_view statement);
  absl::Status Script(absl::string_view statements);

  // False after SQLite has rolled everything back by itself (interrupted write, full disk).
  bool InTransaction() const { return sqlite3_get_autocommit(db_) == 0; }

 private:
  struct Statement {
    sqlite3_stmt* handle;
    std::vector<int> ordinals;  // By SQLite's index - 1: the N of $N.
  };

  explicit SqliteConnection(sqlite3* db);
  absl::Status Configure(Access access);
  absl::StatusOr<const Statement*> Prepare(absl::string_view text);
  void FinalizeAll();
  absl::Status LastError() const;

  sqlite3* const db_;
  std::optional<Deadline> deadline_;
  absl::flat_hash_map<std::string, Statement> statements_;
};

}  // namespace stillpoint::sql

#endif  // STILLPOINT_COMMON_SQL_SQLITE_CONNECTION_H_

#include "common/sql/sqlite_connection.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "common/sql/parameters.h"
#include "common/sql/sqlite_status.h"

namespace stillpoint::sql {
namespace {

// How often a running statement looks at its deadline, in virtual machine steps: some 20 us apart.
constexpr int kStepsPerDeadlineCheck = 2000;
// Waiting for another process's lock: it is held for about one commit, so look again soon.
constexpr int kBusyWaitMs = 1;
// How long opening waits for another process that is opening or recovering the same file.
constexpr absl::Duration kOpenWait = absl::Seconds(10);
// Our statements are constants, some dozens per service. More means that a text is being built at
// run time; the cache then starts again rather than grow.
constexpr size_t kStatementsMax = 512;

int IsPassed(void* deadline) {
  const auto& value = *static_cast<const std::optional<Deadline>*>(deadline);
  return value.has_value() && value->Passed() ? 1 : 0;
}

int WaitWhileBusy(void* deadline, int /*tries*/) {
  if (IsPassed(deadline) != 0) return 0;
  sqlite3_sleep(kBusyWaitMs);
  return 1;
}

int Bind(sqlite3_stmt* handle, int index, const Value& value) {
  // SQLITE_STATIC: the parameters outlive the statement's run.
  if (const auto* number = std::get_if<int64_t>(&value.variant())) {
    return sqlite3_bind_int64(handle, index, *number);
  }
  if (const auto* text = std::get_if<std::string>(&value.variant())) {
    return sqlite3_bind_text64(handle, index, text->data(), text->size(), SQLITE_STATIC,
                               SQLITE_UTF8);
  }
  if (const auto* blob = std::get_if<Blob>(&value.variant())) {
    return sqlite3_bind_blob64(handle, index, blob->bytes.data(), blob->bytes.size(),
                               SQLITE_STATIC);
  }
  return sqlite3_bind_null(handle, index);
}

Value ColumnOf(sqlite3_stmt* handle, int column) {
  switch (sqlite3_column_type(handle, column)) {
    case SQLITE_INTEGER:
      return Value(int64_t{sqlite3_column_int64(handle, column)});
    case SQLITE_BLOB: {
      const auto* data = static_cast<const char*>(sqlite3_column_blob(handle, column));
      const int size = sqlite3_column_bytes(handle, column);
      return Value(Blob{size == 0 ? std::string() : std::string(data, size)});
    }
    case SQLITE_NULL:
      return Value();
    default: {  // Text; a floating point number also reads as its text.
      const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(handle, column));
      return Value(std::string(data, sqlite3_column_bytes(handle, column)));
    }
  }
}

// Leaves the statement ready for its next run, whatever happened in this one.
class ResetOnExit {
 public:
  explicit ResetOnExit(sqlite3_stmt* handle) : handle_(handle) {}
  ~ResetOnExit() {
    sqlite3_reset(handle_);
    sqlite3_clear_bindings(handle_);
  }

 private:
  sqlite3_stmt* const handle_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<SqliteConnection>> SqliteConnection::Open(const std::string& path,
                                                                         Access access) {
  if (access == Access::kWrite && path != ":memory:") {
    // SQLite would make it readable by everybody; its side files copy the mode of this one.
    const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) {
      return Error(absl::StatusCode::kUnavailable, "DB_UNAVAILABLE",
                   absl::StrCat("cannot open the database file ", path));
    }
    close(file);
  }
  sqlite3* db = nullptr;
  const int flags = (access == Access::kWrite ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                                              : SQLITE_OPEN_READONLY) |
                    SQLITE_OPEN_NOMUTEX;
  const int code = sqlite3_open_v2(path.c_str(), &db, flags, nullptr);
  auto connection = std::unique_ptr<SqliteConnection>(new SqliteConnection(db));
  if (code != SQLITE_OK) return StatusFromSqlite(code, sqlite3_errstr(code));
  RETURN_IF_ERROR(connection->Configure(access));
  return connection;
}

SqliteConnection::SqliteConnection(sqlite3* db) : db_(db) {}

SqliteConnection::~SqliteConnection() {
  FinalizeAll();
  sqlite3_close(db_);
}

absl::Status SqliteConnection::Configure(Access access) {
  sqlite3_extended_result_codes(db_, 1);
  sqlite3_busy_handler(db_, &WaitWhileBusy, &deadline_);
  sqlite3_progress_handler(db_, kStepsPerDeadlineCheck, &IsPassed, &deadline_);
  const Deadline deadline = Deadline::After(kOpenWait);
  deadline_ = deadline;
  if (access == Access::kWrite) {
    // Changing the mode of a new file does not always wait for a process that is doing the same.
    absl::Status changed = Script("PRAGMA journal_mode=WAL");
    while (ReasonOf(changed) == "DB_BUSY" && !deadline.Passed()) {
      sqlite3_sleep(kBusyWaitMs);
      changed = Script("PRAGMA journal_mode=WAL");
    }
    RETURN_IF_ERROR(changed);
  }
  RETURN_IF_ERROR(Script("PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON"));
  deadline_.reset();
  return absl::OkStatus();
}

absl::StatusOr<const SqliteConnection::Statement*> SqliteConnection::Prepare(
    absl::string_view text) {
  const auto found = statements_.find(text);
  if (found != statements_.end()) return &found->second;
  if (statements_.size() >= kStatementsMax) FinalizeAll();

  Statement statement{nullptr, {}};
  const char* rest = nullptr;
  if (sqlite3_prepare_v3(db_, text.data(), static_cast<int>(text.size()), SQLITE_PREPARE_PERSISTENT,
                         &statement.handle, &rest) != SQLITE_OK) {
    return LastError();
  }
  if (statement.handle == nullptr) {
    return Error(absl::StatusCode::kInternal, "DB_ERROR", "an empty statement");
  }
  for (int i = 1; i <= sqlite3_bind_parameter_count(statement.handle); ++i) {
    const char* name = sqlite3_bind_parameter_name(statement.handle, i);
    int ordinal = 0;
    if (name == nullptr || name[0] != '$' || !absl::SimpleAtoi(name + 1, &ordinal)) {
      sqlite3_finalize(statement.handle);
      return Error(absl::StatusCode::kInternal, "DB_ERROR", "parameters are named $1, $2, ...");
    }
    statement.ordinals.push_back(ordinal);
  }
  return &statements_.emplace(text, std::move(statement)).first->second;
}

absl::StatusOr<int64_t> SqliteConnection::Run(absl::string_view text,
                                              absl::Span<const Value> parameters, Access access,
                                              Rows* rows) {
  RETURN_IF_ERROR(CheckParameters(parameters));
  ASSIGN_OR_RETURN(const Statement* statement, Prepare(text));
  sqlite3_stmt* const handle = statement->handle;
  const bool reads_only = sqlite3_stmt_readonly(handle) != 0;
  if (access == Access::kRead && !reads_only) {
    return Error(absl::StatusCode::kInternal, "DB_ERROR", "a write in a read-only transaction");
  }
  const ResetOnExit reset(handle);
  for (size_t i = 0; i < statement->ordinals.size(); ++i) {
    const size_t ordinal = statement->ordinals[i];
    if (ordinal < 1 || ordinal > parameters.size()) {
      return Error(absl::StatusCode::kInternal, "DB_ERROR",
                   absl::StrCat("there is no parameter $", ordinal));
    }
    if (Bind(handle, static_cast<int>(i) + 1, parameters[ordinal - 1]) != SQLITE_OK) {
      return LastError();
    }
  }
  int code = sqlite3_step(handle);
  for (; code == SQLITE_ROW; code = sqlite3_step(handle)) {
    if (rows == nullptr) continue;
    Row row;
    row.reserve(sqlite3_column_count(handle));
    for (int i = 0; i < sqlite3_column_count(handle); ++i) row.push_back(ColumnOf(handle, i));
    rows->push_back(std::move(row));
  }
  if (code != SQLITE_DONE) return LastError();
  return reads_only ? 0 : int64_t{sqlite3_changes(db_)};
}

absl::Status SqliteConnection::Control(absl::string_view statement) {
  return Run(statement, {}, Access::kWrite, nullptr).status();
}

absl::Status SqliteConnection::Script(absl::string_view statements) {
  const int code = sqlite3_exec(db_, std::string(statements).c_str(), nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? absl::OkStatus() : LastError();
}

void SqliteConnection::FinalizeAll() {
  for (auto& [text, statement] : statements_) sqlite3_finalize(statement.handle);
  statements_.clear();
}

absl::Status SqliteConnection::LastError() const {
  return StatusFromSqlite(sqlite3_extended_errcode(db_), sqlite3_errmsg(db_));
}

}  // namespace stillpoint::sql

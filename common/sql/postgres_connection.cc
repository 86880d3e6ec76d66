#include "common/sql/postgres_connection.h"

#include <poll.h>

#include <cerrno>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "common/sql/parameters.h"
#include "common/sql/postgres_codec.h"
#include "common/sql/postgres_status.h"

namespace stillpoint::sql {
namespace {

struct ClearResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
using ResultPtr = std::unique_ptr<PGresult, ClearResult>;

// Its notices can quote values of rows.
void DropNotice(void* /*unused*/, const PGresult* /*notice*/) {}

absl::Status ErrorOf(const PGresult* result) {
  const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  // libpq's own failures have no SQLSTATE: the connection broke.
  if (state == nullptr) return PostgresUnavailable("the connection was lost");
  const char* message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  return StatusFromSqlState(state, message == nullptr ? "" : message);
}

}  // namespace

absl::StatusOr<std::unique_ptr<PostgresConnection>> PostgresConnection::Open(const std::string& url,
                                                                             bool pooled,
                                                                             Deadline deadline) {
  // The URL comes last, so it may override the others. A dead peer is noticed within a minute even
  // while nothing is being sent.
  const char* const keys[] = {"client_encoding",
                              "application_name",
                              "keepalives_idle",
                              "keepalives_interval",
                              "keepalives_count",
                              "dbname",
                              nullptr};
  const char* const values[] = {"UTF8", "stillpoint", "30", "10", "3", url.c_str(), nullptr};
  PGconn* const handle = PQconnectStartParams(keys, values, /*expand_dbname=*/1);
  if (handle == nullptr) return PostgresUnavailable("out of memory");
  auto connection = std::unique_ptr<PostgresConnection>(new PostgresConnection(handle, pooled));
  RETURN_IF_ERROR(connection->Connect(deadline));
  return connection;
}

PostgresConnection::~PostgresConnection() { PQfinish(connection_); }

absl::Status PostgresConnection::Connect(Deadline deadline) {
  PQsetNoticeReceiver(connection_, &DropNotice, nullptr);
  PostgresPollingStatusType state = PGRES_POLLING_WRITING;
  while (state != PGRES_POLLING_OK) {
    if (state == PGRES_POLLING_FAILED || PQstatus(connection_) == CONNECTION_BAD) {
      return PostgresUnavailable("cannot connect");
    }
    RETURN_IF_ERROR(Poll(state == PGRES_POLLING_READING ? POLLIN : POLLOUT, deadline));
    state = PQconnectPoll(connection_);
  }
  if (PQsetnonblocking(connection_, 1) != 0 || PQenterPipelineMode(connection_) != 1) {
    return PostgresUnavailable("cannot connect");
  }
  return absl::OkStatus();
}

absl::Status PostgresConnection::Break(absl::Status status) {
  broken_ = true;
  return status;
}

absl::Status PostgresConnection::Poll(short events, Deadline deadline) {
  while (true) {
    const absl::Duration left = deadline.Remaining();
    if (left <= absl::ZeroDuration()) {
      // Answers are still on their way: nobody can use this connection again.
      return Break(Error(absl::StatusCode::kDeadlineExceeded, "DB_TIMEOUT",
                         "postgresql did not answer before the deadline"));
    }
    pollfd descriptor{.fd = PQsocket(connection_), .events = events, .revents = 0};
    // Rounded up, so that the last wait is not a busy one.
    const int ready = poll(&descriptor, 1, static_cast<int>(absl::ToInt64Milliseconds(left)) + 1);
    if (ready > 0) return absl::OkStatus();
    if (ready < 0 && errno != EINTR) return Break(PostgresUnavailable("poll failed"));
  }
}

absl::Status PostgresConnection::Flush(Deadline deadline) {
  while (true) {
    const int left = PQflush(connection_);
    if (left == 0) return absl::OkStatus();
    if (left < 0) return Break(PostgresUnavailable("the connection was lost"));
    RETURN_IF_ERROR(Poll(POLLIN | POLLOUT, deadline));
    // The server may be unable to read on before we have taken its answers.
    if (PQconsumeInput(connection_) != 1) {
      return Break(PostgresUnavailable("the connection was lost"));
    }
  }
}

absl::Status PostgresConnection::WaitForResult(Deadline deadline) {
  while (PQisBusy(connection_) != 0) {
    RETURN_IF_ERROR(Poll(POLLIN, deadline));
    if (PQconsumeInput(connection_) != 1) {
      return Break(PostgresUnavailable("the connection was lost"));
    }
  }
  return absl::OkStatus();
}

absl::Status PostgresConnection::Send(const Command& command, std::vector<std::string>* sent) {
  const PostgresParameters parameters(command.parameters);
  if (pooled_) {
    if (PQsendQueryParams(connection_, std::string(command.statement).c_str(), parameters.count(),
                          parameters.types(), parameters.values(), parameters.lengths(),
                          parameters.formats(), /*resultFormat=*/0) != 1) {
      return Break(PostgresUnavailable("the connection was lost"));
    }
    sent->emplace_back();
    return absl::OkStatus();
  }
  std::string key = absl::StrCat(parameters.signature(), " ", command.statement);
  std::string name;
  if (const auto found = prepared_.find(key); found != prepared_.end()) {
    name = found->second;
  } else {
    name = absl::StrCat("s", ++names_);
    if (PQsendPrepare(connection_, name.c_str(), std::string(command.statement).c_str(),
                      parameters.count(), parameters.types()) != 1) {
      return Break(PostgresUnavailable("the connection was lost"));
    }
    // Known only once the server has said so; until then it may be prepared twice, which is
    // harmless.
    sent->push_back(absl::StrCat(name, " ", key));
  }
  if (PQsendQueryPrepared(connection_, name.c_str(), parameters.count(), parameters.values(),
                          parameters.lengths(), parameters.formats(), /*resultFormat=*/0) != 1) {
    return Break(PostgresUnavailable("the connection was lost"));
  }
  sent->emplace_back();
  return absl::OkStatus();
}

absl::StatusOr<std::vector<PostgresConnection::Result>> PostgresConnection::Run(
    absl::Span<const Command> commands, Deadline deadline) {
  for (const Command& command : commands) RETURN_IF_ERROR(CheckParameters(command.parameters));
  if (broken()) return PostgresUnavailable("the connection was lost");
  std::vector<std::string> sent;
  for (const Command& command : commands) RETURN_IF_ERROR(Send(command, &sent));
  if (PQpipelineSync(connection_) != 1) {
    return Break(PostgresUnavailable("the connection was lost"));
  }
  RETURN_IF_ERROR(Flush(deadline));
  return Receive(sent, deadline);
}

absl::StatusOr<std::vector<PostgresConnection::Result>> PostgresConnection::Receive(
    const std::vector<std::string>& sent, Deadline deadline) {
  std::vector<Result> results;
  absl::Status failure;
  size_t next = 0;
  while (true) {
    RETURN_IF_ERROR(WaitForResult(deadline));
    const ResultPtr result(PQgetResult(connection_));
    if (result == nullptr) {  // Between two commands of the pipeline.
      if (PQstatus(connection_) != CONNECTION_OK) {
        return Break(failure.ok() ? PostgresUnavailable("the connection was lost") : failure);
      }
      continue;
    }
    const ExecStatusType status = PQresultStatus(result.get());
    if (status == PGRES_PIPELINE_SYNC) break;
    const std::string parsed = next < sent.size() ? sent[next] : "";
    ++next;
    if (status == PGRES_PIPELINE_ABORTED) continue;
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
      failure.Update(ErrorOf(result.get()));
      continue;
    }
    if (!parsed.empty()) {
      const size_t space = parsed.find(' ');
      prepared_.emplace(parsed.substr(space + 1), parsed.substr(0, space));
      continue;
    }
    absl::StatusOr<Rows> rows = RowsOf(result.get());
    failure.Update(rows.status());
    Result& back = results.emplace_back();
    if (rows.ok()) back.rows = *std::move(rows);
    (void)absl::SimpleAtoi(PQcmdTuples(result.get()), &back.changed);
    back.tag = PQcmdStatus(result.get());
  }
  if (!failure.ok()) return failure;
  return results;
}

absl::Status PostgresConnection::Script(absl::string_view statements, Deadline deadline) {
  // Several statements in one text are possible only outside of pipeline mode.
  if (broken() || PQexitPipelineMode(connection_) != 1 ||
      PQsendQuery(connection_, std::string(statements).c_str()) != 1) {
    return Break(PostgresUnavailable("the connection was lost"));
  }
  RETURN_IF_ERROR(Flush(deadline));
  absl::Status failure;
  while (true) {
    RETURN_IF_ERROR(WaitForResult(deadline));
    const ResultPtr result(PQgetResult(connection_));
    if (result == nullptr) break;
    const ExecStatusType status = PQresultStatus(result.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_EMPTY_QUERY) {
      failure.Update(ErrorOf(result.get()));
    }
  }
  if (PQenterPipelineMode(connection_) != 1) {
    return Break(failure.ok() ? PostgresUnavailable("the connection was lost") : failure);
  }
  return failure;
}

}  // namespace stillpoint::sql

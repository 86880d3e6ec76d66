// The one way in which use cases reach records, so that none can forget the audit entry or the
// replay.
#ifndef STILLPOINT_SERVICES_CLIENT_RECORD_APP_RECORDS_H_
#define STILLPOINT_SERVICES_CLIENT_RECORD_APP_RECORDS_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "common/base/tenant.h"
#include "common/sql/database.h"
#include "common/sql/idempotency.h"
#include "services/client_record/ports/key_ring.h"

namespace stillpoint::client_record::app {

// Who does what, for whom, until when.
struct Caller {
  Tenant tenant;
  std::string subject;
  std::string method;
  Deadline deadline;
};

// What a mutation did to one client's record.
struct Written {
  std::string client;    // Id; whose record it was.
  std::string response;  // Bytes for the caller, now and on every replay.
  // Not OK: the call is refused and must have written nothing. The refusal says something about the
  // client, so it is audited like any other reading, and returned once that is committed.
  absl::Status refusal;
};

// The refusal of a call on the record of `client`, for a body of Records::Write to return.
inline Written Refuse(std::string client, absl::Status why) {
  return {std::move(client), "", std::move(why)};
}

// Thread-safe.
class Records {
 public:
  Records(sql::Database& database, const ports::KeyRing& ring) : database_(database), ring_(ring) {}

  // Runs `body` and writes one audit entry for each client whose id it returns, in the same
  // transaction. So a read of records is a read-write transaction, on purpose: if the entry cannot
  // be written, the answer is not given. Unavailable AUDIT_UNAVAILABLE. NotFound NOT_FOUND: no
  // record at all yet. `body` may run several times and must set its results anew each time.
  using ReadBody = absl::FunctionRef<absl::StatusOr<std::vector<std::string>>(const ports::Scope&)>;
  absl::Status Read(const Caller& caller, ReadBody body) const;

  // Runs `body` at most once per `key`, with its audit entry, and returns its response bytes; a
  // replay gets the same bytes. They are kept sealed with the client's own key, so that erasing the
  // client erases them too; keeping only the name and building the answer again would show a later
  // state. InvalidArgument IDEMPOTENCY_KEY_REUSED.
  using WriteBody = absl::FunctionRef<absl::StatusOr<Written>(const ports::Scope&)>;
  absl::StatusOr<std::string> Write(const Caller& caller, const sql::RequestKey& key,
                                    WriteBody body) const;

  // Reads what belongs to no client (the log itself, public keys): no audit entry.
  using PlainBody = absl::FunctionRef<absl::Status(const ports::Scope&)>;
  absl::Status ReadPlain(const Caller& caller, PlainBody body) const;

 private:
  sql::Database& database_;
  const ports::KeyRing& ring_;
};

}  // namespace stillpoint::client_record::app

#endif  // STILLPOINT_SERVICES_CLIENT_RECORD_APP_RECORDS_H_

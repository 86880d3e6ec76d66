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
#include "common/base/reach.h"
#include "common/base/tenant.h"
#include "common/sql/database.h"
#include "common/sql/idempotency.h"
#include "services/client_record/ports/care.h"
#include "services/client_record/ports/key_ring.h"

namespace stillpoint::client_record::app {

// Who does what, for whom, until when.
struct Caller {
  Tenant tenant;
  std::string subject;
  std::string method;
  Deadline deadline;
  // How much of the organization the call may touch, and whose record it names (id; empty: none).
  Reach reach = {};
  std::string client = {};
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
  Records(sql::Database& database, const ports::KeyRing& ring, const ports::Care& care)
      : database_(database), ring_(ring), care_(care) {}

  // Of a caller with a limited reach, Read and Write first ask whether the record is in it: the one
  // client that a proxy speaks for; for a practitioner, a client whom they treat or treated, in
  // whose record they wrote, or whose record is shared by consent. If not, the answer is NotFound
  // NOT_FOUND, and the attempt is audited, whether there is such a record or not. Unavailable
  // CARE_UNAVAILABLE: that cannot be found out now.

  // Runs `body` and writes one audit entry for each client whose id it returns, in the same
  // transaction. So a read of records is a read-write transaction, on purpose: if the entry cannot
  // be written, the answer is not given. Unavailable AUDIT_UNAVAILABLE. NotFound NOT_FOUND: no
  // record at all yet. `body` may run several times and must set its results anew each time.
  using ReadBody = absl::FunctionRef<absl::StatusOr<std::vector<std::string>>(const ports::Scope&)>;
  absl::Status Read(const Caller& caller, ReadBody body) const;

  // As Read, for a search by what may be somebody's: it is audited whether it finds anybody or not,
  // also when it is refused, with an entry that has no client before those of whom it found; and an
  // organization without records gets its keys. Limited by domain/search_budget.h:
  // ResourceExhausted SEARCH_LIMIT. Only for callers who reach all of their organization; others
  // get NotFound.
  absl::Status Search(const Caller& caller, ReadBody body) const;

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
  // What the bookings say, asked before the transaction: nobody else waits for another service.
  absl::StatusOr<bool> AskCare(const Caller& caller) const;

  sql::Database& database_;
  const ports::KeyRing& ring_;
  const ports::Care& care_;
};

}  // namespace stillpoint::client_record::app

#endif  // STILLPOINT_SERVICES_CLIENT_RECORD_APP_RECORDS_H_

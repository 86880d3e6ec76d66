// Who saw or changed which record: one chain per organization. Each entry's hash covers the entry
// and the hash before it, and a stored head says where the chain ends, so an edit, a removal, an
// insertion and a cut are all seen. The hashes are keyed: somebody who can write the tables but has
// not the service's secret cannot compute them anew. What this cannot see is the whole database
// being put back to an earlier state; for that the head has to be kept elsewhere.
#ifndef STILLPOINT_SERVICES_CLIENT_RECORD_PORTS_AUDIT_LOG_H_
#define STILLPOINT_SERVICES_CLIENT_RECORD_PORTS_AUDIT_LOG_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/client_record/ports/key_ring.h"

namespace stillpoint::client_record::ports {

struct AuditEntry {
  int64_t sequence = 0;
  absl::Time time;
  std::string subject;
  std::string method;
  std::string client;  // Id; empty: a search for clients.
  std::string hash;
};

struct AuditVerdict {
  int64_t first_bad_sequence = 0;  // 0: intact.
  int64_t good_entries = 0;
  std::string finding;
};

// Appends one entry per client. Locks the end of the chain until the transaction ends, so call it
// last: accesses within one organization queue up here for the length of a commit.
absl::Status AppendAudit(const Scope& scope, const std::string& subject, const std::string& method,
                         const std::vector<std::string>& clients);

// Entries with a sequence below `before`, newest first; `client` empty: all.
absl::StatusOr<std::vector<AuditEntry>> ListAudit(const Scope& scope, const std::string& client,
                                                  int64_t before, int limit);

// Recomputes the chain from its first entry.
absl::StatusOr<AuditVerdict> VerifyAudit(const Scope& scope);

}  // namespace stillpoint::client_record::ports

#endif  // STILLPOINT_SERVICES_CLIENT_RECORD_PORTS_AUDIT_LOG_H_

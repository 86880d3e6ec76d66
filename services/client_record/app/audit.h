// Use cases about the audit log itself; as clients.h. Reading it reads no client's record, so it is
// not audited: a log that logs its own reading never ends.
#ifndef STILLPOINT_SERVICES_CLIENT_RECORD_APP_AUDIT_H_
#define STILLPOINT_SERVICES_CLIENT_RECORD_APP_AUDIT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/client_record/app/records.h"
#include "services/client_record/ports/audit_log.h"

namespace stillpoint::client_record::app {

class ListAuditEntries {
 public:
  explicit ListAuditEntries(const Records& records) : records_(records) {}
  // Sequences below `before`, newest first; `client` empty: all.
  absl::StatusOr<std::vector<ports::AuditEntry>> Run(const Caller& caller,
                                                     const std::string& client, int64_t before,
                                                     int limit) const;

 private:
  const Records& records_;
};

class VerifyAuditChain {
 public:
  explicit VerifyAuditChain(const Records& records) : records_(records) {}
  absl::StatusOr<ports::AuditVerdict> Run(const Caller& caller) const;

 private:
  const Records& records_;
};

}  // namespace stillpoint::client_record::app

#endif  // STILLPOINT_SERVICES_CLIENT_RECORD_APP_AUDIT_H_

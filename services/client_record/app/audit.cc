#include "services/client_record/app/audit.h"

#include "common/base/status_macros.h"

namespace stillpoint::client_record::app {

absl::StatusOr<std::vector<ports::AuditEntry>> ListAuditEntries::Run(const Caller& caller,
                                                                     const std::string& client,
                                                                     int64_t before,
                                                                     int limit) const {
  std::vector<ports::AuditEntry> entries;
  RETURN_IF_ERROR(records_.ReadPlain(caller, [&](const ports::Scope& scope) -> absl::Status {
    ASSIGN_OR_RETURN(entries, ports::ListAudit(scope, client, before, limit));
    return absl::OkStatus();
  }));
  return entries;
}

absl::StatusOr<ports::AuditVerdict> VerifyAuditChain::Run(const Caller& caller) const {
  ports::AuditVerdict verdict;
  RETURN_IF_ERROR(records_.ReadPlain(caller, [&](const ports::Scope& scope) -> absl::Status {
    ASSIGN_OR_RETURN(verdict, ports::VerifyAudit(scope));
    return absl::OkStatus();
  }));
  return verdict;
}

}  // namespace stillpoint::client_record::app

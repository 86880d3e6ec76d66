#include "services/client_record/app/records.h"

#include <optional>

#include "common/base/status_macros.h"
#include "services/client_record/domain/errors.h"
#include "services/client_record/domain/search_budget.h"
#include "services/client_record/ports/audit_log.h"
#include "services/client_record/ports/client_store.h"
#include "services/client_record/ports/search_log.h"

namespace stillpoint::client_record::app {
namespace {

constexpr int64_t kReplayVersion = 1;  // A stored answer is never changed.

absl::Status Audit(const ports::Scope& scope, const Caller& caller,
                   const std::vector<std::string>& clients) {
  const absl::Status status = ports::AppendAudit(scope, caller.subject, caller.method, clients);
  return status.ok() ? status : error::AuditUnavailable(status);
}

// `treats` is what the bookings said.
absl::StatusOr<bool> IsInReach(const ports::Scope& scope, const Caller& caller,
                               const absl::StatusOr<bool>& treats) {
  const Reach& reach = caller.reach;
  if (!reach.client.empty()) return reach.HasClient(caller.client);
  if (reach.practitioner.empty()) return true;
  ASSIGN_OR_RETURN(const bool shared, ports::IsSharedWith(scope, caller.client, caller.subject));
  if (shared) return true;
  return treats;
}

absl::Status CheckBudgets(const ports::SearchesSpent& spent, absl::Time now) {
  const absl::Duration own =
      domain::WaitForPoints(domain::kCallerBudget, spent.caller, domain::kSearchCost, now);
  if (own > absl::ZeroDuration()) return error::SearchLimit("caller", own);
  const absl::Duration all = domain::WaitForPoints(domain::kOrganizationBudget, spent.organization,
                                                   domain::kSearchCost, now);
  if (all > absl::ZeroDuration()) return error::SearchLimit("organization", all);
  return absl::OkStatus();
}

std::string ReplayRow(const sql::RequestKey& key) {
  return crypto::Frame({key.caller, key.request_id});
}

// What is stored: the client's id, a line break, the sealed response.
absl::StatusOr<Written> OpenReplay(const ports::Scope& scope, const sql::RequestKey& key,
                                   const std::string& stored) {
  Written written;
  const size_t end = stored.find('\n');
  written.client = stored.substr(0, end);
  ASSIGN_OR_RETURN(const ports::ClientSealer sealer, ports::FindSealer(scope, written.client));
  ASSIGN_OR_RETURN(written.response, sealer.Open("idempotency", ReplayRow(key), kReplayVersion,
                                                 sql::Blob{stored.substr(end + 1)}));
  return written;
}

absl::StatusOr<std::string> SealReplay(const ports::Scope& scope, const sql::RequestKey& key,
                                       const Written& written) {
  ASSIGN_OR_RETURN(const ports::ClientSealer sealer, ports::FindSealer(scope, written.client));
  return written.client + "\n" +
         sealer.Seal("idempotency", ReplayRow(key), kReplayVersion, written.response).bytes;
}

}  // namespace

absl::StatusOr<bool> Records::AskCare(const Caller& caller) const {
  if (caller.reach.practitioner.empty()) return false;
  return care_.HasVisit(caller.tenant, caller.reach.practitioner, caller.client, caller.deadline);
}

absl::Status Records::Read(const Caller& caller, ReadBody body) const {
  const absl::StatusOr<bool> treats = AskCare(caller);
  bool in_reach = false;
  const auto read = [&](sql::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const ports::OrganizationKeys keys, ring_.Find(tx, caller.tenant));
    const ports::Scope scope{tx, caller.tenant, keys};
    ASSIGN_OR_RETURN(in_reach, IsInReach(scope, caller, treats));
    if (!in_reach) return Audit(scope, caller, {caller.client});
    ASSIGN_OR_RETURN(const std::vector<std::string> clients, body(scope));
    return Audit(scope, caller, clients);
  };
  RETURN_IF_ERROR(database_.Write(caller.tenant, caller.deadline, read));
  return in_reach ? absl::OkStatus() : error::NotFound();
}

absl::Status Records::Search(const Caller& caller, ReadBody body) const {
  if (!caller.reach.client.empty() || !caller.reach.practitioner.empty()) return error::NotFound();
  absl::Status refusal;
  const auto search = [&](sql::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const ports::OrganizationKeys keys, ring_.FindOrCreate(tx, caller.tenant));
    const ports::Scope scope{tx, caller.tenant, keys};
    ASSIGN_OR_RETURN(ports::SearchesSpent spent, ports::LockSearches(scope, caller.subject));
    ASSIGN_OR_RETURN(const absl::Time now, tx.Now());
    std::vector<std::string> seen = {""};
    refusal = CheckBudgets(spent, now);
    if (!refusal.ok()) return Audit(scope, caller, seen);
    ASSIGN_OR_RETURN(const std::vector<std::string> found, body(scope));
    const int cost = found.empty() ? domain::kMissCost : domain::kSearchCost;
    spent.caller = domain::SpendPoints(domain::kCallerBudget, spent.caller, cost, now);
    spent.organization =
        domain::SpendPoints(domain::kOrganizationBudget, spent.organization, cost, now);
    RETURN_IF_ERROR(ports::StoreSearches(scope, caller.subject, spent));
    seen.insert(seen.end(), found.begin(), found.end());
    return Audit(scope, caller, seen);
  };
  RETURN_IF_ERROR(database_.Write(caller.tenant, caller.deadline, search));
  return refusal;
}

absl::StatusOr<std::string> Records::Write(const Caller& caller, const sql::RequestKey& key,
                                           WriteBody body) const {
  const absl::StatusOr<bool> treats = AskCare(caller);
  std::string response;
  absl::Status refusal;
  const absl::Status done =
      database_.Write(caller.tenant, caller.deadline, [&](sql::Transaction& tx) -> absl::Status {
        refusal = absl::OkStatus();
        ASSIGN_OR_RETURN(const ports::OrganizationKeys keys, ring_.FindOrCreate(tx, caller.tenant));
        const ports::Scope scope{tx, caller.tenant, keys};
        ASSIGN_OR_RETURN(const bool in_reach, IsInReach(scope, caller, treats));
        if (!in_reach) {
          refusal = error::NotFound();
          return Audit(scope, caller, {caller.client});
        }
        // An unkeyed hash of a request would let a reader of the table guess a telephone number.
        sql::RequestKey keyed = key;
        keyed.payload_hash = crypto::Mac(keys.replays, key.payload_hash);
        ASSIGN_OR_RETURN(const std::optional<std::string> stored,
                         sql::FindReplay(tx, caller.tenant, keyed));
        Written written;
        if (stored.has_value()) {
          ASSIGN_OR_RETURN(written, OpenReplay(scope, keyed, *stored));
        } else {
          ASSIGN_OR_RETURN(written, body(scope));
        }
        RETURN_IF_ERROR(Audit(scope, caller, {written.client}));
        response = written.response;
        refusal = written.refusal;
        // No request_id, no replay to keep; sealing for nothing would cost a read.
        if (stored.has_value() || !refusal.ok() || key.request_id.empty()) return absl::OkStatus();
        ASSIGN_OR_RETURN(const std::string sealed, SealReplay(scope, keyed, written));
        return sql::StoreReplay(tx, caller.tenant, keyed, sealed);
      });
  RETURN_IF_ERROR(done);
  RETURN_IF_ERROR(refusal);
  return response;
}

absl::Status Records::ReadPlain(const Caller& caller, PlainBody body) const {
  return database_.Read(caller.tenant, caller.deadline, [&](sql::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const ports::OrganizationKeys keys, ring_.Find(tx, caller.tenant));
    return body(ports::Scope{tx, caller.tenant, keys});
  });
}

}  // namespace stillpoint::client_record::app

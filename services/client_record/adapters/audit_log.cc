#include "services/client_record/ports/audit_log.h"

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"

namespace stillpoint::client_record::ports {
namespace {

constexpr int kVerifyBatch = 1000;  // Entries in memory at a time.

struct Head {
  int64_t sequence = 0;
  std::string hash;  // Empty before the first entry.
  std::string seal;
};

std::string HashOf(const Scope& scope, const AuditEntry& entry, const std::string& previous) {
  return crypto::Mac(scope.keys.audit,
                     crypto::Frame({"entry", scope.organization(), absl::StrCat(entry.sequence),
                                    absl::StrCat(absl::ToUnixMicros(entry.time)), entry.subject,
                                    entry.method, entry.client, previous}));
}

std::string SealOf(const Scope& scope, const Head& head) {
  return crypto::Mac(scope.keys.audit, crypto::Frame({"head", scope.organization(),
                                                      absl::StrCat(head.sequence), head.hash}));
}

absl::StatusOr<Head> LoadHead(const Scope& scope) {
  ASSIGN_OR_RETURN(
      const sql::Rows rows,
      scope.tx.Query("SELECT sequence, hash, seal FROM audit_heads WHERE organization = $1",
                     {scope.organization()}));
  if (rows.empty()) return Head{};
  return Head{rows[0][0].Int(), rows[0][1].Bytes(), rows[0][2].Bytes()};
}

AuditEntry EntryFrom(const sql::Row& row) {
  AuditEntry entry;
  entry.sequence = row[0].Int();
  entry.time = row[1].Time();
  entry.subject = row[2].Text();
  entry.method = row[3].Text();
  entry.client = row[4].Text();
  entry.hash = row[5].Bytes();
  return entry;
}

AuditVerdict Bad(int64_t sequence, int64_t good, absl::string_view finding) {
  return {sequence, good, std::string(finding)};
}

// The entries were all good up to `last`; does the head agree that this is the end?
AuditVerdict CheckEnd(const Scope& scope, const Head& head, const AuditEntry& last) {
  if (!crypto::SameBytes(head.seal, SealOf(scope, head))) {
    return Bad(last.sequence + 1, last.sequence,
               "the stored end of the chain was changed or removed");
  }
  if (head.sequence > last.sequence) {
    return Bad(last.sequence + 1, last.sequence, "entries at the end of the chain were removed");
  }
  if (head.sequence < last.sequence || !crypto::SameBytes(head.hash, last.hash)) {
    return Bad(head.sequence + 1, head.sequence, "the chain does not end where it should");
  }
  return {0, last.sequence, "intact"};
}

}  // namespace

absl::Status AppendAudit(const Scope& scope, const std::string& subject, const std::string& method,
                         const std::vector<std::string>& clients) {
  if (clients.empty()) return absl::OkStatus();
  RETURN_IF_ERROR(scope.tx.Lock({absl::StrCat("audit/", scope.organization())}));
  ASSIGN_OR_RETURN(Head head, LoadHead(scope));
  ASSIGN_OR_RETURN(const absl::Time now, scope.tx.Now());
  for (const std::string& client : clients) {
    AuditEntry entry{head.sequence + 1, now, subject, method, client, ""};
    entry.hash = HashOf(scope, entry, head.hash);
    // Deferred, so that a page of clients costs one round trip; an error comes with the head below.
    RETURN_IF_ERROR(scope.tx.Defer(
        "INSERT INTO audit_entries (organization, sequence, time_us, subject, method, client, hash)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        {scope.organization(), entry.sequence, entry.time, subject, method, client,
         sql::Blob{entry.hash}}));
    head.sequence = entry.sequence;
    head.hash = entry.hash;
  }
  return scope.tx
      .Execute(
          "INSERT INTO audit_heads (organization, sequence, hash, seal) VALUES ($1, $2, $3, $4)"
          " ON CONFLICT (organization) DO UPDATE SET sequence = excluded.sequence,"
          " hash = excluded.hash, seal = excluded.seal",
          {scope.organization(), head.sequence, sql::Blob{head.hash},
           sql::Blob{SealOf(scope, head)}})
      .status();
}

absl::StatusOr<std::vector<AuditEntry>> ListAudit(const Scope& scope, const std::string& client,
                                                  int64_t before, int limit) {
  static constexpr char kAll[] =
      "SELECT sequence, time_us, subject, method, client, hash FROM audit_entries"
      " WHERE organization = $1 AND sequence < $2 ORDER BY sequence DESC LIMIT $3";
  static constexpr char kOfClient[] =
      "SELECT sequence, time_us, subject, method, client, hash FROM audit_entries"
      " WHERE organization = $1 AND sequence < $2 AND client = $4 ORDER BY sequence DESC LIMIT $3";
  auto rows = client.empty()
                  ? scope.tx.Query(kAll, {scope.organization(), before, limit})
                  : scope.tx.Query(kOfClient, {scope.organization(), before, limit, client});
  RETURN_IF_ERROR(rows.status());
  std::vector<AuditEntry> entries;
  for (const sql::Row& row : *rows) entries.push_back(EntryFrom(row));
  return entries;
}

absl::StatusOr<AuditVerdict> VerifyAudit(const Scope& scope) {
  ASSIGN_OR_RETURN(const Head head, LoadHead(scope));
  AuditEntry last;
  while (true) {
    ASSIGN_OR_RETURN(const sql::Rows rows,
                     scope.tx.Query("SELECT sequence, time_us, subject, method, client, hash"
                                    " FROM audit_entries WHERE organization = $1 AND sequence > $2"
                                    " ORDER BY sequence LIMIT $3",
                                    {scope.organization(), last.sequence, kVerifyBatch}));
    for (const sql::Row& row : rows) {
      const AuditEntry entry = EntryFrom(row);
      if (entry.sequence != last.sequence + 1) {
        return Bad(last.sequence + 1, last.sequence, "an entry was removed");
      }
      if (!crypto::SameBytes(entry.hash, HashOf(scope, entry, last.hash))) {
        return Bad(entry.sequence, last.sequence, "an entry was changed");
      }
      last = entry;
    }
    if (rows.size() < kVerifyBatch) return CheckEnd(scope, head, last);
  }
}

}  // namespace stillpoint::client_record::ports

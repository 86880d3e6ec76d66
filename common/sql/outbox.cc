#include "common/sql/outbox.h"

#include "common/base/status_macros.h"

namespace stillpoint::sql {
namespace {

// The two places where the engines differ: what orders a transaction, and which are surely
// complete.
constexpr char kAppendSqlite[] =
    "INSERT INTO outbox (txid, organization, subject, kind, payload, time_us)"
    " VALUES (0, $1, $2, $3, $4, $5)";
constexpr char kAppendPostgres[] =
    "INSERT INTO outbox (txid, organization, subject, kind, payload, time_us)"
    " VALUES (CAST(CAST(pg_current_xact_id() AS TEXT) AS BIGINT), $1, $2, $3, $4, $5)";

constexpr char kReadSqlite[] =
    "SELECT txid, sequence, organization, subject, kind, payload, time_us FROM outbox"
    " WHERE (txid, sequence) > ($1, $2) ORDER BY txid, sequence LIMIT $3";
// Every transaction below xmin has ended, so nothing can appear behind the last row returned.
constexpr char kReadPostgres[] =
    "SELECT txid, sequence, organization, subject, kind, payload, time_us FROM outbox"
    " WHERE (txid, sequence) > ($1, $2)"
    " AND txid < CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS TEXT) AS BIGINT)"
    " ORDER BY txid, sequence LIMIT $3";

}  // namespace

absl::Status AppendOutbox(Transaction& tx, const Tenant& tenant, absl::string_view subject,
                          absl::string_view kind, const std::string& payload) {
  ASSIGN_OR_RETURN(const absl::Time now, tx.Now());
  return tx.Defer(tx.engine() == Engine::kSqlite ? kAppendSqlite : kAppendPostgres,
                  {tenant.organization(), subject, kind, Blob{payload}, now});
}

absl::StatusOr<std::vector<OutboxEvent>> ReadOutbox(Transaction& tx, OutboxCursor after,
                                                    int limit) {
  ASSIGN_OR_RETURN(Rows rows, tx.Query(tx.engine() == Engine::kSqlite ? kReadSqlite : kReadPostgres,
                                       {after.txid, after.sequence, limit}));
  std::vector<OutboxEvent> events;
  events.reserve(rows.size());
  for (const Row& row : rows) {
    events.push_back({.cursor = {.txid = row[0].Int(), .sequence = row[1].Int()},
                      .organization = row[2].Text(),
                      .subject = row[3].Text(),
                      .kind = row[4].Text(),
                      .payload = row[5].Bytes(),
                      .time = row[6].Time()});
  }
  return events;
}

}  // namespace stillpoint::sql

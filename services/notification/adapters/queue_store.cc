#include "services/notification/ports/queue_store.h"

#include <utility>

#include "common/base/status_macros.h"

namespace stillpoint::notification::ports {
namespace {

using domain::State;

// One text, two endings: SQLite has one writer and no row locks. MATERIALIZED keeps PostgreSQL from
// running the locking part more than once.
#define STILLPOINT_LEASE(lock)                                                        \
  "WITH due AS MATERIALIZED (SELECT organization, notification_id FROM notification " \
  "WHERE wake_us <= $1 AND state IN (1, 2, 8) AND channel IN ($4, $5) "               \
  "ORDER BY wake_us LIMIT $6" lock                                                    \
  ") UPDATE notification SET lapsed = CASE WHEN state = 2 THEN 1 ELSE 0 END, "        \
  "decisions = decisions + CASE WHEN state = 2 THEN 1 ELSE 0 END, state = 2, "        \
  "token = token + 1, lease_until_us = $2, wake_us = $2, worker = $3, "               \
  "row_version = row_version + 1 WHERE (organization, notification_id) IN "           \
  "(SELECT organization, notification_id FROM due) "                                  \
  "RETURNING organization, notification_id, token, channel, lapsed, decisions"
constexpr char kLeaseSqlite[] = STILLPOINT_LEASE("");
constexpr char kLeasePostgres[] = STILLPOINT_LEASE(" FOR UPDATE SKIP LOCKED");

constexpr char kLapsedDecision[] =
    "INSERT INTO decision (organization, notification_id, sequence, from_state, to_state, reason, "
    "detail, time_us) VALUES ($1, $2, $3, $4, $4, 'LEASE_LAPSED', '', $5)";
constexpr char kLapsedSends[] =
    "SELECT organization, notification_id, booking FROM notification "
    "WHERE wake_us <= $1 AND state = 4 ORDER BY wake_us LIMIT $2";

}  // namespace

absl::StatusOr<std::vector<Lease>> LeaseDue(sql::Transaction& tx, absl::Time now, absl::Time until,
                                            absl::string_view worker,
                                            absl::Span<const domain::Channel> channels, int limit) {
  const char* statement = tx.engine() == sql::Engine::kPostgres ? kLeasePostgres : kLeaseSqlite;
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   tx.Query(statement, {now, until, worker, static_cast<int>(channels.front()),
                                        static_cast<int>(channels.back()), limit}));
  std::vector<Lease> leases;
  leases.reserve(rows.size());
  for (const sql::Row& row : rows) {
    leases.push_back(
        {row[0].Text(), row[1].Text(), row[2].Int(), static_cast<domain::Channel>(row[3].Int())});
    if (!row[4].Bool()) continue;
    RETURN_IF_ERROR(tx.Execute(kLapsedDecision, {row[0].Text(), row[1].Text(), row[5].Int(),
                                                 static_cast<int>(State::kLeased), now})
                        .status());
  }
  return leases;
}

absl::StatusOr<std::vector<Lapsed>> ListLapsedSends(sql::Transaction& tx, absl::Time now,
                                                    int limit) {
  ASSIGN_OR_RETURN(const sql::Rows rows, tx.Query(kLapsedSends, {now, limit}));
  std::vector<Lapsed> lapsed;
  lapsed.reserve(rows.size());
  for (const sql::Row& row : rows) {
    lapsed.push_back({Tenant(row[0].Text()), row[1].Text(), row[2].Text()});
  }
  return lapsed;
}

}  // namespace stillpoint::notification::ports

#include "services/notification/ports/notification_store.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "services/notification/domain/lattice.h"

namespace stillpoint::notification::ports {
namespace {

using domain::Notification;
using domain::State;
using sql::Value;

#define STILLPOINT_COLUMNS                                                                 \
  "notification_id, booking, occurrence, revision, kind, channel, client, state, due_us, " \
  "not_after_us, clinic, practitioner, clinic_name, zone, start_us, end_us, token, "       \
  "lease_until_us, worker, attempts, failures, deferrals, decisions, duplicate_risk, "     \
  "row_version, created_us"

constexpr char kInsert[] =
    "INSERT INTO notification (organization, " STILLPOINT_COLUMNS
    ", wake_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, "
    "$17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28) ON CONFLICT DO NOTHING";
constexpr char kUpdate[] =
    "UPDATE notification SET state = $4, due_us = $5, token = $6, lease_until_us = $7, "
    "worker = $8, attempts = $9, failures = $10, deferrals = $11, decisions = $12, "
    "duplicate_risk = $13, wake_us = $14, row_version = row_version + 1 "
    "WHERE organization = $1 AND notification_id = $2 AND row_version = $3";
constexpr char kFind[] = "SELECT " STILLPOINT_COLUMNS
                         " FROM notification WHERE organization = $1 AND notification_id = $2";
constexpr char kFindLocked[] =
    "SELECT " STILLPOINT_COLUMNS
    " FROM notification WHERE organization = $1 AND notification_id = $2 FOR UPDATE";
constexpr char kLive[] = "SELECT " STILLPOINT_COLUMNS
                         " FROM notification WHERE organization = $1 AND booking = $2 "
                         "AND state IN (1, 2, 3, 8) ORDER BY notification_id";
constexpr char kLiveLocked[] = "SELECT " STILLPOINT_COLUMNS
                               " FROM notification WHERE organization = $1 AND booking = $2 "
                               "AND state IN (1, 2, 3, 8) ORDER BY notification_id FOR UPDATE";
constexpr char kSuccessor[] =
    "SELECT 1 FROM notification WHERE organization = $1 AND booking = $2 AND occurrence = $3 "
    "AND kind = $4 AND channel = $5 AND revision > $6 LIMIT 1";
constexpr char kInsertDecision[] =
    "INSERT INTO decision (organization, notification_id, sequence, from_state, to_state, reason, "
    "detail, time_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
constexpr char kDecisions[] =
    "SELECT from_state, to_state, reason, detail, time_us FROM decision "
    "WHERE organization = $1 AND notification_id = $2 ORDER BY sequence";
constexpr char kAttempts[] =
    "SELECT number, token, worker, template_id, template_version, body_hash, begun_us, ended_us, "
    "outcome, provider_code FROM attempt "
    "WHERE organization = $1 AND notification_id = $2 ORDER BY number";
constexpr char kInsertAttempt[] =
    "INSERT INTO attempt (organization, notification_id, number, token, worker, template_id, "
    "template_version, body_hash, begun_us, outcome, provider_code) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '')";
constexpr char kEndAttempt[] =
    "UPDATE attempt SET outcome = $4, provider_code = $5, ended_us = $6 "
    "WHERE organization = $1 AND notification_id = $2 AND token = $3";

int64_t Number(State state) { return static_cast<int64_t>(state); }

// When somebody has to look at it; NULL: never again.
Value WakeOf(const Notification& n) {
  if (n.state == State::kScheduled || n.state == State::kRetry) return Value(n.due);
  if (n.state == State::kLeased || n.state == State::kSubmitting) return Value(n.lease_until);
  return Value();
}

Notification FromRow(const sql::Row& row, const Tenant& tenant) {
  size_t i = 0;
  const auto integer = [&] { return row[i++].Int(); };
  const auto number = [&] { return static_cast<int>(row[i++].Int()); };
  const auto text = [&] { return row[i++].Text(); };
  const auto time = [&] { return row[i++].Time(); };
  Notification n;
  n.organization = tenant.organization();
  n.id = text();
  n.key.booking = text();
  n.key.occurrence = number();
  n.key.revision = integer();
  n.key.kind = static_cast<domain::Kind>(integer());
  n.key.channel = static_cast<domain::Channel>(integer());
  n.client = text();
  n.state = static_cast<State>(integer());
  n.due = time();
  n.not_after = time();
  n.told.name = n.key.booking;
  n.told.client = n.client;
  n.told.revision = n.key.revision;
  n.told.clinic = text();
  n.told.practitioner = text();
  n.told.clinic_name = text();
  n.told.zone = text();
  n.told.start = time();
  n.told.end = time();
  n.token = integer();
  n.lease_until = time();
  n.worker = text();
  n.attempts = number();
  n.failures = number();
  n.deferrals = number();
  n.decisions = number();
  n.duplicate_risk = integer() != 0;
  n.version = integer();
  n.created = time();
  return n;
}

absl::Status InsertDecision(sql::Transaction& tx, const Tenant& tenant, absl::string_view id,
                            int sequence, const domain::Decision& decision) {
  return tx
      .Execute(kInsertDecision,
               {tenant.organization(), id, sequence, Number(decision.from), Number(decision.to),
                decision.reason, decision.detail, decision.time})
      .status();
}

}  // namespace

absl::StatusOr<bool> NotificationStore::Insert(const Notification& n,
                                               const domain::Decision& decision) {
  ASSIGN_OR_RETURN(const int64_t inserted, tx_.Execute(kInsert, {tenant_.organization(),
                                                                 n.id,
                                                                 n.key.booking,
                                                                 n.key.occurrence,
                                                                 n.key.revision,
                                                                 static_cast<int>(n.key.kind),
                                                                 static_cast<int>(n.key.channel),
                                                                 n.client,
                                                                 Number(n.state),
                                                                 n.due,
                                                                 n.not_after,
                                                                 n.told.clinic,
                                                                 n.told.practitioner,
                                                                 n.told.clinic_name,
                                                                 n.told.zone,
                                                                 n.told.start,
                                                                 n.told.end,
                                                                 n.token,
                                                                 n.lease_until,
                                                                 n.worker,
                                                                 n.attempts,
                                                                 n.failures,
                                                                 n.deferrals,
                                                                 1,
                                                                 n.duplicate_risk,
                                                                 n.version,
                                                                 n.created,
                                                                 WakeOf(n)}));
  if (inserted == 0) return false;
  RETURN_IF_ERROR(InsertDecision(tx_, tenant_, n.id, 1, decision));
  return true;
}

absl::Status NotificationStore::Save(Notification& n, const domain::Decision& decision) {
  ASSIGN_OR_RETURN(
      const int64_t updated,
      tx_.Execute(kUpdate, {tenant_.organization(), n.id, n.version, Number(n.state), n.due,
                            n.token, n.lease_until, n.worker, n.attempts, n.failures, n.deferrals,
                            n.decisions + 1, n.duplicate_risk, WakeOf(n)}));
  if (updated == 0) {
    return Error(absl::StatusCode::kAborted, "TX_CONFLICT", "the notification changed meanwhile");
  }
  ++n.version;
  ++n.decisions;
  return InsertDecision(tx_, tenant_, n.id, n.decisions, decision);
}

absl::StatusOr<std::optional<Notification>> NotificationStore::Find(absl::string_view id,
                                                                    bool for_update) {
  const bool lock = for_update && tx_.engine() == sql::Engine::kPostgres;
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   tx_.Query(lock ? kFindLocked : kFind, {tenant_.organization(), id}));
  if (rows.empty()) return std::nullopt;
  return FromRow(rows[0], tenant_);
}

absl::StatusOr<std::vector<Notification>> NotificationStore::ListLive(absl::string_view booking) {
  const bool lock = tx_.engine() == sql::Engine::kPostgres;
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   tx_.Query(lock ? kLiveLocked : kLive, {tenant_.organization(), booking}));
  std::vector<Notification> live;
  for (const sql::Row& row : rows) live.push_back(FromRow(row, tenant_));
  return live;
}

absl::StatusOr<bool> NotificationStore::HasSuccessor(const Notification& n) {
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   tx_.Query(kSuccessor, {tenant_.organization(), n.key.booking, n.key.occurrence,
                                          static_cast<int>(n.key.kind),
                                          static_cast<int>(n.key.channel), n.key.revision}));
  return !rows.empty();
}

absl::StatusOr<std::vector<domain::Decision>> LogStore::Decisions(absl::string_view id) {
  ASSIGN_OR_RETURN(const sql::Rows rows, tx_.Query(kDecisions, {tenant_.organization(), id}));
  std::vector<domain::Decision> decisions;
  for (const sql::Row& row : rows) {
    decisions.push_back({static_cast<State>(row[0].Int()), static_cast<State>(row[1].Int()),
                         row[2].Text(), row[3].Text(), row[4].Time()});
  }
  return decisions;
}

absl::StatusOr<std::vector<domain::Attempt>> LogStore::Attempts(absl::string_view id) {
  ASSIGN_OR_RETURN(const sql::Rows rows, tx_.Query(kAttempts, {tenant_.organization(), id}));
  std::vector<domain::Attempt> attempts;
  for (const sql::Row& row : rows) {
    domain::Attempt attempt;
    attempt.number = static_cast<int>(row[0].Int());
    attempt.token = row[1].Int();
    attempt.worker = row[2].Text();
    attempt.template_id = row[3].Text();
    attempt.template_version = static_cast<int>(row[4].Int());
    attempt.body_hash = row[5].Text();
    attempt.begun = row[6].Time();
    if (!row[7].is_null()) attempt.ended = row[7].Time();
    attempt.outcome = static_cast<State>(row[8].Int());
    attempt.provider_code = row[9].Text();
    attempts.push_back(std::move(attempt));
  }
  return attempts;
}

absl::Status LogStore::AddAttempt(absl::string_view id, const domain::Attempt& attempt) {
  return tx_
      .Execute(kInsertAttempt, {tenant_.organization(), id, attempt.number, attempt.token,
                                attempt.worker, attempt.template_id, attempt.template_version,
                                attempt.body_hash, attempt.begun, Number(State::kSubmitting)})
      .status();
}

absl::StatusOr<bool> LogStore::EndAttempt(absl::string_view id, int64_t token, State outcome,
                                          absl::string_view provider_code, absl::Time now) {
  ASSIGN_OR_RETURN(const int64_t updated,
                   tx_.Execute(kEndAttempt, {tenant_.organization(), id, token, Number(outcome),
                                             provider_code, now}));
  return updated > 0;
}

absl::StatusOr<std::vector<Notification>> ListNotifications(sql::Transaction& tx,
                                                            const Tenant& tenant,
                                                            const Filter& filter) {
  std::string statement = "SELECT " STILLPOINT_COLUMNS " FROM notification WHERE organization = $1";
  std::vector<Value> values = {tenant.organization()};
  const auto add = [&](absl::string_view condition, Value value) {
    values.emplace_back(std::move(value));
    absl::StrAppend(&statement, " AND ", condition, " $", values.size());
  };
  if (!filter.booking.empty()) add("booking =", filter.booking);
  if (!filter.client.empty()) add("client =", filter.client);
  if (filter.state != State::kNone) add("state =", Number(filter.state));
  if (filter.from.has_value()) add("due_us >=", *filter.from);
  if (filter.until.has_value()) add("due_us <", *filter.until);
  if (filter.after_due.has_value()) {
    values.emplace_back(*filter.after_due);
    values.emplace_back(filter.after_id);
    absl::StrAppend(&statement, " AND (due_us, notification_id) > ($", values.size() - 1, ", $",
                    values.size(), ")");
  }
  values.emplace_back(filter.limit);
  absl::StrAppend(&statement, " ORDER BY due_us, notification_id LIMIT $", values.size());
  ASSIGN_OR_RETURN(const sql::Rows rows, tx.Query(statement, values));
  std::vector<Notification> list;
  for (const sql::Row& row : rows) list.push_back(FromRow(row, tenant));
  return list;
}

}  // namespace stillpoint::notification::ports

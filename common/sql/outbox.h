// What happened, in the order in which it became true, for consumers that resume from a cursor.
#ifndef STILLPOINT_COMMON_SQL_OUTBOX_H_
#define STILLPOINT_COMMON_SQL_OUTBOX_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/tenant.h"
#include "common/sql/database.h"

namespace stillpoint::sql {

// A position in the stream. {0, 0} is before everything.
struct OutboxCursor {
  int64_t txid = 0;
  int64_t sequence = 0;
  friend bool operator==(const OutboxCursor&, const OutboxCursor&) = default;
};

struct OutboxEvent {
  OutboxCursor cursor;  // Of this event: resuming from it returns the next one.
  std::string organization;
  std::string subject;  // Resource name the event is about.
  std::string kind;     // "booking.confirmed"
  std::string payload;  // Serialised protobuf; no personal data.
  absl::Time time;      // Store's clock.
};

// Part of the first migration of a service that has events.
inline constexpr char kOutboxSchema[] = R"sql(
CREATE TABLE outbox (
  sequence {bigserial},
  txid BIGINT NOT NULL,
  organization TEXT NOT NULL,
  subject TEXT NOT NULL,
  kind TEXT NOT NULL,
  payload {blob} NOT NULL,
  time_us BIGINT NOT NULL
);
CREATE INDEX outbox_by_cursor ON outbox (txid, sequence);
)sql";

// Appends one event in the transaction of its effect. PostgreSQL: txid is pg_current_xact_id();
// since Transaction::Lock assigns no id, events of one locked subject are ordered as their commits
// are. SQLite: txid is 0 and the sequence alone orders, there is one writer.
absl::Status AppendOutbox(Transaction& tx, const Tenant& tenant, absl::string_view subject,
                          absl::string_view kind, const std::string& payload);

// Up to `limit` events after `after`, in order, of every organization. PostgreSQL: only those older
// than every transaction still running, so that a slow writer that commits late is never passed
// over.
absl::StatusOr<std::vector<OutboxEvent>> ReadOutbox(Transaction& tx, OutboxCursor after, int limit);

}  // namespace stillpoint::sql

#endif  // STILLPOINT_COMMON_SQL_OUTBOX_H_

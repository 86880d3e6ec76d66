#include "services/notification/adapters/schema.h"

#include <string>

#include "common/sql/idempotency.h"
#include "common/sql/row_security.h"

namespace stillpoint::notification::adapters {
namespace {

// States and kinds are the numbers of domain/notification.h. `wake_us` is when a row needs
// somebody: its due time, or the end of its lease; NULL once it is settled, so that the queue's
// index holds only what is still to do. The live states (1, 2, 3, 8) are those of domain::IsLive.
constexpr char kTables[] = R"sql(
CREATE TABLE notification (
  organization TEXT NOT NULL,
  notification_id TEXT NOT NULL,
  booking TEXT NOT NULL,
  occurrence BIGINT NOT NULL,
  revision BIGINT NOT NULL,
  kind BIGINT NOT NULL,
  channel BIGINT NOT NULL,
  client TEXT NOT NULL,
  state BIGINT NOT NULL,
  due_us BIGINT NOT NULL,
  not_after_us BIGINT NOT NULL,
  clinic TEXT NOT NULL,
  practitioner TEXT NOT NULL,
  clinic_name TEXT NOT NULL,
  zone TEXT NOT NULL,
  start_us BIGINT NOT NULL,
  end_us BIGINT NOT NULL,
  token BIGINT NOT NULL,
  lease_until_us BIGINT NOT NULL,
  worker TEXT NOT NULL,
  lapsed BIGINT NOT NULL DEFAULT 0,
  attempts BIGINT NOT NULL,
  failures BIGINT NOT NULL,
  deferrals BIGINT NOT NULL,
  decisions BIGINT NOT NULL,
  duplicate_risk BIGINT NOT NULL,
  row_version BIGINT NOT NULL,
  created_us BIGINT NOT NULL,
  wake_us BIGINT,
  PRIMARY KEY (organization, notification_id),
  UNIQUE (organization, booking, occurrence, revision, kind, channel)
);
CREATE UNIQUE INDEX notification_one_live
  ON notification (organization, booking, occurrence, kind, channel)
  WHERE state IN (1, 2, 3, 8);
CREATE INDEX notification_by_wake ON notification (wake_us) WHERE wake_us IS NOT NULL;
CREATE INDEX notification_by_due ON notification (organization, due_us, notification_id);
CREATE INDEX notification_by_client ON notification (organization, client, due_us);

CREATE TABLE decision (
  organization TEXT NOT NULL,
  notification_id TEXT NOT NULL,
  sequence BIGINT NOT NULL,
  from_state BIGINT NOT NULL,
  to_state BIGINT NOT NULL,
  reason TEXT NOT NULL,
  detail TEXT NOT NULL,
  time_us BIGINT NOT NULL,
  PRIMARY KEY (organization, notification_id, sequence)
);

CREATE TABLE attempt (
  organization TEXT NOT NULL,
  notification_id TEXT NOT NULL,
  number BIGINT NOT NULL,
  token BIGINT NOT NULL,
  worker TEXT NOT NULL,
  template_id TEXT NOT NULL,
  template_version BIGINT NOT NULL,
  body_hash TEXT NOT NULL,
  begun_us BIGINT NOT NULL,
  ended_us BIGINT,
  outcome BIGINT NOT NULL,
  provider_code TEXT NOT NULL,
  PRIMARY KEY (organization, notification_id, number),
  UNIQUE (organization, notification_id, token)
);

CREATE TABLE booking_head (
  organization TEXT NOT NULL,
  booking TEXT NOT NULL,
  revision BIGINT NOT NULL,
  state BIGINT NOT NULL,
  client TEXT NOT NULL,
  clinic TEXT NOT NULL,
  practitioner TEXT NOT NULL,
  clinic_name TEXT NOT NULL,
  zone TEXT NOT NULL,
  start_us BIGINT NOT NULL,
  end_us BIGINT NOT NULL,
  PRIMARY KEY (organization, booking)
);

CREATE TABLE relay_cursor (
  organization TEXT NOT NULL,
  source TEXT NOT NULL,
  position TEXT NOT NULL,
  PRIMARY KEY (organization, source)
);

CREATE TABLE template (
  organization TEXT NOT NULL,
  template_id TEXT NOT NULL,
  version BIGINT NOT NULL,
  subject TEXT NOT NULL,
  body TEXT NOT NULL,
  created_us BIGINT NOT NULL,
  PRIMARY KEY (organization, template_id, version)
);
)sql";

}  // namespace

absl::Span<const sql::Migration> Migrations() {
  static const auto* const common = new std::string(std::string(sql::kIdempotencySchema) + kTables);
  // Jobs that span organizations: leasing what is due, and the relay, which applies the events of a
  // page in one transaction with its cursor.
  static const auto* const tenancy =
      new std::string(sql::RowSecurity({"attempt", "booking_head", "decision", "idempotency",
                                        "notification", "relay_cursor", "template"},
                                       {{"booking_head", {"SELECT", "INSERT", "UPDATE"}},
                                        {"decision", {"INSERT"}},
                                        {"notification", {"SELECT", "INSERT", "UPDATE"}}}));
  static const sql::Migration kMigrations[] = {
      {1, "notifications", common->c_str()},
      {2, "tenancy", "", "", tenancy->c_str()},
  };
  return kMigrations;
}

}  // namespace stillpoint::notification::adapters

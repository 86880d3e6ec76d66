#include "services/booking/adapters/migrations_ledger.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "common/sql/idempotency.h"
#include "common/sql/outbox.h"

namespace stillpoint::booking::adapters {
namespace {

// A claim is at most 24 h long (domain::kClaimMax), so whatever overlaps a range starts less than
// 24 h before it: overlaps are found in a short piece of claims_by_start, by us and by SQLite's
// trigger.
constexpr char kTables[] = R"sql(
CREATE TABLE bookings (
  organization TEXT NOT NULL,
  booking TEXT NOT NULL,
  client TEXT NOT NULL,
  clinic TEXT NOT NULL,
  offering TEXT NOT NULL,
  practitioner TEXT NOT NULL,
  room TEXT NOT NULL,
  start_us BIGINT NOT NULL,
  end_us BIGINT NOT NULL,
  zone TEXT NOT NULL,
  buffer_before_us BIGINT NOT NULL,
  buffer_after_us BIGINT NOT NULL,
  turnover_us BIGINT NOT NULL,
  state BIGINT NOT NULL,
  hold_expires_us BIGINT,
  cancel_reason BIGINT NOT NULL,
  revision BIGINT NOT NULL,
  created_us BIGINT NOT NULL,
  updated_us BIGINT NOT NULL,
  PRIMARY KEY (organization, booking),
  CHECK (start_us < end_us)
);
CREATE INDEX bookings_by_start ON bookings (organization, start_us, booking);
CREATE INDEX bookings_by_client ON bookings (organization, client, start_us);
CREATE INDEX bookings_by_practitioner ON bookings (organization, practitioner, start_us);
CREATE INDEX bookings_held ON bookings (hold_expires_us) WHERE state = 1;
CREATE TABLE claims (
  organization TEXT NOT NULL,
  claim TEXT NOT NULL,
  resource TEXT NOT NULL,
  start_us BIGINT NOT NULL,
  end_us BIGINT NOT NULL,
  kind BIGINT NOT NULL,
  expires_us BIGINT,
  booking TEXT NOT NULL,
  PRIMARY KEY (organization, claim),
  CHECK (start_us < end_us),
  CHECK (end_us - start_us <= 86400000000)
);
CREATE INDEX claims_by_start ON claims (organization, resource, start_us);
CREATE INDEX claims_by_booking ON claims (organization, booking);
)sql";

// The last line of defence: whoever goes round our code is refused by the database. The text is the
// one that common/sql maps to OVERLAP.
constexpr char kSqliteExclusion[] = R"sql(
CREATE TRIGGER claims_exclude_insert BEFORE INSERT ON claims
WHEN EXISTS (
  SELECT 1 FROM claims AS other
  WHERE other.organization = NEW.organization AND other.resource = NEW.resource
    AND other.start_us < NEW.end_us AND other.start_us > NEW.start_us - 86400000000
    AND other.end_us > NEW.start_us)
BEGIN
  SELECT RAISE(ABORT, 'OVERLAP');
END;
CREATE TRIGGER claims_exclude_update BEFORE UPDATE ON claims
WHEN EXISTS (
  SELECT 1 FROM claims AS other
  WHERE other.organization = NEW.organization AND other.resource = NEW.resource
    AND other.start_us < NEW.end_us AND other.start_us > NEW.start_us - 86400000000
    AND other.end_us > NEW.start_us AND other.rowid <> OLD.rowid)
BEGIN
  SELECT RAISE(ABORT, 'OVERLAP');
END;
)sql";

// btree_gist is a trusted extension of postgresql-contrib: the owner of the database may create it.
constexpr char kPostgresExclusion[] = R"sql(
CREATE EXTENSION IF NOT EXISTS btree_gist;
ALTER TABLE claims ADD CONSTRAINT claims_exclude EXCLUDE USING gist (
  organization WITH =, resource WITH =, int8range(start_us, end_us) WITH &&);
)sql";

// What staff put beside other visits of a practitioner (domain::ClaimKind) no longer excludes.
// Rooms and devices are never shared, whatever is written there.
constexpr char kSqliteBeside[] = R"sql(
DROP TRIGGER claims_exclude_insert;
DROP TRIGGER claims_exclude_update;
CREATE TRIGGER claims_exclude_insert BEFORE INSERT ON claims
WHEN (NEW.kind = 1 OR NEW.resource LIKE 'clinics/%') AND EXISTS (
  SELECT 1 FROM claims AS other
  WHERE other.organization = NEW.organization AND other.resource = NEW.resource
    AND other.start_us < NEW.end_us AND other.start_us > NEW.start_us - 86400000000
    AND other.end_us > NEW.start_us AND (other.kind = 1 OR other.resource LIKE 'clinics/%'))
BEGIN
  SELECT RAISE(ABORT, 'OVERLAP');
END;
CREATE TRIGGER claims_exclude_update BEFORE UPDATE ON claims
WHEN (NEW.kind = 1 OR NEW.resource LIKE 'clinics/%') AND EXISTS (
  SELECT 1 FROM claims AS other
  WHERE other.organization = NEW.organization AND other.resource = NEW.resource
    AND other.start_us < NEW.end_us AND other.start_us > NEW.start_us - 86400000000
    AND other.end_us > NEW.start_us AND (other.kind = 1 OR other.resource LIKE 'clinics/%')
    AND other.rowid <> OLD.rowid)
BEGIN
  SELECT RAISE(ABORT, 'OVERLAP');
END;
)sql";
constexpr char kPostgresBeside[] = R"sql(
ALTER TABLE claims DROP CONSTRAINT claims_exclude;
ALTER TABLE claims ADD CONSTRAINT claims_exclude EXCLUDE USING gist (
  (organization || '/' || resource) WITH =, int8range(start_us, end_us) WITH &&)
  WHERE (kind = 1 OR resource LIKE 'clinics/%');
)sql";

}  // namespace

sql::Migration LedgerMigration() {
  static const std::string* const kCommon =
      new std::string(absl::StrCat(kTables, sql::kOutboxSchema, sql::kIdempotencySchema));
  return {.version = 2,
          .name = "ledger",
          .common = kCommon->c_str(),
          .sqlite = kSqliteExclusion,
          .postgres = kPostgresExclusion};
}

sql::Migration RoomAskedMigration() {
  // Of those from before nobody knows, so they keep their rooms.
  return {.version = 3,
          .name = "room_asked",
          .common = "ALTER TABLE bookings ADD COLUMN room_asked BIGINT NOT NULL DEFAULT 1;",
          .sqlite = "",
          .postgres = ""};
}

sql::Migration LocalStartMigration() {
  // Of those from before nobody knows by what zone data they were agreed: they stay where they are.
  return {.version = 16,
          .name = "local_start",
          .common = "ALTER TABLE bookings ADD COLUMN local_start_us BIGINT;",
          .sqlite = "",
          .postgres = ""};
}

sql::Migration HeldByMigration() {
  // Holds from before are nobody's; the last of them ends half an hour later. The index has no rows
  // but holds, so that other bookings pay nothing for it.
  return {.version = 10,
          .name = "held_by",
          .common =
              "ALTER TABLE bookings ADD COLUMN held_by TEXT NOT NULL DEFAULT '';"
              "CREATE INDEX bookings_held_by ON bookings (organization, held_by, hold_expires_us)"
              " WHERE state = 1;",
          .sqlite = "",
          .postgres = ""};
}

sql::Migration ExclusionKeyMigration() {
  // One column in place of organization and resource: the index takes half as long to keep. And no
  // query can be answered by it any more: PostgreSQL, before it has statistics, took it for "the
  // claims of a resource", where it reads those of all times, and claims_by_start a day's. Ids hold
  // no '/', so no two pairs give the same key.
  return {.version = 13,
          .name = "exclusion_key",
          .common = "",
          .sqlite = "",
          .postgres =
              "ALTER TABLE claims DROP CONSTRAINT claims_exclude;"
              "ALTER TABLE claims ADD CONSTRAINT claims_exclude EXCLUDE USING gist ("
              "(organization || '/' || resource) WITH =, int8range(start_us, end_us) WITH &&);"};
}

sql::Migration BesideMigration() {
  return {.version = 18,
          .name = "beside",
          .common = "",
          .sqlite = kSqliteBeside,
          .postgres = kPostgresBeside};
}

}  // namespace stillpoint::booking::adapters

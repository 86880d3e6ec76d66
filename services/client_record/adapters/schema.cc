#include "services/client_record/adapters/schema.h"

#include <string>

#include "common/sql/idempotency.h"
#include "common/sql/row_security.h"

namespace stillpoint::client_record::adapters {
namespace {

// Columns named `sealed` hold everything that says something about a person. What stays readable
// are ids, times, counters, and who of the staff did something.
constexpr char kTables[] = R"sql(
CREATE TABLE organization_keys (
  organization TEXT NOT NULL,
  wrapped {blob} NOT NULL,
  created_us BIGINT NOT NULL,
  PRIMARY KEY (organization)
);
CREATE TABLE clients (
  organization TEXT NOT NULL,
  client TEXT NOT NULL,
  wrapped_key {blob} NOT NULL,
  sealed {blob} NOT NULL,
  version BIGINT NOT NULL,
  created_us BIGINT NOT NULL,
  updated_us BIGINT NOT NULL,
  PRIMARY KEY (organization, client)
);
CREATE TABLE client_index (
  organization TEXT NOT NULL,
  digest {blob} NOT NULL,
  client TEXT NOT NULL,
  PRIMARY KEY (organization, digest, client),
  FOREIGN KEY (organization, client) REFERENCES clients (organization, client)
);
CREATE INDEX client_index_by_client ON client_index (organization, client);
CREATE TABLE consents (
  organization TEXT NOT NULL,
  client TEXT NOT NULL,
  sequence BIGINT NOT NULL,
  kind BIGINT NOT NULL,
  granted BIGINT NOT NULL,
  source BIGINT NOT NULL,
  recorded_us BIGINT NOT NULL,
  recorder TEXT NOT NULL,
  PRIMARY KEY (organization, client, sequence),
  FOREIGN KEY (organization, client) REFERENCES clients (organization, client)
);
CREATE TABLE intakes (
  organization TEXT NOT NULL,
  client TEXT NOT NULL,
  intake TEXT NOT NULL,
  revision BIGINT NOT NULL,
  based_on BIGINT NOT NULL,
  conflict BIGINT NOT NULL,
  reviewed BIGINT NOT NULL,
  questionnaire_version BIGINT NOT NULL,
  sealed {blob} NOT NULL,
  submitted_us BIGINT NOT NULL,
  submitter TEXT NOT NULL,
  PRIMARY KEY (organization, client, intake),
  UNIQUE (organization, client, revision),
  FOREIGN KEY (organization, client) REFERENCES clients (organization, client)
);
CREATE TABLE physician_clearances (
  organization TEXT NOT NULL,
  client TEXT NOT NULL,
  clearance TEXT NOT NULL,
  sealed {blob} NOT NULL,
  attached_us BIGINT NOT NULL,
  attacher TEXT NOT NULL,
  PRIMARY KEY (organization, client, clearance),
  FOREIGN KEY (organization, client) REFERENCES clients (organization, client)
);
CREATE TABLE session_notes (
  organization TEXT NOT NULL,
  client TEXT NOT NULL,
  note TEXT NOT NULL,
  author TEXT NOT NULL,
  is_signed BIGINT NOT NULL,
  version BIGINT NOT NULL,
  start_us BIGINT NOT NULL,
  sealed {blob} NOT NULL,
  created_us BIGINT NOT NULL,
  signed_us BIGINT NOT NULL,
  PRIMARY KEY (organization, client, note),
  FOREIGN KEY (organization, client) REFERENCES clients (organization, client)
);
CREATE INDEX session_notes_by_start ON session_notes (organization, client, start_us, note);
CREATE TABLE note_addenda (
  organization TEXT NOT NULL,
  client TEXT NOT NULL,
  note TEXT NOT NULL,
  sequence BIGINT NOT NULL,
  author TEXT NOT NULL,
  sealed {blob} NOT NULL,
  created_us BIGINT NOT NULL,
  PRIMARY KEY (organization, client, note, sequence),
  FOREIGN KEY (organization, client, note) REFERENCES session_notes (organization, client, note)
);
CREATE TABLE signing_keys (
  organization TEXT NOT NULL,
  practitioner TEXT NOT NULL,
  wrapped_seed {blob} NOT NULL,
  public_key {blob} NOT NULL,
  created_us BIGINT NOT NULL,
  PRIMARY KEY (organization, practitioner)
);
CREATE TABLE audit_entries (
  organization TEXT NOT NULL,
  sequence BIGINT NOT NULL,
  time_us BIGINT NOT NULL,
  subject TEXT NOT NULL,
  method TEXT NOT NULL,
  client TEXT NOT NULL,
  hash {blob} NOT NULL,
  PRIMARY KEY (organization, sequence)
);
CREATE INDEX audit_entries_by_client ON audit_entries (organization, client, sequence);
CREATE TABLE audit_heads (
  organization TEXT NOT NULL,
  sequence BIGINT NOT NULL,
  hash {blob} NOT NULL,
  seal {blob} NOT NULL,
  PRIMARY KEY (organization)
);
)sql";

// When the budget of a caller, or of the organization (caller ''), is whole again.
constexpr char kSearches[] = R"sql(
CREATE TABLE client_searches (
  organization TEXT NOT NULL,
  caller TEXT NOT NULL,
  whole_us BIGINT NOT NULL,
  PRIMARY KEY (organization, caller)
);
)sql";

constexpr char kSqliteLocks[] = R"sql(
CREATE TRIGGER session_notes_keep BEFORE UPDATE ON session_notes WHEN OLD.is_signed = 1
BEGIN SELECT RAISE(ABORT, 'a signed note is locked'); END;
CREATE TRIGGER session_notes_stay BEFORE DELETE ON session_notes WHEN OLD.is_signed = 1
BEGIN SELECT RAISE(ABORT, 'a signed note is locked'); END;
CREATE TRIGGER note_addenda_keep BEFORE UPDATE ON note_addenda
BEGIN SELECT RAISE(ABORT, 'an addendum is locked'); END;
CREATE TRIGGER note_addenda_stay BEFORE DELETE ON note_addenda
BEGIN SELECT RAISE(ABORT, 'an addendum is locked'); END;
)sql";

constexpr char kPostgresLocks[] = R"sql(
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN RAISE EXCEPTION 'what is signed is locked' USING ERRCODE = 'check_violation'; END
$body$;
CREATE TRIGGER session_notes_locked BEFORE UPDATE OR DELETE ON session_notes
  FOR EACH ROW WHEN (OLD.is_signed = 1) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER note_addenda_locked BEFORE UPDATE OR DELETE ON note_addenda
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER session_notes_whole BEFORE TRUNCATE ON session_notes
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER note_addenda_whole BEFORE TRUNCATE ON note_addenda
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
)sql";

}  // namespace

absl::Span<const sql::Migration> Migrations() {
  // No job of this service spans organizations.
  static const std::string* const kTenancy = new std::string(
      sql::RowSecurity({"audit_entries", "audit_heads", "client_index", "clients", "consents",
                        "idempotency", "intakes", "note_addenda", "organization_keys",
                        "physician_clearances", "session_notes", "signing_keys"},
                       {}));
  static const std::string* const kSearchesTenancy =
      new std::string(sql::RowSecurity({"client_searches"}, {}));
  static const sql::Migration kMigrations[] = {
      {1, "idempotency", sql::kIdempotencySchema},
      {2, "client records", kTables, kSqliteLocks, kPostgresLocks},
      {3, "tenancy", "", "", kTenancy->c_str()},
      {4, "searches", kSearches, "", kSearchesTenancy->c_str()},
  };
  return kMigrations;
}

}  // namespace stillpoint::client_record::adapters

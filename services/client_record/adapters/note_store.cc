#include "services/client_record/ports/note_store.h"

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "services/client_record/adapters/codec.h"
#include "services/client_record/domain/errors.h"

namespace stillpoint::client_record::ports {
namespace {

// Addenda are never changed, so the version that seals them is always the first.
constexpr int64_t kOnlyVersion = 1;

std::string AddendumRow(const std::string& note, int sequence) {
  return absl::StrCat(note, "/", sequence);
}

absl::StatusOr<domain::SessionNote> NoteFrom(const ClientSealer& sealer, const sql::Row& row) {
  domain::SessionNote note;
  note.client = sealer.client();
  note.id = row[0].Text();
  note.author = row[1].Text();
  note.is_signed = row[2].Bool();
  note.version = row[3].Int();
  note.start = row[4].Time();
  note.created = row[6].Time();
  note.signed_at = row[7].Time();
  ASSIGN_OR_RETURN(const std::string text,
                   sealer.Open("session_notes", note.id, note.version, row[5]));
  RETURN_IF_ERROR(adapters::Decode(text, note));
  return note;
}

absl::Status AddAddenda(const Scope& scope, const ClientSealer& sealer, domain::SessionNote& note) {
  ASSIGN_OR_RETURN(
      const sql::Rows rows,
      scope.tx.Query("SELECT sequence, author, sealed, created_us FROM note_addenda"
                     " WHERE organization = $1 AND client = $2 AND note = $3 ORDER BY sequence",
                     {scope.organization(), sealer.client(), note.id}));
  for (const sql::Row& row : rows) {
    domain::Addendum addendum;
    addendum.sequence = static_cast<int>(row[0].Int());
    addendum.author = row[1].Text();
    addendum.created = row[3].Time();
    ASSIGN_OR_RETURN(
        const std::string text,
        sealer.Open("note_addenda", AddendumRow(note.id, addendum.sequence), kOnlyVersion, row[2]));
    RETURN_IF_ERROR(adapters::Decode(text, addendum));
    note.addenda.push_back(std::move(addendum));
  }
  return absl::OkStatus();
}

std::string SeedPlace(const Scope& scope, const std::string& practitioner) {
  return crypto::Frame({scope.organization(), practitioner, "signing_keys", "wrapped_seed"});
}

absl::StatusOr<std::unique_ptr<crypto::SigningKey>> OpenSigningKey(const Scope& scope,
                                                                   const std::string& practitioner,
                                                                   const sql::Value& wrapped) {
  ASSIGN_OR_RETURN(const std::string bytes, crypto::Open(scope.keys.practitioners, wrapped.Bytes(),
                                                         SeedPlace(scope, practitioner)));
  ASSIGN_OR_RETURN(const crypto::Key seed, crypto::Key::FromBytes(bytes));
  return std::make_unique<crypto::SigningKey>(seed);
}

}  // namespace

absl::Status InsertNote(const Scope& scope, const ClientSealer& sealer,
                        const domain::SessionNote& note) {
  return scope.tx
      .Execute(
          "INSERT INTO session_notes (organization, client, note, author, is_signed, version, "
          "start_us,"
          " sealed, created_us, signed_us) VALUES ($1, $2, $3, $4, 0, $5, $6, $7, $8, 0)",
          {scope.organization(), note.client, note.id, note.author, note.version, note.start,
           sealer.Seal("session_notes", note.id, note.version, adapters::Encode(note)),
           note.created})
      .status();
}

absl::StatusOr<domain::SessionNote> LoadNote(const Scope& scope, const ClientSealer& sealer,
                                             const std::string& id) {
  ASSIGN_OR_RETURN(
      const sql::Rows rows,
      scope.tx.Query(
          "SELECT note, author, is_signed, version, start_us, sealed, created_us, signed_us"
          " FROM session_notes WHERE organization = $1 AND client = $2 AND note = $3",
          {scope.organization(), sealer.client(), id}));
  if (rows.empty()) return error::NotFound();
  ASSIGN_OR_RETURN(domain::SessionNote note, NoteFrom(sealer, rows[0]));
  RETURN_IF_ERROR(AddAddenda(scope, sealer, note));
  return note;
}

absl::Status ReplaceDraft(const Scope& scope, const ClientSealer& sealer,
                          const domain::SessionNote& note) {
  return scope.tx
      .Execute(
          "UPDATE session_notes SET is_signed = $4, version = $5, start_us = $6, sealed = $7,"
          " signed_us = $8 WHERE organization = $1 AND client = $2 AND note = $3",
          {scope.organization(), note.client, note.id, note.is_signed, note.version, note.start,
           sealer.Seal("session_notes", note.id, note.version, adapters::Encode(note)),
           note.is_signed ? sql::Value(note.signed_at) : sql::Value(0)})
      .status();
}

absl::Status InsertAddendum(const Scope& scope, const ClientSealer& sealer,
                            const domain::SessionNote& note, const domain::Addendum& addendum) {
  return scope.tx
      .Execute(
          "INSERT INTO note_addenda (organization, client, note, sequence, author, sealed, "
          "created_us)"
          " VALUES ($1, $2, $3, $4, $5, $6, $7)",
          {scope.organization(), note.client, note.id, addendum.sequence, addendum.author,
           sealer.Seal("note_addenda", AddendumRow(note.id, addendum.sequence), kOnlyVersion,
                       adapters::Encode(addendum)),
           addendum.created})
      .status();
}

absl::StatusOr<std::vector<domain::SessionNote>> ListNotes(const Scope& scope,
                                                           const ClientSealer& sealer,
                                                           const NotePosition& after, int limit) {
  const bool first = after.id.empty();
  const absl::Time start =
      first ? absl::FromUnixSeconds(253402300800) : after.start;  // Year 10000.
  ASSIGN_OR_RETURN(
      const sql::Rows rows,
      scope.tx.Query(
          "SELECT note, author, is_signed, version, start_us, sealed, created_us, signed_us"
          " FROM session_notes WHERE organization = $1 AND client = $2"
          " AND (start_us < $3 OR (start_us = $3 AND note < $4))"
          " ORDER BY start_us DESC, note DESC LIMIT $5",
          {scope.organization(), sealer.client(), start, after.id, limit}));
  std::vector<domain::SessionNote> notes;
  for (const sql::Row& row : rows) {
    ASSIGN_OR_RETURN(domain::SessionNote note, NoteFrom(sealer, row));
    RETURN_IF_ERROR(AddAddenda(scope, sealer, note));
    notes.push_back(std::move(note));
  }
  return notes;
}

absl::StatusOr<std::unique_ptr<crypto::SigningKey>> FindOrCreateSigningKey(
    const Scope& scope, const std::string& practitioner) {
  static constexpr char kSelect[] =
      "SELECT wrapped_seed FROM signing_keys WHERE organization = $1 AND practitioner = $2";
  ASSIGN_OR_RETURN(sql::Rows rows, scope.tx.Query(kSelect, {scope.organization(), practitioner}));
  if (!rows.empty()) return OpenSigningKey(scope, practitioner, rows[0][0]);
  RETURN_IF_ERROR(
      scope.tx.Lock({absl::StrCat("signing_key/", scope.organization(), "/", practitioner)}));
  // Another may have made it while we waited.
  ASSIGN_OR_RETURN(rows, scope.tx.Query(kSelect, {scope.organization(), practitioner}));
  if (!rows.empty()) return OpenSigningKey(scope, practitioner, rows[0][0]);
  const crypto::Key seed = crypto::Key::Random();
  auto key = std::make_unique<crypto::SigningKey>(seed);
  ASSIGN_OR_RETURN(const absl::Time now, scope.tx.Now());
  const std::string wrapped =
      crypto::Seal(scope.keys.practitioners, seed.bytes(), SeedPlace(scope, practitioner));
  RETURN_IF_ERROR(
      scope.tx
          .Execute("INSERT INTO signing_keys (organization, practitioner, wrapped_seed, public_key,"
                   " created_us) VALUES ($1, $2, $3, $4, $5)",
                   {scope.organization(), practitioner, sql::Blob{wrapped},
                    sql::Blob{key->public_key()}, now})
          .status());
  return key;
}

absl::StatusOr<std::string> FindPublicKey(const Scope& scope, const std::string& practitioner) {
  ASSIGN_OR_RETURN(
      const sql::Rows rows,
      scope.tx.Query(
          "SELECT public_key FROM signing_keys WHERE organization = $1 AND practitioner = $2",
          {scope.organization(), practitioner}));
  if (rows.empty()) return error::NotFound();
  return rows[0][0].Bytes();
}

}  // namespace stillpoint::client_record::ports

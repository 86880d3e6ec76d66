#include "services/client_record/app/notes.h"

#include "absl/strings/strip.h"
#include "common/base/resource_name.h"
#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "services/client_record/app/clients.h"
#include "services/client_record/app/screening.h"
#include "services/client_record/domain/errors.h"

namespace stillpoint::client_record::app {
namespace {

constexpr size_t kReasonBytesMax = 2000;     // 500 characters.
constexpr size_t kAddendumBytesMax = 16000;  // 4000 characters.

// May `caller` change this note from the state with `etag`?
absl::Status CheckDraft(const domain::SessionNote& note, const Caller& caller,
                        const std::string& etag) {
  if (note.author != caller.subject) return error::NotAuthor();
  // Before the state: of two devices that sign at once, the second is told to read again.
  if (etag != EtagOf(note.version)) return error::EtagMismatch(EtagOf(note.version));
  if (note.is_signed) return error::NoteSigned();
  return absl::OkStatus();
}

absl::StatusOr<domain::Signed> SignBytes(const ports::Scope& scope, const Caller& caller,
                                         std::string bytes) {
  std::string organization, practitioner;
  if (!MatchName(caller.subject, "organizations/{}/practitioners/{}",
                 {&organization, &practitioner}) ||
      organization != scope.organization()) {
    return error::NotAuthor();
  }
  ASSIGN_OR_RETURN(const auto key, ports::FindOrCreateSigningKey(scope, practitioner));
  domain::Signed proof;
  proof.bytes = std::move(bytes);
  proof.signature = key->Sign(proof.bytes);
  proof.public_key = key->public_key();
  return proof;
}

}  // namespace

absl::StatusOr<std::string> CreateDraft::Run(const Caller& caller, const sql::RequestKey& key,
                                             const domain::SessionNote& draft,
                                             EncodeNote encode) const {
  const std::string id = ids_.Next();
  return records_.Write(caller, key, [&](const ports::Scope& scope) -> absl::StatusOr<Written> {
    RETURN_IF_ERROR(ports::LockClient(scope, draft.client));
    ASSIGN_OR_RETURN(const ports::ClientSealer sealer, ports::FindSealer(scope, draft.client));
    domain::SessionNote note = draft;
    ASSIGN_OR_RETURN(note.created, scope.tx.Now());
    RETURN_IF_ERROR(domain::CheckSession(note, note.created));
    note.id = id;
    note.author = caller.subject;
    note.version = 1;
    RETURN_IF_ERROR(ports::InsertNote(scope, sealer, note));
    return Written{note.client, encode(note), absl::OkStatus()};
  });
}

absl::StatusOr<std::string> UpdateDraft::Run(const Caller& caller, const sql::RequestKey& key,
                                             const domain::SessionNote& draft,
                                             const std::string& etag, EncodeNote encode) const {
  return records_.Write(caller, key, [&](const ports::Scope& scope) -> absl::StatusOr<Written> {
    RETURN_IF_ERROR(ports::LockClient(scope, draft.client));
    ASSIGN_OR_RETURN(const ports::ClientSealer sealer, ports::FindSealer(scope, draft.client));
    ASSIGN_OR_RETURN(domain::SessionNote note, ports::LoadNote(scope, sealer, draft.id));
    if (absl::Status refused = CheckDraft(note, caller, etag); !refused.ok()) {
      return Refuse(draft.client, std::move(refused));
    }
    note.booking = draft.booking;
    note.modality = draft.modality;
    note.start = draft.start;
    note.end = draft.end;
    note.content_json = draft.content_json;
    ASSIGN_OR_RETURN(const absl::Time now, scope.tx.Now());
    RETURN_IF_ERROR(domain::CheckSession(note, now));
    ++note.version;
    RETURN_IF_ERROR(ports::ReplaceDraft(scope, sealer, note));
    return Written{note.client, encode(note), absl::OkStatus()};
  });
}

absl::StatusOr<std::string> SignNote::Run(const Caller& caller, const sql::RequestKey& key,
                                          const std::string& client, const std::string& id,
                                          const std::string& etag,
                                          const std::vector<domain::Acknowledgement>& acknowledged,
                                          EncodeNote encode) const {
  return records_.Write(caller, key, [&](const ports::Scope& scope) -> absl::StatusOr<Written> {
    RETURN_IF_ERROR(ports::LockClient(scope, client));
    ASSIGN_OR_RETURN(const ports::ClientSealer sealer, ports::FindSealer(scope, client));
    ASSIGN_OR_RETURN(domain::SessionNote note, ports::LoadNote(scope, sealer, id));
    if (absl::Status refused = CheckDraft(note, caller, etag); !refused.ok()) {
      return Refuse(client, std::move(refused));
    }
    // The newest answers, as they stand for the moment of the session.
    const absl::StatusOr<std::vector<domain::Finding>> findings =
        ScreenClient(scope, sealer, content_, note.modality, note.start);
    if (absl::IsFailedPrecondition(findings.status())) return Refuse(client, findings.status());
    RETURN_IF_ERROR(findings.status());
    if (const domain::Finding* obstacle = domain::FirstObstacle(*findings, acknowledged)) {
      return Refuse(client, obstacle->blocking ? error::Blocked(*obstacle)
                                               : error::AcknowledgementRequired(*obstacle));
    }
    ASSIGN_OR_RETURN(const absl::Time now, scope.tx.Now());
    // What is stored are microseconds; what is signed must not say more.
    note.signed_at = absl::FromUnixMicros(absl::ToUnixMicros(now));
    note.late_entry = note.signed_at > note.end + domain::kLateEntry;
    note.acknowledgements = acknowledged;
    note.is_signed = true;
    ++note.version;
    ASSIGN_OR_RETURN(
        note.proof,
        SignBytes(scope, caller, domain::CanonicalNote(scope.organization(), note, *findings)));
    RETURN_IF_ERROR(ports::ReplaceDraft(scope, sealer, note));
    return Written{client, encode(note), absl::OkStatus()};
  });
}

absl::StatusOr<std::string> AddAddendum::Run(const Caller& caller, const sql::RequestKey& key,
                                             const std::string& client, const std::string& id,
                                             const std::string& reason, const std::string& text,
                                             EncodeNote encode) const {
  if (reason.empty() || reason.size() > kReasonBytesMax) {
    return InvalidField("reason", "needs 1-500 characters");
  }
  if (text.empty() || text.size() > kAddendumBytesMax) {
    return InvalidField("text", "needs 1-4000 characters");
  }
  return records_.Write(caller, key, [&](const ports::Scope& scope) -> absl::StatusOr<Written> {
    RETURN_IF_ERROR(ports::LockClient(scope, client));
    ASSIGN_OR_RETURN(const ports::ClientSealer sealer, ports::FindSealer(scope, client));
    ASSIGN_OR_RETURN(domain::SessionNote note, ports::LoadNote(scope, sealer, id));
    if (!note.is_signed) return Refuse(client, error::NoteNotSigned());
    domain::Addendum addendum;
    addendum.sequence = static_cast<int>(note.addenda.size()) + 1;
    addendum.author = caller.subject;
    addendum.reason = reason;
    addendum.text = text;
    ASSIGN_OR_RETURN(const absl::Time now, scope.tx.Now());
    addendum.created = absl::FromUnixMicros(absl::ToUnixMicros(now));
    const domain::Signed& before = note.addenda.empty() ? note.proof : note.addenda.back().proof;
    ASSIGN_OR_RETURN(addendum.proof,
                     SignBytes(scope, caller,
                               domain::CanonicalAddendum(scope.organization(), note, addendum,
                                                         crypto::Hash(before.bytes))));
    RETURN_IF_ERROR(ports::InsertAddendum(scope, sealer, note, addendum));
    note.addenda.push_back(std::move(addendum));
    return Written{client, encode(note), absl::OkStatus()};
  });
}

absl::StatusOr<domain::SessionNote> GetNote::Run(const Caller& caller, const std::string& client,
                                                 const std::string& id) const {
  domain::SessionNote note;
  RETURN_IF_ERROR(records_.Read(
      caller, [&](const ports::Scope& scope) -> absl::StatusOr<std::vector<std::string>> {
        ASSIGN_OR_RETURN(const ports::ClientSealer sealer, ports::FindSealer(scope, client));
        ASSIGN_OR_RETURN(note, ports::LoadNote(scope, sealer, id));
        return std::vector<std::string>{client};
      }));
  return note;
}

absl::StatusOr<std::vector<domain::SessionNote>> ListNotes::Run(const Caller& caller,
                                                                const std::string& client,
                                                                const ports::NotePosition& after,
                                                                int limit) const {
  std::vector<domain::SessionNote> notes;
  RETURN_IF_ERROR(records_.Read(
      caller, [&](const ports::Scope& scope) -> absl::StatusOr<std::vector<std::string>> {
        ASSIGN_OR_RETURN(const ports::ClientSealer sealer, ports::FindSealer(scope, client));
        ASSIGN_OR_RETURN(notes, ports::ListNotes(scope, sealer, after, limit));
        return std::vector<std::string>{client};
      }));
  return notes;
}

absl::StatusOr<std::string> GetSigningKey::Run(const Caller& caller,
                                               const std::string& practitioner) const {
  std::string public_key;
  RETURN_IF_ERROR(records_.ReadPlain(caller, [&](const ports::Scope& scope) -> absl::Status {
    ASSIGN_OR_RETURN(public_key, ports::FindPublicKey(scope, practitioner));
    return absl::OkStatus();
  }));
  return public_key;
}

}  // namespace stillpoint::client_record::app

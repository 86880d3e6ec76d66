// Where session notes live; as client_store.h. The schema itself refuses to change or delete a
// signed note or an addendum (FailedPrecondition CONSTRAINT), whoever asks.
#ifndef STILLPOINT_SERVICES_CLIENT_RECORD_PORTS_NOTE_STORE_H_
#define STILLPOINT_SERVICES_CLIENT_RECORD_PORTS_NOTE_STORE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/client_record/domain/note.h"
#include "services/client_record/ports/key_ring.h"

namespace stillpoint::client_record::ports {

absl::Status InsertNote(const Scope& scope, const ClientSealer& sealer,
                        const domain::SessionNote& note);
// With its addenda. NotFound NOT_FOUND.
absl::StatusOr<domain::SessionNote> LoadNote(const Scope& scope, const ClientSealer& sealer,
                                             const std::string& id);
// Writes the draft, or its signed form, over the draft. The caller has raised the version.
absl::Status ReplaceDraft(const Scope& scope, const ClientSealer& sealer,
                          const domain::SessionNote& note);
absl::Status InsertAddendum(const Scope& scope, const ClientSealer& sealer,
                            const domain::SessionNote& note, const domain::Addendum& addendum);

// Notes of one client, newest session first, after the given one (id empty: from the first).
struct NotePosition {
  absl::Time start;
  std::string id;
};
absl::StatusOr<std::vector<domain::SessionNote>> ListNotes(const Scope& scope,
                                                           const ClientSealer& sealer,
                                                           const NotePosition& after, int limit);

// The key with which a practitioner signs; made at the first signature. `practitioner` is an id.
absl::StatusOr<std::unique_ptr<crypto::SigningKey>> FindOrCreateSigningKey(
    const Scope& scope, const std::string& practitioner);
// NotFound NOT_FOUND: never signed anything.
absl::StatusOr<std::string> FindPublicKey(const Scope& scope, const std::string& practitioner);

}  // namespace stillpoint::client_record::ports

#endif  // STILLPOINT_SERVICES_CLIENT_RECORD_PORTS_NOTE_STORE_H_

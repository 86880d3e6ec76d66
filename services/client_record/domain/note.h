// What was found and done in a session, and the exact bytes that its author signs.
#ifndef STILLPOINT_SERVICES_CLIENT_RECORD_DOMAIN_NOTE_H_
#define STILLPOINT_SERVICES_CLIENT_RECORD_DOMAIN_NOTE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/client_record/domain/modality.h"
#include "services/client_record/domain/screening.h"

namespace stillpoint::client_record::domain {

struct Acknowledgement {
  std::string rule;
  int rule_version = 0;
  friend bool operator==(const Acknowledgement&, const Acknowledgement&) = default;
};

// Bytes and the proof of who signed them.
struct Signed {
  std::string bytes;
  std::string signature;   // Ed25519, 64 bytes.
  std::string public_key;  // 32 bytes.
};

struct Addendum {
  int sequence = 0;  // 1, 2, ...
  std::string author;
  std::string reason;
  std::string text;
  absl::Time created;
  Signed proof;
};

struct SessionNote {
  std::string client;  // Id.
  std::string id;
  std::string booking;  // Resource name or empty.
  Modality modality = Modality::kCraniosacral;
  absl::Time start;
  absl::Time end;
  std::string content_json;  // NoteContent as the edge writes it; the domain only carries it.
  std::string author;        // Principal: `organizations/x/practitioners/y`.
  bool is_signed = false;
  int64_t version = 1;
  absl::Time created;
  absl::Time signed_at;  // The rest once signed.
  bool late_entry = false;
  std::vector<Acknowledgement> acknowledgements;
  Signed proof;
  std::vector<Addendum> addenda;
};

inline constexpr absl::Duration kSessionMax = absl::Hours(12);  // Longer is a typing error.
inline constexpr absl::Duration kLateEntry = absl::Hours(24);   // Signed later than this: marked.

// InvalidArgument INVALID_FIELD (note.start_time, note.end_time): order, length, the future.
absl::Status CheckSession(const SessionNote& note, absl::Time now);

// The first finding that forbids signing: one that blocks, or a MODIFY that `acknowledged` lacks.
// Null if none does.
const Finding* FirstObstacle(const std::vector<Finding>& findings,
                             const std::vector<Acknowledgement>& acknowledged);

// Canonical bytes of a note that is about to be signed: one line of JSON, UTF-8, keys sorted, no
// blanks, times in RFC 3339 UTC. `findings` are kept with their versions, so that what screening
// said stays known when rules change.
std::string CanonicalNote(absl::string_view organization, const SessionNote& note,
                          const std::vector<Finding>& findings);

// Canonical bytes of an addendum. `previous_hash` is the hash of the signed bytes it follows, which
// chains them.
std::string CanonicalAddendum(absl::string_view organization, const SessionNote& note,
                              const Addendum& addendum, absl::string_view previous_hash);

}  // namespace stillpoint::client_record::domain

#endif  // STILLPOINT_SERVICES_CLIENT_RECORD_DOMAIN_NOTE_H_

// Everything that can go wrong in the client record, named for the cause. Callers switch on the
// reason string, so a released reason never changes and is never reused (protos/README.md). No text
// here may hold anything about a person; rule ids are the exception that the callers need, and they
// leave the service only in calls that have been audited.
#ifndef STILLPOINT_SERVICES_CLIENT_RECORD_DOMAIN_ERRORS_H_
#define STILLPOINT_SERVICES_CLIENT_RECORD_DOMAIN_ERRORS_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/client_record/domain/screening.h"

namespace stillpoint::client_record::error {

absl::Status NotFound();                            // NotFound NOT_FOUND.
absl::Status ClientExists();                        // AlreadyExists CLIENT_EXISTS.
absl::Status EtagMismatch(absl::string_view etag);  // Aborted: metadata `etag` is the current.
absl::Status QuestionnaireUnknown(int version);     // FailedPrecondition: load it again.
absl::Status IntakeSuperseded();                    // FailedPrecondition: not the newest.
absl::Status IntakesUnreviewed();                   // FailedPrecondition: review them first.
absl::Status ClearanceNotPossible(
    absl::string_view rule);  // FailedPrecondition: no document helps.
// ResourceExhausted SEARCH_LIMIT: metadata `limit` (caller, organization); try again after `wait`.
absl::Status SearchLimit(absl::string_view limit, absl::Duration wait);
absl::Status NotAuthor();                                  // PermissionDenied: another's note.
absl::Status NoteSigned();                                 // FailedPrecondition: add an addendum.
absl::Status NoteNotSigned();                              // FailedPrecondition: change the draft.
absl::Status CareUnavailable();                            // Unavailable: whose client is unknown.
absl::Status AuditUnavailable(const absl::Status& cause);  // Unavailable: nothing was returned.

// FailedPrecondition with the finding's own reason, and metadata `rule` and `rule_version`.
absl::Status Blocked(const domain::Finding& finding);
// FailedPrecondition ACKNOWLEDGEMENT_REQUIRED, with the same metadata.
absl::Status AcknowledgementRequired(const domain::Finding& finding);

}  // namespace stillpoint::client_record::error

#endif  // STILLPOINT_SERVICES_CLIENT_RECORD_DOMAIN_ERRORS_H_

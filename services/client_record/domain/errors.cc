#include "services/client_record/domain/errors.h"

#include "absl/strings/str_cat.h"
#include "common/error/error.h"

namespace stillpoint::client_record::error {

using absl::StatusCode;

// Word for word what common/rpc says for another organization's: forbidden and missing look the
// same.
absl::Status NotFound() {
  return Error(StatusCode::kNotFound, "NOT_FOUND", "there is no such resource");
}

absl::Status ClientExists() {
  return Error(StatusCode::kAlreadyExists, "CLIENT_EXISTS", "a client with this id exists")
      .Field("client_id", "is taken");
}

absl::Status EtagMismatch(absl::string_view etag) {
  return Error(StatusCode::kAborted, "ETAG_MISMATCH", "it has changed since it was read")
      .With("etag", etag);
}

absl::Status QuestionnaireUnknown(int version) {
  return Error(StatusCode::kFailedPrecondition, "QUESTIONNAIRE_UNKNOWN",
               "there is no such questionnaire version")
      .With("questionnaire_version", absl::StrCat(version))
      .Field("intake.questionnaire_version", "is not a released version");
}

absl::Status IntakeSuperseded() {
  return Error(StatusCode::kFailedPrecondition, "INTAKE_SUPERSEDED",
               "a newer intake has arrived; review that one");
}

absl::Status IntakesUnreviewed() {
  return Error(StatusCode::kFailedPrecondition, "INTAKES_UNREVIEWED",
               "too many intakes contradict each other; review them first");
}

absl::Status ClearanceNotPossible(absl::string_view rule) {
  return Error(StatusCode::kFailedPrecondition, "CLEARANCE_NOT_POSSIBLE",
               "no document can cover this rule")
      .With("rule", rule)
      .Field("physician_clearance.rule", "is not a rule that a document covers");
}

absl::Status SearchLimit(absl::string_view limit, absl::Duration wait) {
  return Error(StatusCode::kResourceExhausted, "SEARCH_LIMIT",
               "too many searches for clients in the last hour")
      .With("limit", limit)
      .RetryAfter(wait);
}

absl::Status NotAuthor() {
  return Error(StatusCode::kPermissionDenied, "NOT_AUTHOR",
               "only the practitioner who wrote the note may do this");
}

absl::Status NoteSigned() {
  return Error(StatusCode::kFailedPrecondition, "NOTE_SIGNED",
               "the note is signed and locked; add an addendum");
}

absl::Status NoteNotSigned() {
  return Error(StatusCode::kFailedPrecondition, "NOTE_NOT_SIGNED",
               "the note is a draft; change it instead");
}

absl::Status CareUnavailable() {
  return Error(StatusCode::kUnavailable, "CARE_UNAVAILABLE",
               "the bookings cannot be asked whose client this is");
}

absl::Status AuditUnavailable(const absl::Status& cause) {
  // The cause's code is kept when the caller can act on it; its text stays inside.
  if (cause.code() == StatusCode::kDeadlineExceeded || cause.code() == StatusCode::kAborted)
    return cause;
  return Error(StatusCode::kUnavailable, "AUDIT_UNAVAILABLE",
               "the access could not be audited, so nothing is returned");
}

absl::Status Blocked(const domain::Finding& finding) {
  return Error(StatusCode::kFailedPrecondition, finding.reason,
               "screening does not allow this session")
      .With("rule", finding.rule)
      .With("rule_version", absl::StrCat(finding.rule_version));
}

absl::Status AcknowledgementRequired(const domain::Finding& finding) {
  return Error(StatusCode::kFailedPrecondition, "ACKNOWLEDGEMENT_REQUIRED",
               "the practitioner has to acknowledge this finding")
      .With("rule", finding.rule)
      .With("rule_version", absl::StrCat(finding.rule_version));
}

}  // namespace stillpoint::client_record::error

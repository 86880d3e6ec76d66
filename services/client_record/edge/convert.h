// Messages to values and back. Reading checks what the message alone can tell; everything else is
// the domain's.
#ifndef STILLPOINT_SERVICES_CLIENT_RECORD_EDGE_CONVERT_H_
#define STILLPOINT_SERVICES_CLIENT_RECORD_EDGE_CONVERT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/client_record/domain/client.h"
#include "services/client_record/domain/intake.h"
#include "services/client_record/domain/note.h"
#include "services/client_record/domain/questionnaire.h"
#include "services/client_record/domain/screening.h"
#include "stillpoint/client_record/v1/client.pb.h"
#include "stillpoint/client_record/v1/consent.pb.h"
#include "stillpoint/client_record/v1/intake.pb.h"
#include "stillpoint/client_record/v1/screening.pb.h"
#include "stillpoint/client_record/v1/session_note.pb.h"
#include "stillpoint/type/v1/modality.pb.h"

namespace stillpoint::client_record::edge {

namespace pb = ::stillpoint::client_record::v1;

// InvalidArgument INVALID_FIELD: unspecified or unknown.
absl::StatusOr<domain::Modality> ReadModality(type::v1::Modality modality, absl::string_view field);
type::v1::Modality WriteModality(domain::Modality modality);

domain::Person ReadPerson(const pb::Client& from);
void WriteClient(const std::string& organization, const domain::Client& client, pb::Client* to);

// InvalidArgument INVALID_FIELD: more decisions in one call than anybody makes; each is a row.
absl::Status CheckConsentCount(int count, absl::string_view field);
absl::StatusOr<domain::Consent> ReadConsent(const pb::Consent& from, absl::string_view field);
void WriteConsent(const domain::Consent& consent, pb::Consent* to);

void WriteQuestionnaire(const domain::Questionnaire& questionnaire, pb::Questionnaire* to);
// InvalidArgument INVALID_FIELD: a question answered twice.
absl::StatusOr<domain::Answers> ReadAnswers(const pb::Intake& from);
void WriteIntake(const std::string& organization, const domain::Intake& intake, pb::Intake* to);

void WriteClearance(const std::vector<domain::Finding>& findings, int rules_version,
                    pb::Clearance* to);
absl::StatusOr<domain::PhysicianClearance> ReadDocument(const pb::PhysicianClearance& from);
void WriteDocument(const std::string& organization, const std::string& client,
                   const domain::PhysicianClearance& document, pb::PhysicianClearance* to);

// InvalidArgument INVALID_FIELD: a number out of range, a text or a list too long.
absl::StatusOr<domain::SessionNote> ReadNote(const pb::SessionNote& from);
void WriteNote(const std::string& organization, const domain::SessionNote& note,
               pb::SessionNote* to);

}  // namespace stillpoint::client_record::edge

#endif  // STILLPOINT_SERVICES_CLIENT_RECORD_EDGE_CONVERT_H_

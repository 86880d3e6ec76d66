// What is sealed, as JSON: readable by whoever exports a record, and open to new fields. Decoding
// takes a missing field as empty, so that older rows stay readable.
#ifndef STILLPOINT_SERVICES_CLIENT_RECORD_ADAPTERS_CODEC_H_
#define STILLPOINT_SERVICES_CLIENT_RECORD_ADAPTERS_CODEC_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "services/client_record/domain/client.h"
#include "services/client_record/domain/note.h"
#include "services/client_record/domain/questionnaire.h"

namespace stillpoint::client_record::adapters {

std::string Encode(const domain::Person& person);
std::string Encode(const domain::Answers& answers);
std::string Encode(const domain::PhysicianClearance& document);
std::string Encode(const domain::SessionNote& note);  // Without what has columns of its own.
std::string Encode(const domain::Addendum& addendum);

// Each fills what Encode wrote. DataLoss RECORD_BROKEN: not what Encode writes.
absl::Status Decode(absl::string_view text, domain::Person& person);
absl::Status Decode(absl::string_view text, domain::Answers& answers);
absl::Status Decode(absl::string_view text, domain::PhysicianClearance& document);
absl::Status Decode(absl::string_view text, domain::SessionNote& note);
absl::Status Decode(absl::string_view text, domain::Addendum& addendum);

}  // namespace stillpoint::client_record::adapters

#endif  // STILLPOINT_SERVICES_CLIENT_RECORD_ADAPTERS_CODEC_H_

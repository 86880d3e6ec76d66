// The clinical content that was built into the binary (data/*.json).
#ifndef STILLPOINT_SERVICES_CLIENT_RECORD_ADAPTERS_CONTENT_H_
#define STILLPOINT_SERVICES_CLIENT_RECORD_ADAPTERS_CONTENT_H_

#include "absl/status/statusor.h"
#include "services/client_record/domain/content.h"

namespace stillpoint::client_record::adapters {

// The files' texts; data/embed.cmake writes them.
extern const char k_questionnaire_v1[];
extern const char k_screening_rules_v1[];

// InvalidArgument BAD_CONTENT: the server must not start.
absl::StatusOr<domain::Content> LoadContent();

}  // namespace stillpoint::client_record::adapters

#endif  // STILLPOINT_SERVICES_CLIENT_RECORD_ADAPTERS_CONTENT_H_

#include "services/client_record/adapters/content.h"

#include "common/base/status_macros.h"

namespace stillpoint::client_record::adapters {

absl::StatusOr<domain::Content> LoadContent() {
  domain::Content content;
  ASSIGN_OR_RETURN(domain::Questionnaire first, domain::ParseQuestionnaire(k_questionnaire_v1));
  content.questionnaires.push_back(std::move(first));
  ASSIGN_OR_RETURN(content.rules, domain::ParseRules(k_screening_rules_v1, content.newest()));
  return content;
}

}  // namespace stillpoint::client_record::adapters

// The clinical content that a server works with: every questionnaire version ever released, so that
// old answers stay readable, and the present rules.
#ifndef STILLPOINT_SERVICES_CLIENT_RECORD_DOMAIN_CONTENT_H_
#define STILLPOINT_SERVICES_CLIENT_RECORD_DOMAIN_CONTENT_H_

#include <vector>

#include "services/client_record/domain/questionnaire.h"
#include "services/client_record/domain/rules.h"

namespace stillpoint::client_record::domain {

struct Content {
  std::vector<Questionnaire> questionnaires;  // Ascending versions; not empty.
  RuleSet rules;

  const Questionnaire& newest() const { return questionnaires.back(); }
  // Null if there is no such version.
  const Questionnaire* FindVersion(int version) const {
    for (const Questionnaire& one : questionnaires) {
      if (one.version == version) return &one;
    }
    return nullptr;
  }
};

}  // namespace stillpoint::client_record::domain

#endif  // STILLPOINT_SERVICES_CLIENT_RECORD_DOMAIN_CONTENT_H_

// Screening rules as data (data/screening_rules.v*.json): what a clinic's clinical lead may edit.
#ifndef STILLPOINT_SERVICES_CLIENT_RECORD_DOMAIN_RULES_H_
#define STILLPOINT_SERVICES_CLIENT_RECORD_DOMAIN_RULES_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/client_record/domain/modality.h"
#include "services/client_record/domain/questionnaire.h"

namespace stillpoint::client_record::domain {

// Strictest first.
enum class Tier { kAbsolute = 1, kClearance = 2, kDefer = 3, kModify = 4 };

// True if the answer is one of `codes`, or, negated, if it is none of them (so a blank is none).
struct Condition {
  std::string question;
  std::vector<std::string> codes;
  bool negated = false;
};

// From the day answered to `question` for that long; without an answer it never ends.
struct Window {
  std::string question;
  int months = 0;
  int days = 0;
};

// A phase of a rule. The first stage that holds decides; if none holds, the rule does not either.
struct Stage {
  Tier tier = Tier::kAbsolute;
  std::vector<Condition> when;  // All of them; none: always.
  std::optional<Window> within;
  std::vector<Modality> modalities;  // Empty: all.
};

struct Rule {
  std::string id;
  int version = 0;
  std::vector<Modality> modalities;  // Empty: all.
  std::vector<Condition> match;      // All of them.
  std::vector<Stage> stages;
  std::string practitioner_text;
  std::string client_text;
  std::string evidence;
  std::string needed_document;  // For rules with a CLEARANCE stage.
  int clearance_days_max = 0;   // From the document's date; the longest that one may be relied on.

  bool AsksForDocument() const;
};

struct RuleSet {
  int version = 0;
  int intake_valid_days = 0;  // After that the history has to be taken again.
  std::vector<Rule> rules;

  // Null if there is none.
  const Rule* Find(absl::string_view id) const;
};

// InvalidArgument BAD_CONTENT: not a rule set; a condition on a question or code that
// `questionnaire` does not have; a rule without stages, texts or, where it needs one, a document.
absl::StatusOr<RuleSet> ParseRules(absl::string_view json, const Questionnaire& questionnaire);

}  // namespace stillpoint::client_record::domain

#endif  // STILLPOINT_SERVICES_CLIENT_RECORD_DOMAIN_RULES_H_

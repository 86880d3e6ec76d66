// Whether a client may be treated: rules applied to answers. Pure, so the same arguments always
// give the same findings, with the versions of the rules that were used.
#ifndef STILLPOINT_SERVICES_CLIENT_RECORD_DOMAIN_SCREENING_H_
#define STILLPOINT_SERVICES_CLIENT_RECORD_DOMAIN_SCREENING_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "services/client_record/domain/rules.h"

namespace stillpoint::client_record::domain {

// One intake that counts: its answers and the questionnaire version they answer.
struct CountedIntake {
  const Questionnaire* questionnaire = nullptr;  // Not null.
  Answers answers;                               // Without blanks.
  absl::Time submitted;
};

// What of a physician's document matters here.
struct CoveringDocument {
  std::string rule;
  std::vector<Modality> modalities;  // Empty: all.
  absl::Time expires;                // From then on it covers nothing.
};

struct Finding {
  std::string rule;
  int rule_version = 0;
  Tier tier = Tier::kDefer;
  bool blocking = false;
  std::string reason;  // Why it blocks, as an error reason; empty if it does not.
  std::string practitioner_text;
  std::string client_text;
  std::string needed_document;
  std::string question;             // For answer_missing.
  std::optional<absl::Time> until;  // When it ends or weakens by itself.
};

// Rules that stand for what was not answered.
inline constexpr char kIntakeMissing[] = "intake_missing";
inline constexpr char kIntakeExpired[] = "intake_expired";
inline constexpr char kAnswerMissing[] = "answer_missing";

// Every rule that holds for a session of `modality` at `at`, blocking ones first, then by tier,
// then by id. Several intakes count together: for each rule the strictest finding. No intake at all
// is a finding, as is every screening question left blank: it never counts as no.
std::vector<Finding> Screen(const RuleSet& rules, const std::vector<CountedIntake>& intakes,
                            const std::vector<CoveringDocument>& documents, Modality modality,
                            absl::Time at);

// True if no finding blocks.
bool IsCleared(const std::vector<Finding>& findings);

}  // namespace stillpoint::client_record::domain

#endif  // STILLPOINT_SERVICES_CLIENT_RECORD_DOMAIN_SCREENING_H_

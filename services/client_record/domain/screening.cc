#include "services/client_record/domain/screening.h"

#include <algorithm>
#include <tuple>

#include "services/client_record/domain/dates.h"

namespace stillpoint::client_record::domain {
namespace {

template <typename T>
bool Contains(const std::vector<T>& all, const T& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

bool Covers(const std::vector<Modality>& modalities, Modality modality) {
  return modalities.empty() || Contains(modalities, modality);
}

bool Holds(const Condition& condition, const Answers& answers) {
  const auto found = answers.find(condition.question);
  bool listed = false;
  if (found != answers.end()) {
    for (const std::string& value : found->second) listed |= Contains(condition.codes, value);
  }
  return listed != condition.negated;
}

bool AllHold(const std::vector<Condition>& conditions, const Answers& answers) {
  return std::all_of(conditions.begin(), conditions.end(),
                     [&](const Condition& condition) { return Holds(condition, answers); });
}

// When the window ends; nullopt if it never does because the date is not known.
std::optional<absl::Time> WindowEnd(const Window& window, const Answers& answers) {
  const auto found = answers.find(window.question);
  if (found == answers.end() || found->second.empty()) return std::nullopt;
  const auto day = ParseDay(found->second.front());
  if (!day.has_value()) return std::nullopt;
  const absl::CivilMonth month = absl::CivilMonth(*day) + window.months;
  // A month that is too short for the day ends the window at its own end, on the first of the next.
  absl::CivilDay end(month.year(), month.month(), day->day());
  if (absl::CivilMonth(end) != month) end = absl::CivilDay(month + 1);
  return BegunEverywhere(end + window.days);
}

absl::string_view BlockingReason(Tier tier) {
  switch (tier) {
    case Tier::kAbsolute:
      return "CONTRAINDICATION_ABSOLUTE";
    case Tier::kClearance:
      return "CLEARANCE_REQUIRED";
    case Tier::kDefer:
      return "CONTRAINDICATION_DEFERRED";
    case Tier::kModify:
      return "";
  }
  return "";
}

// Only CLEARANCE can be covered. There is no way to pass an ABSOLUTE finding, and there must be
// none.
void ApplyDocuments(const std::vector<CoveringDocument>& documents, Modality modality,
                    absl::Time at, Finding& finding) {
  if (finding.tier != Tier::kClearance) return;
  std::optional<absl::Time> covered_until;
  for (const CoveringDocument& document : documents) {
    if (document.rule != finding.rule || at >= document.expires) continue;
    if (!Covers(document.modalities, modality)) continue;
    covered_until = std::max(covered_until.value_or(absl::InfinitePast()), document.expires);
  }
  if (!covered_until.has_value()) return;
  finding.blocking = false;
  finding.reason.clear();
  finding.until = covered_until;  // It blocks again then.
}

std::optional<Finding> ApplyRule(const Rule& rule, const Answers& answers, Modality modality,
                                 absl::Time at) {
  if (!Covers(rule.modalities, modality) || !AllHold(rule.match, answers)) return std::nullopt;
  for (const Stage& stage : rule.stages) {
    if (!Covers(stage.modalities, modality) || !AllHold(stage.when, answers)) continue;
    Finding finding;
    if (stage.within.has_value()) {
      finding.until = WindowEnd(*stage.within, answers);
      if (finding.until.has_value() && at >= *finding.until) continue;
    }
    finding.rule = rule.id;
    finding.rule_version = rule.version;
    finding.tier = stage.tier;
    finding.reason = std::string(BlockingReason(stage.tier));
    finding.blocking = !finding.reason.empty();
    finding.practitioner_text = rule.practitioner_text;
    finding.client_text = rule.client_text;
    if (stage.tier == Tier::kClearance) finding.needed_document = rule.needed_document;
    return finding;
  }
  return std::nullopt;
}

Finding Unanswered(const char* rule, const RuleSet& rules, absl::string_view reason,
                   absl::string_view text, absl::string_view question) {
  Finding finding;
  finding.rule = rule;
  finding.rule_version = rules.version;
  finding.tier = Tier::kDefer;
  finding.blocking = true;
  finding.reason = std::string(reason);
  finding.practitioner_text = std::string(text);
  finding.client_text = std::string(text);
  finding.question = std::string(question);
  return finding;
}

// Questions of the rules that this version did not ask: their answers are as missing as blank ones.
std::vector<std::string> NeverAsked(const RuleSet& rules, const Questionnaire& questionnaire) {
  std::vector<std::string> ids;
  for (const Rule& rule : rules.rules) {
    for (const Condition& condition : rule.match) {
      if (questionnaire.Find(condition.question) == nullptr && !Contains(ids, condition.question)) {
        ids.push_back(condition.question);
      }
    }
  }
  return ids;
}

auto Order(const Finding& finding) {
  return std::make_tuple(!finding.blocking, static_cast<int>(finding.tier), finding.rule,
                         finding.question);
}

// Keeps, for each rule and question, the strictest finding; of equal ones the one that lasts
// longer.
void Merge(Finding finding, std::vector<Finding>& findings) {
  for (Finding& known : findings) {
    if (known.rule != finding.rule || known.question != finding.question) continue;
    const bool stricter = Order(finding) < Order(known);
    const bool longer = Order(finding) == Order(known) && known.until.has_value() &&
                        (!finding.until.has_value() || *finding.until > *known.until);
    if (stricter || longer) known = std::move(finding);
    return;
  }
  findings.push_back(std::move(finding));
}

}  // namespace

std::vector<Finding> Screen(const RuleSet& rules, const std::vector<CountedIntake>& intakes,
                            const std::vector<CoveringDocument>& documents, Modality modality,
                            absl::Time at) {
  std::vector<Finding> findings;
  if (intakes.empty()) {
    return {Unanswered(kIntakeMissing, rules, "INTAKE_REQUIRED",
                       "The health history has not been taken yet.", "")};
  }
  absl::Time newest = absl::InfinitePast();
  for (const CountedIntake& intake : intakes) {
    newest = std::max(newest, intake.submitted);
    for (const Rule& rule : rules.rules) {
      auto finding = ApplyRule(rule, intake.answers, modality, at);
      if (!finding.has_value()) continue;
      ApplyDocuments(documents, modality, at, *finding);
      Merge(*std::move(finding), findings);
    }
    std::vector<std::string> missing = MissingAnswers(*intake.questionnaire, intake.answers);
    for (std::string& id : NeverAsked(rules, *intake.questionnaire))
      missing.push_back(std::move(id));
    for (const std::string& question : missing) {
      Merge(Unanswered(kAnswerMissing, rules, "ANSWER_MISSING",
                       "A question that matters for safety was left blank.", question),
            findings);
    }
  }
  if (at >= newest + absl::Hours(24) * rules.intake_valid_days) {
    Merge(Unanswered(kIntakeExpired, rules, "INTAKE_REQUIRED",
                     "The health history is too old and has to be taken again.", ""),
          findings);
  }
  std::sort(findings.begin(), findings.end(),
            [](const Finding& a, const Finding& b) { return Order(a) < Order(b); });
  return findings;
}

bool IsCleared(const std::vector<Finding>& findings) {
  return std::none_of(findings.begin(), findings.end(),
                      [](const Finding& finding) { return finding.blocking; });
}

}  // namespace stillpoint::client_record::domain

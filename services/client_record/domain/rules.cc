#include "services/client_record/domain/rules.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/error/error.h"

namespace stillpoint::client_record::domain {
namespace {

using nlohmann::json;

absl::Status BadContent(absl::string_view rule, absl::string_view what) {
  return Error(absl::StatusCode::kInvalidArgument, "BAD_CONTENT",
               absl::StrCat("screening rules: ", rule, ": ", what));
}

std::optional<Tier> TierFromName(absl::string_view name) {
  static constexpr absl::string_view kNames[] = {"ABSOLUTE", "CLEARANCE", "DEFER", "MODIFY"};
  for (int i = 0; i < 4; ++i) {
    if (kNames[i] == name) return static_cast<Tier>(i + 1);
  }
  return std::nullopt;
}

absl::StatusOr<std::vector<Modality>> ParseModalities(const json& from, absl::string_view rule) {
  std::vector<Modality> modalities;
  if (!from.contains("modalities")) return modalities;
  for (const json& name : from["modalities"]) {
    const auto modality = ModalityFromName(name.get<std::string>());
    if (!modality.has_value()) return BadContent(rule, "unknown modality");
    modalities.push_back(*modality);
  }
  return modalities;
}

absl::StatusOr<std::vector<Condition>> ParseConditions(const json& from, absl::string_view rule,
                                                       const Questionnaire& questionnaire) {
  std::vector<Condition> conditions;
  for (const json& entry : from) {
    Condition condition;
    condition.question = entry.at("question");
    condition.negated = entry.contains("is_not");
    condition.codes = entry.at(condition.negated ? "is_not" : "is").get<std::vector<std::string>>();
    const Question* question = questionnaire.Find(condition.question);
    if (question == nullptr || !question->screening) {
      return BadContent(rule, "depends on something that screening does not ask");
    }
    for (const std::string& code : condition.codes) {
      const auto& options = question->options;
      if (std::none_of(options.begin(), options.end(),
                       [&](const Option& option) { return option.code == code; })) {
        return BadContent(rule, "depends on a code that is not offered");
      }
    }
    conditions.push_back(std::move(condition));
  }
  return conditions;
}

absl::StatusOr<Stage> ParseStage(const json& from, absl::string_view rule,
                                 const Questionnaire& questionnaire) {
  Stage stage;
  const auto tier = TierFromName(from.value("tier", ""));
  if (!tier.has_value()) return BadContent(rule, "unknown tier");
  stage.tier = *tier;
  if (from.contains("when")) {
    ASSIGN_OR_RETURN(stage.when, ParseConditions(from["when"], rule, questionnaire));
  }
  ASSIGN_OR_RETURN(stage.modalities, ParseModalities(from, rule));
  if (from.contains("within")) {
    Window window;
    window.question = from["within"].at("question");
    window.months = from["within"].value("months", 0);
    window.days = from["within"].value("days", 0);
    const Question* question = questionnaire.Find(window.question);
    if (question == nullptr || question->kind != QuestionKind::kDate || !question->screening) {
      return BadContent(rule, "a window needs a screening question for a date");
    }
    if (window.months < 0 || window.days < 0 || window.months + window.days == 0) {
      return BadContent(rule, "a window needs a length");
    }
    stage.within = window;
  }
  return stage;
}

absl::StatusOr<Rule> ParseRule(const json& from, const Questionnaire& questionnaire) {
  Rule rule;
  rule.id = from.value("id", "");
  rule.version = from.value("version", 0);
  rule.practitioner_text = from.value("practitioner_text", "");
  rule.client_text = from.value("client_text", "");
  rule.evidence = from.value("evidence", "");
  rule.needed_document = from.value("needed_document", "");
  rule.clearance_days_max = from.value("clearance_days_max", 0);
  if (rule.id.empty() || rule.version < 1) return BadContent(rule.id, "no id or version");
  if (rule.practitioner_text.empty() || rule.client_text.empty())
    return BadContent(rule.id, "no text");
  ASSIGN_OR_RETURN(rule.modalities, ParseModalities(from, rule.id));
  ASSIGN_OR_RETURN(rule.match, ParseConditions(from.at("match"), rule.id, questionnaire));
  for (const json& entry : from.at("stages")) {
    ASSIGN_OR_RETURN(Stage stage, ParseStage(entry, rule.id, questionnaire));
    rule.stages.push_back(std::move(stage));
  }
  if (rule.match.empty() || rule.stages.empty())
    return BadContent(rule.id, "no match or no stages");
  if (rule.AsksForDocument() && (rule.needed_document.empty() || rule.clearance_days_max < 1)) {
    return BadContent(rule.id, "does not say which document it needs, or for how long");
  }
  return rule;
}

}  // namespace

bool Rule::AsksForDocument() const {
  return std::any_of(stages.begin(), stages.end(),
                     [](const Stage& stage) { return stage.tier == Tier::kClearance; });
}

const Rule* RuleSet::Find(absl::string_view id) const {
  for (const Rule& rule : rules) {
    if (rule.id == id) return &rule;
  }
  return nullptr;
}

absl::StatusOr<RuleSet> ParseRules(absl::string_view text, const Questionnaire& questionnaire) {
  const json from = json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  if (!from.is_object() || !from.contains("rules")) return BadContent("file", "not JSON of rules");
  RuleSet set;
  // The library reports a wrong type only by exception; it ends here.
  try {
    set.version = from.value("version", 0);
    set.intake_valid_days = from.value("intake_valid_days", 0);
    for (const json& entry : from["rules"]) {
      ASSIGN_OR_RETURN(Rule rule, ParseRule(entry, questionnaire));
      if (set.Find(rule.id) != nullptr) return BadContent(rule.id, "there twice");
      set.rules.push_back(std::move(rule));
    }
  } catch (const json::exception&) {
    return BadContent("file", "a value of the wrong type");
  }
  if (set.version < 1 || set.intake_valid_days < 1)
    return BadContent("file", "no version or validity");
  return set;
}

}  // namespace stillpoint::client_record::domain

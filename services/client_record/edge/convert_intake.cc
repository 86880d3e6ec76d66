#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "common/rpc/status.h"
#include "services/client_record/edge/convert.h"

namespace stillpoint::client_record::edge {

static_assert(static_cast<int>(domain::Modality::kInfantCraniosacral) ==
              type::v1::MODALITY_INFANT_CRANIOSACRAL);
static_assert(static_cast<int>(domain::Modality::kCombined) == type::v1::MODALITY_COMBINED);
static_assert(static_cast<int>(domain::Tier::kModify) == pb::Finding::TIER_MODIFY);
static_assert(static_cast<int>(domain::QuestionKind::kText) == pb::Question::KIND_TEXT);

absl::StatusOr<domain::Modality> ReadModality(type::v1::Modality modality,
                                              absl::string_view field) {
  if (modality < type::v1::MODALITY_CRANIOSACRAL ||
      modality > type::v1::MODALITY_INFANT_CRANIOSACRAL) {
    return InvalidField(field, "is required");
  }
  return static_cast<domain::Modality>(static_cast<int>(modality));
}

type::v1::Modality WriteModality(domain::Modality modality) {
  return static_cast<type::v1::Modality>(static_cast<int>(modality));
}

void WriteQuestionnaire(const domain::Questionnaire& questionnaire, pb::Questionnaire* to) {
  to->set_version(questionnaire.version);
  to->set_title(questionnaire.title);
  for (const domain::Question& question : questionnaire.questions) {
    pb::Question* one = to->add_questions();
    one->set_id(question.id);
    one->set_section(question.section);
    one->set_text(question.text);
    one->set_kind(static_cast<pb::Question::Kind>(question.kind));
    for (const domain::Option& option : question.options) {
      pb::QuestionOption* choice = one->add_options();
      choice->set_code(option.code);
      choice->set_text(option.text);
    }
    one->set_screening(question.screening);
    one->set_asked_when_question(question.asked_when_question);
    for (const std::string& code : question.asked_when_codes) one->add_asked_when_codes(code);
  }
}

absl::StatusOr<domain::Answers> ReadAnswers(const pb::Intake& from) {
  domain::Answers answers;
  for (const pb::Answer& answer : from.answers()) {
    std::vector<std::string> values(answer.values().begin(), answer.values().end());
    if (!answers.emplace(answer.question(), std::move(values)).second) {
      return InvalidField("intake.answers", "answers a question twice");
    }
  }
  return answers;
}

void WriteIntake(const std::string& organization, const domain::Intake& intake, pb::Intake* to) {
  to->set_name(absl::StrCat("organizations/", organization, "/clients/", intake.client, "/intakes/",
                            intake.id));
  to->set_questionnaire_version(intake.questionnaire_version);
  for (const auto& [question, values] : intake.answers) {
    pb::Answer* answer = to->add_answers();
    answer->set_question(question);
    for (const std::string& value : values) answer->add_values(value);
  }
  to->set_revision(static_cast<int32_t>(intake.revision));
  to->set_conflict(intake.conflict);
  to->set_reviewed(intake.reviewed);
  *to->mutable_submit_time() = rpc::ToProto(intake.submitted);
  to->set_submitter(intake.submitter);
}

void WriteClearance(const std::vector<domain::Finding>& findings, int rules_version,
                    pb::Clearance* to) {
  to->set_decision(domain::IsCleared(findings) ? pb::Clearance::DECISION_CLEARED
                                               : pb::Clearance::DECISION_BLOCKED);
  to->set_rules_version(rules_version);
  for (const domain::Finding& finding : findings) {
    pb::Finding* one = to->add_findings();
    one->set_rule(finding.rule);
    one->set_rule_version(finding.rule_version);
    one->set_tier(static_cast<pb::Finding::Tier>(finding.tier));
    one->set_blocking(finding.blocking);
    one->set_practitioner_text(finding.practitioner_text);
    one->set_client_text(finding.client_text);
    if (finding.until.has_value()) *one->mutable_until_time() = rpc::ToProto(*finding.until);
    one->set_reason(finding.reason);
    one->set_question(finding.question);
    one->set_needed_document(finding.needed_document);
  }
}

absl::StatusOr<domain::PhysicianClearance> ReadDocument(const pb::PhysicianClearance& from) {
  domain::PhysicianClearance document;
  document.rule = from.rule();
  document.issuer = from.issuer();
  document.document_date = from.document_date();
  document.scope = from.scope();
  for (const int modality : from.modalities()) {
    ASSIGN_OR_RETURN(
        const domain::Modality one,
        ReadModality(static_cast<type::v1::Modality>(modality), "physician_clearance.modalities"));
    document.modalities.push_back(one);
  }
  ASSIGN_OR_RETURN(document.expires,
                   rpc::ReadTime(from.has_expire_time() ? &from.expire_time() : nullptr,
                                 "physician_clearance.expire_time"));
  return document;
}

void WriteDocument(const std::string& organization, const std::string& client,
                   const domain::PhysicianClearance& document, pb::PhysicianClearance* to) {
  to->set_name(absl::StrCat("organizations/", organization, "/clients/", client,
                            "/physicianClearances/", document.id));
  to->set_rule(document.rule);
  to->set_rule_version(document.rule_version);
  to->set_issuer(document.issuer);
  to->set_document_date(document.document_date);
  to->set_scope(document.scope);
  for (const domain::Modality modality : document.modalities)
    to->add_modalities(WriteModality(modality));
  *to->mutable_expire_time() = rpc::ToProto(document.expires);
  *to->mutable_attach_time() = rpc::ToProto(document.attached);
  to->set_attacher(document.attacher);
}

}  // namespace stillpoint::client_record::edge

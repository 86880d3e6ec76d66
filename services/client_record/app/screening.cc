#include "services/client_record/app/screening.h"

#include <limits>

#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "services/client_record/domain/dates.h"
#include "services/client_record/domain/errors.h"
#include "services/client_record/ports/client_store.h"
#include "services/client_record/ports/intake_store.h"

namespace stillpoint::client_record::app {
namespace {

constexpr int64_t kNewest = std::numeric_limits<int64_t>::max();
// Intakes that may be in conflict with each other at one time. More is a fault of the caller's.
constexpr int kConflictsMax = 50;
constexpr size_t kIssuerBytesMax = 800;  // 200 characters.
constexpr size_t kScopeBytesMax = 4000;  // 1000 characters.

absl::Status CheckDocument(const domain::Content& content,
                           const domain::PhysicianClearance& document, absl::Time now) {
  const domain::Rule* rule = content.rules.Find(document.rule);
  if (rule == nullptr) return InvalidField("physician_clearance.rule", "is not a rule");
  if (!rule->AsksForDocument()) return error::ClearanceNotPossible(rule->id);
  if (document.issuer.empty() || document.issuer.size() > kIssuerBytesMax) {
    return InvalidField("physician_clearance.issuer", "needs 1-200 characters");
  }
  if (document.scope.empty() || document.scope.size() > kScopeBytesMax) {
    return InvalidField("physician_clearance.scope", "needs 1-1000 characters");
  }
  const auto day = domain::ParseDay(document.document_date);
  if (!day.has_value()) {
    return InvalidField("physician_clearance.document_date", "is not a date like 2026-11-30");
  }
  if (domain::IsFuture(*day, now)) {
    return InvalidField("physician_clearance.document_date", "is in the future");
  }
  if (document.expires <= now) {
    return InvalidField("physician_clearance.expire_time", "is not in the future");
  }
  if (document.expires > domain::BegunEverywhere(*day + rule->clearance_days_max)) {
    return InvalidField("physician_clearance.expire_time",
                        "is longer after document_date than the rule allows");
  }
  return absl::OkStatus();
}

// The revision that the new intake's author had seen last.
absl::StatusOr<int64_t> BaseOf(const ports::Scope& scope, const ports::ClientSealer& sealer,
                               const IntakeDraft& draft, absl::Time now) {
  if (!draft.previous_intake.empty()) {
    const auto previous = ports::LoadIntake(scope, sealer, draft.previous_intake);
    if (absl::IsNotFound(previous.status())) {
      return InvalidField("previous_intake", "is not an intake of this client");
    }
    RETURN_IF_ERROR(previous.status());
    return previous->revision;
  }
  ASSIGN_OR_RETURN(const std::vector<domain::Intake> known,
                   ports::ListIntakes(scope, sealer, kNewest, kConflictsMax));
  return domain::AssumedBase(known, now);
}

}  // namespace

absl::StatusOr<std::vector<domain::Finding>> ScreenClient(const ports::Scope& scope,
                                                          const ports::ClientSealer& sealer,
                                                          const domain::Content& content,
                                                          domain::Modality modality,
                                                          absl::Time at) {
  // Nearly always the newest intake is all that counts, and opening one costs the more the longer
  // it is.
  ASSIGN_OR_RETURN(std::vector<domain::Intake> intakes,
                   ports::ListIntakes(scope, sealer, kNewest, 1));
  if (!intakes.empty() && intakes[0].conflict && !intakes[0].reviewed) {
    ASSIGN_OR_RETURN(intakes, ports::ListIntakes(scope, sealer, kNewest, kConflictsMax));
    // More may lie behind the bound, so nobody can say that nothing stands in the way.
    if (domain::CountedIntakes(intakes).size() >= size_t{kConflictsMax})
      return error::IntakesUnreviewed();
  }
  std::vector<domain::CountedIntake> counted;
  for (domain::Intake& intake : domain::CountedIntakes(intakes)) {
    const domain::Questionnaire* questionnaire = content.FindVersion(intake.questionnaire_version);
    if (questionnaire == nullptr) return error::QuestionnaireUnknown(intake.questionnaire_version);
    counted.push_back({questionnaire, std::move(intake.answers), intake.submitted});
  }
  ASSIGN_OR_RETURN(const std::vector<domain::PhysicianClearance> documents,
                   ports::ListPhysicianClearances(scope, sealer));
  std::vector<domain::CoveringDocument> covering;
  covering.reserve(documents.size());
  for (const domain::PhysicianClearance& document : documents) {
    covering.push_back({document.rule, document.modalities, document.expires});
  }
  return domain::Screen(content.rules, counted, covering, modality, at);
}

absl::StatusOr<std::string> SubmitIntake::Run(const Caller& caller, const sql::RequestKey& key,
                                              const IntakeDraft& draft, EncodeIntake encode) const {
  const domain::Questionnaire* questionnaire = content_.FindVersion(draft.questionnaire_version);
  if (questionnaire == nullptr) return error::QuestionnaireUnknown(draft.questionnaire_version);
  const domain::Answers answers = domain::WithoutBlanks(draft.answers);
  RETURN_IF_ERROR(domain::CheckAnswers(*questionnaire, answers));
  const std::string id = ids_.Next();
  return records_.Write(caller, key, [&](const ports::Scope& scope) -> absl::StatusOr<Written> {
    RETURN_IF_ERROR(ports::LockClient(scope, draft.client));
    ASSIGN_OR_RETURN(const ports::ClientSealer sealer, ports::FindSealer(scope, draft.client));
    ASSIGN_OR_RETURN(const std::vector<domain::Intake> newest,
                     ports::ListIntakes(scope, sealer, kNewest, 1));
    domain::Intake intake;
    ASSIGN_OR_RETURN(intake.submitted, scope.tx.Now());
    ASSIGN_OR_RETURN(intake.based_on, BaseOf(scope, sealer, draft, intake.submitted));
    const int64_t newest_revision = newest.empty() ? 0 : newest[0].revision;
    intake.client = draft.client;
    intake.id = id;
    intake.questionnaire_version = draft.questionnaire_version;
    intake.answers = answers;
    intake.revision = newest_revision + 1;
    intake.conflict = intake.based_on != newest_revision;
    intake.submitter = caller.subject;
    RETURN_IF_ERROR(ports::InsertIntake(scope, sealer, intake));
    for (domain::Consent consent : draft.consents) {
      consent.recorded = intake.submitted;
      consent.recorder = caller.subject;
      RETURN_IF_ERROR(ports::AppendConsent(scope, draft.client, consent));
    }
    // These answers alone: who may submit, such as a partner, need not be told what others
    // answered.
    const std::vector<domain::Finding> findings =
        domain::Screen(content_.rules, {{questionnaire, answers, intake.submitted}}, {},
                       domain::Modality::kCraniosacral, intake.submitted);
    return Written{draft.client, encode(intake, findings), absl::OkStatus()};
  });
}

absl::StatusOr<std::string> ReviewIntake::Run(const Caller& caller, const sql::RequestKey& key,
                                              const std::string& client, const std::string& id,
                                              EncodeIntake encode) const {
  return records_.Write(caller, key, [&](const ports::Scope& scope) -> absl::StatusOr<Written> {
    RETURN_IF_ERROR(ports::LockClient(scope, client));
    ASSIGN_OR_RETURN(const ports::ClientSealer sealer, ports::FindSealer(scope, client));
    ASSIGN_OR_RETURN(domain::Intake intake, ports::LoadIntake(scope, sealer, id));
    ASSIGN_OR_RETURN(const std::vector<domain::Intake> newest,
                     ports::ListIntakes(scope, sealer, kNewest, 1));
    if (newest[0].id != id) return Refuse(client, error::IntakeSuperseded());
    intake.reviewed = true;
    RETURN_IF_ERROR(ports::MarkReviewed(scope, intake));
    return Written{client, encode(intake, {}), absl::OkStatus()};
  });
}

absl::StatusOr<domain::Intake> GetIntake::Run(const Caller& caller, const std::string& client,
                                              const std::string& id) const {
  domain::Intake intake;
  RETURN_IF_ERROR(records_.Read(
      caller, [&](const ports::Scope& scope) -> absl::StatusOr<std::vector<std::string>> {
        ASSIGN_OR_RETURN(const ports::ClientSealer sealer, ports::FindSealer(scope, client));
        ASSIGN_OR_RETURN(intake, ports::LoadIntake(scope, sealer, id));
        return std::vector<std::string>{client};
      }));
  return intake;
}

absl::StatusOr<std::vector<domain::Intake>> ListIntakes::Run(const Caller& caller,
                                                             const std::string& client,
                                                             int64_t before, int limit) const {
  std::vector<domain::Intake> intakes;
  RETURN_IF_ERROR(records_.Read(
      caller, [&](const ports::Scope& scope) -> absl::StatusOr<std::vector<std::string>> {
        ASSIGN_OR_RETURN(const ports::ClientSealer sealer, ports::FindSealer(scope, client));
        ASSIGN_OR_RETURN(intakes, ports::ListIntakes(scope, sealer, before, limit));
        return std::vector<std::string>{client};
      }));
  return intakes;
}

absl::StatusOr<std::vector<domain::Finding>> GetClearance::Run(const Caller& caller,
                                                               const std::string& client,
                                                               domain::Modality modality,
                                                               std::optional<absl::Time> at) const {
  absl::StatusOr<std::vector<domain::Finding>> findings;
  RETURN_IF_ERROR(records_.Read(
      caller, [&](const ports::Scope& scope) -> absl::StatusOr<std::vector<std::string>> {
        ASSIGN_OR_RETURN(const ports::ClientSealer sealer, ports::FindSealer(scope, client));
        ASSIGN_OR_RETURN(const absl::Time now, scope.tx.Now());
        findings = ScreenClient(scope, sealer, content_, modality, at.value_or(now));
        // That answers contradict each other is something about the client: audited.
        if (!findings.ok() && !absl::IsFailedPrecondition(findings.status())) {
          return findings.status();
        }
        return std::vector<std::string>{client};
      }));
  return findings;
}

absl::StatusOr<std::string> AttachPhysicianClearance::Run(
    const Caller& caller, const sql::RequestKey& key, const std::string& client,
    domain::PhysicianClearance document,
    absl::FunctionRef<std::string(const domain::PhysicianClearance&)> encode) const {
  document.id = ids_.Next();
  return records_.Write(caller, key, [&](const ports::Scope& scope) -> absl::StatusOr<Written> {
    RETURN_IF_ERROR(ports::LockClient(scope, client));
    ASSIGN_OR_RETURN(const ports::ClientSealer sealer, ports::FindSealer(scope, client));
    ASSIGN_OR_RETURN(document.attached, scope.tx.Now());
    document.attacher = caller.subject;
    RETURN_IF_ERROR(CheckDocument(content_, document, document.attached));
    document.rule_version = content_.rules.Find(document.rule)->version;
    RETURN_IF_ERROR(ports::InsertPhysicianClearance(scope, sealer, document));
    return Written{client, encode(document), absl::OkStatus()};
  });
}

}  // namespace stillpoint::client_record::app

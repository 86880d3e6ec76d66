#include "services/client_record/edge/screening_service.h"

#include <limits>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "common/rpc/request_key.h"
#include "services/client_record/domain/errors.h"
#include "services/client_record/edge/convert.h"
#include "services/client_record/edge/target.h"

namespace stillpoint::client_record::edge {
namespace {

constexpr int kIntakesMax = 100;  // Per page; an intake is up to 40 KB.

}  // namespace

grpc::ServerUnaryReactor* IntakeServiceImpl::GetQuestionnaire(
    grpc::CallbackServerContext* context, const pb::GetQuestionnaireRequest* request,
    pb::GetQuestionnaireResponse* response) {
  return rpc::Unary(edge_, context, "IntakeService.GetQuestionnaire",
                    [=, this](const rpc::CallInfo&) -> absl::Status {
                      const domain::Questionnaire* questionnaire =
                          request->version() == 0
                              ? &use_cases_.content.newest()
                              : use_cases_.content.FindVersion(request->version());
                      if (questionnaire == nullptr) return error::NotFound();
                      WriteQuestionnaire(*questionnaire, response->mutable_questionnaire());
                      return absl::OkStatus();
                    });
}

grpc::ServerUnaryReactor* IntakeServiceImpl::SubmitIntake(grpc::CallbackServerContext* context,
                                                          const pb::SubmitIntakeRequest* request,
                                                          pb::SubmitIntakeResponse* response) {
  return rpc::Unary(
      edge_, context, "IntakeService.SubmitIntake",
      [=, this](const rpc::CallInfo& call) -> absl::Status {
        ASSIGN_OR_RETURN(const Target target, ClientTarget(call, request->client(), "client"));
        ASSIGN_OR_RETURN(const sql::RequestKey key, rpc::KeyOf(call, *request));
        app::IntakeDraft draft;
        draft.client = target.client;
        draft.questionnaire_version = request->intake().questionnaire_version();
        ASSIGN_OR_RETURN(draft.answers, ReadAnswers(request->intake()));
        if (!request->previous_intake().empty()) {
          ASSIGN_OR_RETURN(const Target previous,
                           IntakeTarget(call, request->previous_intake(), "previous_intake"));
          if (previous.client != target.client ||
              previous.organization() != target.organization()) {
            return InvalidField("previous_intake", "is not an intake of this client");
          }
          draft.previous_intake = previous.id;
        }
        RETURN_IF_ERROR(CheckConsentCount(request->consents_size(), "consents"));
        for (const pb::Consent& from : request->consents()) {
          ASSIGN_OR_RETURN(const domain::Consent consent, ReadConsent(from, "consents"));
          draft.consents.push_back(consent);
        }
        const auto encode = [&](const domain::Intake& intake,
                                const std::vector<domain::Finding>& findings) {
          pb::SubmitIntakeResponse made;
          WriteIntake(target.organization(), intake, made.mutable_intake());
          WriteClearance(findings, use_cases_.content.rules.version, made.mutable_clearance());
          return made.SerializeAsString();
        };
        return rpc::Answer(use_cases_.submit_intake.Run(target.caller, key, draft, encode),
                           response);
      });
}

grpc::ServerUnaryReactor* IntakeServiceImpl::GetIntake(grpc::CallbackServerContext* context,
                                                       const pb::GetIntakeRequest* request,
                                                       pb::GetIntakeResponse* response) {
  return rpc::Unary(
      edge_, context, "IntakeService.GetIntake",
      [=, this](const rpc::CallInfo& call) -> absl::Status {
        ASSIGN_OR_RETURN(const Target target, IntakeTarget(call, request->name(), "name"));
        ASSIGN_OR_RETURN(const domain::Intake intake,
                         use_cases_.get_intake.Run(target.caller, target.client, target.id));
        WriteIntake(target.organization(), intake, response->mutable_intake());
        return absl::OkStatus();
      });
}

grpc::ServerUnaryReactor* IntakeServiceImpl::ListIntakes(grpc::CallbackServerContext* context,
                                                         const pb::ListIntakesRequest* request,
                                                         pb::ListIntakesResponse* response) {
  return rpc::Unary(
      edge_, context, "IntakeService.ListIntakes",
      [=, this](const rpc::CallInfo& call) -> absl::Status {
        ASSIGN_OR_RETURN(const Target target, ClientTarget(call, request->parent(), "parent"));
        ASSIGN_OR_RETURN(const Page page,
                         ReadPage(tokens_, call, request->parent(), request->page_size(),
                                  kIntakesMax, request->page_token()));
        int64_t before = std::numeric_limits<int64_t>::max();
        if (!page.cursor.empty() && !absl::SimpleAtoi(page.cursor, &before)) {
          return InvalidField("page_token", "is not of this call");
        }
        ASSIGN_OR_RETURN(
            const std::vector<domain::Intake> intakes,
            use_cases_.list_intakes.Run(target.caller, target.client, before, page.limit));
        for (const domain::Intake& intake : intakes) {
          WriteIntake(target.organization(), intake, response->add_intakes());
        }
        if (static_cast<int>(intakes.size()) == page.limit && intakes.back().revision > 1) {
          response->set_next_page_token(
              tokens_.Make(absl::StrCat(intakes.back().revision), page.binding));
        }
        return absl::OkStatus();
      });
}

grpc::ServerUnaryReactor* IntakeServiceImpl::ReviewIntake(grpc::CallbackServerContext* context,
                                                          const pb::ReviewIntakeRequest* request,
                                                          pb::ReviewIntakeResponse* response) {
  return rpc::Unary(
      edge_, context, "IntakeService.ReviewIntake",
      [=, this](const rpc::CallInfo& call) -> absl::Status {
        ASSIGN_OR_RETURN(const Target target, IntakeTarget(call, request->name(), "name"));
        ASSIGN_OR_RETURN(const sql::RequestKey key, rpc::KeyOf(call, *request));
        const auto encode = [&](const domain::Intake& intake, const std::vector<domain::Finding>&) {
          pb::ReviewIntakeResponse made;
          WriteIntake(target.organization(), intake, made.mutable_intake());
          return made.SerializeAsString();
        };
        return rpc::Answer(
            use_cases_.review_intake.Run(target.caller, key, target.client, target.id, encode),
            response);
      });
}

grpc::ServerUnaryReactor* ScreeningServiceImpl::GetClearance(grpc::CallbackServerContext* context,
                                                             const pb::GetClearanceRequest* request,
                                                             pb::GetClearanceResponse* response) {
  return rpc::Unary(
      edge_, context, "ScreeningService.GetClearance",
      [=, this](const rpc::CallInfo& call) -> absl::Status {
        ASSIGN_OR_RETURN(const Target target, ClientTarget(call, request->client(), "client"));
        ASSIGN_OR_RETURN(const domain::Modality modality,
                         ReadModality(request->modality(), "modality"));
        std::optional<absl::Time> at;
        if (request->has_at_time()) {
          ASSIGN_OR_RETURN(at, rpc::ReadTime(&request->at_time(), "at_time"));
        }
        ASSIGN_OR_RETURN(const std::vector<domain::Finding> findings,
                         use_cases_.get_clearance.Run(target.caller, target.client, modality, at));
        WriteClearance(findings, use_cases_.content.rules.version, response->mutable_clearance());
        return absl::OkStatus();
      });
}

grpc::ServerUnaryReactor* ScreeningServiceImpl::AttachPhysicianClearance(
    grpc::CallbackServerContext* context, const pb::AttachPhysicianClearanceRequest* request,
    pb::AttachPhysicianClearanceResponse* response) {
  return rpc::Unary(
      edge_, context, "ScreeningService.AttachPhysicianClearance",
      [=, this](const rpc::CallInfo& call) -> absl::Status {
        ASSIGN_OR_RETURN(const Target target, ClientTarget(call, request->client(), "client"));
        ASSIGN_OR_RETURN(const sql::RequestKey key, rpc::KeyOf(call, *request));
        ASSIGN_OR_RETURN(const domain::PhysicianClearance document,
                         ReadDocument(request->physician_clearance()));
        const auto encode = [&](const domain::PhysicianClearance& attached) {
          pb::AttachPhysicianClearanceResponse made;
          WriteDocument(target.organization(), target.client, attached,
                        made.mutable_physician_clearance());
          return made.SerializeAsString();
        };
        return rpc::Answer(
            use_cases_.attach_clearance.Run(target.caller, key, target.client, document, encode),
            response);
      });
}

}  // namespace stillpoint::client_record::edge

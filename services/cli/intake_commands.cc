// intake questionnaire, submit; clearance show, attach.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "services/cli/commands.h"
#include "services/cli/files.h"
#include "services/cli/output.h"
#include "stillpoint/client_record/v1/intake_service.grpc.pb.h"
#include "stillpoint/client_record/v1/screening_service.grpc.pb.h"

namespace stillpoint::cli {
namespace {

namespace pb = ::stillpoint::client_record::v1;

std::string Describe(const pb::Clearance& clearance) {
  std::string text = absl::StrCat(
      WithoutPrefix(pb::Clearance::Decision_Name(clearance.decision()), "DECISION_"), "\n");
  for (const pb::Finding& finding : clearance.findings()) {
    absl::StrAppend(&text, "  ", finding.rule(), " v", finding.rule_version(), "  ",
                    WithoutPrefix(pb::Finding::Tier_Name(finding.tier()), "TIER_"),
                    finding.blocking() ? "  blocks: " : "  ", finding.practitioner_text(), "\n");
    if (finding.blocking() && !finding.needed_document().empty()) {
      absl::StrAppend(&text, "    needed: ", finding.needed_document(), "\n");
    }
  }
  return text;
}

absl::Status Questionnaire(Session& session) {
  RETURN_IF_ERROR(session.Open());
  auto stub = pb::IntakeService::NewStub(session.client_record().channel());
  pb::GetQuestionnaireResponse response;
  RETURN_IF_ERROR(session.Call(session.client_record(), pb::GetQuestionnaireRequest(), &response,
                               [&](auto* context, auto& req, auto* resp) {
                                 return stub->GetQuestionnaire(context, req, resp);
                               }));
  if (session.settings().json) {
    std::fputs(ToJson(response).c_str(), stdout);
    return absl::OkStatus();
  }
  Table table({"QUESTION", "KIND", "SCREENING", "TEXT"});
  for (const pb::Question& question : response.questionnaire().questions()) {
    table.Add({question.id(), WithoutPrefix(pb::Question::Kind_Name(question.kind()), "KIND_"),
               question.screening() ? "yes" : "", question.text()});
  }
  std::fputs(table.Text().c_str(), stdout);
  return absl::OkStatus();
}

absl::Status Submit(Session& session, const std::string& client, const std::string& path) {
  RETURN_IF_ERROR(session.Open());
  ASSIGN_OR_RETURN(nlohmann::json file, ReadJsonFile("file", path));
  if (!file.is_object()) return InvalidField("file", absl::StrCat(path, " holds no JSON object"));
  // The file is an Intake, plus what was agreed to in the form.
  const nlohmann::json consents = file.value("consents", nlohmann::json::array());
  file.erase("consents");
  pb::SubmitIntakeRequest request;
  RETURN_IF_ERROR(
      FromJson("file", nlohmann::json{{"intake", file}, {"consents", consents}}.dump(), &request));
  ASSIGN_OR_RETURN(*request.mutable_client(), session.Name("clients", client));
  request.set_request_id(session.NextRequestId());
  auto stub = pb::IntakeService::NewStub(session.client_record().channel());
  pb::SubmitIntakeResponse response;
  RETURN_IF_ERROR(session.Call(session.client_record(), request, &response,
                               [&](auto* context, auto& req, auto* resp) {
                                 return stub->SubmitIntake(context, req, resp);
                               }));
  std::fputs(
      session.settings().json ? ToJson(response).c_str() : Describe(response.clearance()).c_str(),
      stdout);
  return absl::OkStatus();
}

absl::Status ShowClearance(Session& session, const std::string& client, const std::string& modality,
                           const std::string& at) {
  RETURN_IF_ERROR(session.Open());
  pb::GetClearanceRequest request;
  ASSIGN_OR_RETURN(*request.mutable_client(), session.Name("clients", client));
  type::v1::Modality parsed;
  if (!type::v1::Modality_Parse(absl::StrCat("MODALITY_", absl::AsciiStrToUpper(modality)),
                                &parsed)) {
    return InvalidField("--modality",
                        "craniosacral, sacral, swedish, deep_tissue, combined, consultation or "
                        "infant_craniosacral");
  }
  request.set_modality(parsed);
  if (!at.empty()) {
    ASSIGN_OR_RETURN(const absl::Time time, ReadInstant("--at", at, absl::UTCTimeZone()));
    *request.mutable_at_time() = rpc::ToProto(time);
  }
  auto stub = pb::ScreeningService::NewStub(session.client_record().channel());
  pb::GetClearanceResponse response;
  RETURN_IF_ERROR(session.Call(session.client_record(), request, &response,
                               [&](auto* context, auto& req, auto* resp) {
                                 return stub->GetClearance(context, req, resp);
                               }));
  std::fputs(
      session.settings().json ? ToJson(response).c_str() : Describe(response.clearance()).c_str(),
      stdout);
  return absl::OkStatus();
}

struct AttachWords {
  std::string client, rule, issuer, document_date, scope, expires;
};

absl::Status Attach(Session& session, const AttachWords& words) {
  RETURN_IF_ERROR(session.Open());
  pb::AttachPhysicianClearanceRequest request;
  ASSIGN_OR_RETURN(*request.mutable_client(), session.Name("clients", words.client));
  pb::PhysicianClearance& document = *request.mutable_physician_clearance();
  document.set_rule(words.rule);
  document.set_issuer(words.issuer);
  document.set_document_date(words.document_date);
  document.set_scope(words.scope);
  ASSIGN_OR_RETURN(const absl::Time expires,
                   ReadInstant("--expires", words.expires, absl::UTCTimeZone()));
  *document.mutable_expire_time() = rpc::ToProto(expires);
  request.set_request_id(session.NextRequestId());
  auto stub = pb::ScreeningService::NewStub(session.client_record().channel());
  pb::AttachPhysicianClearanceResponse response;
  RETURN_IF_ERROR(session.Call(session.client_record(), request, &response,
                               [&](auto* context, auto& req, auto* resp) {
                                 return stub->AttachPhysicianClearance(context, req, resp);
                               }));
  std::fputs(
      session.settings().json
          ? ToJson(response).c_str()
          : absl::StrCat("attached for rule ", words.rule, " until ", words.expires, "\n").c_str(),
      stdout);
  return absl::OkStatus();
}

void AddClearance(CLI::App& app, Session& session) {
  CLI::App* clearance = app.add_subcommand("clearance", "May this client be treated: show, attach");
  clearance->require_subcommand(1);
  auto words = std::make_shared<AttachWords>();
  auto modality = std::make_shared<std::string>("craniosacral");
  auto at = std::make_shared<std::string>();
  CLI::App* show = clearance->add_subcommand("show", "What the screening rules find");
  show->add_option("client", words->client, "Client's id")->required();
  show->add_option("--modality", *modality, "craniosacral, swedish, ...")->capture_default_str();
  show->add_option("--at", *at, "When the session is, UTC; default: now");
  show->callback([=, &session] {
    session.action = [=, &session] {
      return ShowClearance(session, words->client, *modality, *at);
    };
  });
  CLI::App* attach = clearance->add_subcommand("attach", "Attach a physician's document");
  attach->add_option("client", words->client, "Client's id")->required();
  attach->add_option("--rule", words->rule, "The rule it answers")->required();
  attach->add_option("--issuer", words->issuer, "Who wrote it")->required();
  attach->add_option("--document-date", words->document_date, "YYYY-MM-DD")->required();
  attach->add_option("--scope", words->scope, "What it allows")->required();
  attach->add_option("--expires", words->expires, "When it covers nothing any more")->required();
  attach->callback(
      [=, &session] { session.action = [=, &session] { return Attach(session, *words); }; });
}

}  // namespace

void AddIntakeCommands(CLI::App& app, Session& session) {
  CLI::App* intake = app.add_subcommand("intake", "Health history: questionnaire, submit");
  intake->require_subcommand(1);
  intake->add_subcommand("questionnaire", "Show the questions")->callback([&session] {
    session.action = [&session] { return Questionnaire(session); };
  });
  auto client = std::make_shared<std::string>();
  auto path = std::make_shared<std::string>();
  CLI::App* submit = intake->add_subcommand("submit", "Submit a client's answers");
  submit->add_option("client", *client, "Client's id")->required();
  submit->add_option("file", *path, "JSON: questionnaire_version, answers, consents")->required();
  submit->callback([=, &session] {
    session.action = [=, &session] { return Submit(session, *client, *path); };
  });
  AddClearance(app, session);
}

}  // namespace stillpoint::cli

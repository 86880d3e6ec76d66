// client add, find, show, consent.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "services/cli/commands.h"
#include "services/cli/output.h"
#include "stillpoint/client_record/v1/client_service.grpc.pb.h"
#include "stillpoint/client_record/v1/consent_service.grpc.pb.h"

namespace stillpoint::cli {
namespace {

namespace pb = ::stillpoint::client_record::v1;

std::string Describe(const pb::Client& client) {
  std::string text = absl::StrCat(ShortId(client.name()), "  ", client.given_name(), " ",
                                  client.family_name(), ", born ", client.birth_date(), "\n  ",
                                  client.phone(), "  ", client.email(), "\n");
  for (const pb::Consent& consent : client.consents()) {
    absl::StrAppend(
        &text, "  consent ",
        absl::AsciiStrToLower(WithoutPrefix(pb::Consent::Kind_Name(consent.kind()), "KIND_")), ": ",
        consent.granted() ? "granted" : "not granted", "\n");
  }
  return text;
}

absl::Status Add(Session& session, const pb::CreateClientRequest& words) {
  RETURN_IF_ERROR(session.Open());
  pb::CreateClientRequest request = words;
  ASSIGN_OR_RETURN(*request.mutable_parent(), session.Parent());
  request.set_request_id(session.NextRequestId());
  auto stub = pb::ClientService::NewStub(session.client_record().channel());
  pb::CreateClientResponse response;
  RETURN_IF_ERROR(session.Call(session.client_record(), request, &response,
                               [&](auto* context, auto& req, auto* resp) {
                                 return stub->CreateClient(context, req, resp);
                               }));
  std::fputs(
      session.settings().json ? ToJson(response).c_str() : Describe(response.client()).c_str(),
      stdout);
  return absl::OkStatus();
}

absl::Status Find(Session& session, const pb::FindClientsRequest& words) {
  RETURN_IF_ERROR(session.Open());
  pb::FindClientsRequest request = words;
  ASSIGN_OR_RETURN(*request.mutable_parent(), session.Parent());
  auto stub = pb::ClientService::NewStub(session.client_record().channel());
  pb::FindClientsResponse response;
  RETURN_IF_ERROR(session.Call(
      session.client_record(), request, &response,
      [&](auto* context, auto& req, auto* resp) { return stub->FindClients(context, req, resp); }));
  if (session.settings().json) {
    std::fputs(ToJson(response).c_str(), stdout);
    return absl::OkStatus();
  }
  Table table({"CLIENT", "NAME", "BORN", "PHONE", "EMAIL"});
  for (const pb::Client& client : response.clients()) {
    table.Add({ShortId(client.name()), absl::StrCat(client.given_name(), " ", client.family_name()),
               client.birth_date(), client.phone(), client.email()});
  }
  std::fputs(table.Text().c_str(), stdout);
  return absl::OkStatus();
}

absl::Status Show(Session& session, const std::string& id) {
  RETURN_IF_ERROR(session.Open());
  pb::GetClientRequest request;
  ASSIGN_OR_RETURN(*request.mutable_name(), session.Name("clients", id));
  auto stub = pb::ClientService::NewStub(session.client_record().channel());
  pb::GetClientResponse response;
  RETURN_IF_ERROR(session.Call(
      session.client_record(), request, &response,
      [&](auto* context, auto& req, auto* resp) { return stub->GetClient(context, req, resp); }));
  std::fputs(
      session.settings().json ? ToJson(response).c_str() : Describe(response.client()).c_str(),
      stdout);
  return absl::OkStatus();
}

absl::Status SetConsent(Session& session, const std::string& id, const std::string& kind,
                        const std::string& granted) {
  RETURN_IF_ERROR(session.Open());
  pb::SetConsentRequest request;
  ASSIGN_OR_RETURN(*request.mutable_client(), session.Name("clients", id));
  pb::Consent::Kind parsed;
  if (!pb::Consent::Kind_Parse(absl::StrCat("KIND_", absl::AsciiStrToUpper(kind)), &parsed)) {
    return InvalidField("--kind", "treatment, data, sms, email or sharing");
  }
  request.mutable_consent()->set_kind(parsed);
  request.mutable_consent()->set_granted(granted == "yes");
  request.mutable_consent()->set_source(pb::Consent::SOURCE_IN_PERSON);
  request.set_request_id(session.NextRequestId());
  auto stub = pb::ConsentService::NewStub(session.client_record().channel());
  pb::SetConsentResponse response;
  RETURN_IF_ERROR(session.Call(
      session.client_record(), request, &response,
      [&](auto* context, auto& req, auto* resp) { return stub->SetConsent(context, req, resp); }));
  std::fputs(
      session.settings().json
          ? ToJson(response).c_str()
          : absl::StrCat("consent ", kind, ": ", granted == "yes" ? "granted" : "not granted", "\n")
                .c_str(),
      stdout);
  return absl::OkStatus();
}

void AddAdd(CLI::App& client, Session& session) {
  struct Words {
    std::string id, given, family, birth_date, phone, email, region, language = "en", zone;
  };
  auto words = std::make_shared<Words>();
  CLI::App* add = client.add_subcommand("add", "Add a client");
  add->add_option("--id", words->id, "Id; default: a random one");
  add->add_option("--given", words->given, "Given name")->required();
  add->add_option("--family", words->family, "Family name")->required();
  add->add_option("--birth-date", words->birth_date, "YYYY-MM-DD")->required();
  add->add_option("--phone", words->phone, "With + and country code, or national with --region");
  add->add_option("--email", words->email, "Email address");
  add->add_option("--region", words->region, "Country, two letters: CA, US, ...");
  add->add_option("--language", words->language, "BCP 47")->capture_default_str();
  add->add_option("--zone", words->zone, "Where the client lives: America/Edmonton");
  add->callback([&session, words] {
    session.action = [&session, words] {
      pb::CreateClientRequest request;
      request.set_client_id(words->id);
      request.mutable_client()->set_given_name(words->given);
      request.mutable_client()->set_family_name(words->family);
      request.mutable_client()->set_birth_date(words->birth_date);
      request.mutable_client()->set_phone(words->phone);
      request.mutable_client()->set_email(words->email);
      request.mutable_client()->set_region_code(words->region);
      request.mutable_client()->set_language(words->language);
      request.mutable_client()->set_zone(words->zone);
      return Add(session, request);
    };
  });
}

void AddFind(CLI::App& client, Session& session) {
  struct Words {
    std::string phone, region, email, given, family, birth_date;
  };
  auto words = std::make_shared<Words>();
  CLI::App* find =
      client.add_subcommand("find", "Find clients by phone, email, or name and birth date");
  find->add_option("--phone", words->phone, "Phone number");
  find->add_option("--region", words->region, "Country of a national number");
  find->add_option("--email", words->email, "Email address");
  find->add_option("--given", words->given, "Given name; with --family and --birth-date");
  find->add_option("--family", words->family, "Family name");
  find->add_option("--birth-date", words->birth_date, "YYYY-MM-DD");
  find->callback([&session, words] {
    session.action = [&session, words] {
      pb::FindClientsRequest request;
      request.set_phone(words->phone);
      request.set_region_code(words->region);
      request.set_email(words->email);
      request.set_given_name(words->given);
      request.set_family_name(words->family);
      request.set_birth_date(words->birth_date);
      return Find(session, request);
    };
  });
}

}  // namespace

void AddClientCommands(CLI::App& app, Session& session) {
  CLI::App* client = app.add_subcommand("client", "Clients: add, find, show, consent");
  client->require_subcommand(1);
  AddAdd(*client, session);
  AddFind(*client, session);
  auto id = std::make_shared<std::string>();
  CLI::App* show = client->add_subcommand("show", "Show a client");
  show->add_option("client", *id, "Client's id")->required();
  show->callback(
      [&session, id] { session.action = [&session, id] { return Show(session, *id); }; });
  auto kind = std::make_shared<std::string>();
  auto granted = std::make_shared<std::string>();
  CLI::App* consent =
      client->add_subcommand("consent", "Record a consent, or that it is withdrawn");
  consent->add_option("client", *id, "Client's id")->required();
  consent->add_option("--kind", *kind, "treatment, data, sms, email, sharing")->required();
  consent->add_option("--granted", *granted, "yes or no")
      ->required()
      ->check(CLI::IsMember({"yes", "no"}));
  consent->callback([&session, id, kind, granted] {
    session.action = [=, &session] { return SetConsent(session, *id, *kind, *granted); };
  });
}

}  // namespace stillpoint::cli

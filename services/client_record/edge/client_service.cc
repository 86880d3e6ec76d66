#include "services/client_record/edge/client_service.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/base/ids.h"
#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "common/rpc/request_key.h"
#include "services/client_record/domain/normalize.h"
#include "services/client_record/edge/convert.h"
#include "services/client_record/edge/target.h"

namespace stillpoint::client_record::edge {
namespace {

constexpr int kClientsMax = 200;  // Per page; each costs an audit entry.

// Only what looks like a name reaches the loader: it would also open paths, and keeps every name it
// was ever asked for.
bool IsZoneName(const std::string& zone) {
  constexpr size_t kNameCharsMax = 64;
  return zone.size() <= kNameCharsMax && absl::ascii_isupper(static_cast<unsigned char>(zone[0])) &&
         !absl::StartsWith(zone, "Fixed/") && std::all_of(zone.begin(), zone.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                  absl::StrContains("/_+-", absl::string_view(&c, 1));
         });
}

absl::Status CheckZone(const std::string& zone) {
  absl::TimeZone loaded;
  if (zone.empty() || (IsZoneName(zone) && absl::LoadTimeZone(zone, &loaded))) {
    return absl::OkStatus();
  }
  return InvalidField("client.zone", "is not an IANA zone");
}

// Copies the field of that path. False: no such path.
bool CopyField(const std::string& path, const domain::Person& from, domain::Person& to) {
  static constexpr std::pair<absl::string_view, std::string domain::Person::*> kTexts[] = {
      {"given_name", &domain::Person::given_name}, {"family_name", &domain::Person::family_name},
      {"birth_date", &domain::Person::birth_date}, {"phone", &domain::Person::phone},
      {"email", &domain::Person::email},           {"region_code", &domain::Person::region_code},
      {"language", &domain::Person::language},     {"zone", &domain::Person::zone}};
  for (const auto& [name, member] : kTexts) {
    if (path != name) continue;
    to.*member = from.*member;
    return true;
  }
  if (path == "guardian") {
    to.guardian = from.guardian;
    return true;
  }
  if (path == "emergency_contact") {
    to.emergency_contact = from.emergency_contact;
    return true;
  }
  return false;
}

struct Search {
  ports::Lookup lookup = ports::Lookup::kPhone;
  std::string value;
};

absl::StatusOr<Search> ReadSearch(const pb::FindClientsRequest& request) {
  const bool by_name = !request.given_name().empty() || !request.family_name().empty();
  if (int{!request.phone().empty()} + int{!request.email().empty()} + int{by_name} != 1) {
    return InvalidField("phone", "give exactly one of phone, email, and name with birth_date");
  }
  if (!request.phone().empty()) {
    const std::string& region = request.region_code();
    const auto phone =
        domain::NormalisePhone(request.phone(), region.empty() ? domain::kDefaultRegion : region);
    if (!phone.has_value()) return InvalidField("phone", "is not a telephone number");
    return Search{ports::Lookup::kPhone, *phone};
  }
  if (!request.email().empty()) {
    const auto email = domain::NormaliseEmail(request.email());
    if (!email.has_value()) return InvalidField("email", "is not an email address");
    return Search{ports::Lookup::kEmail, *email};
  }
  if (request.birth_date().empty()) return InvalidField("birth_date", "is required with a name");
  return Search{ports::Lookup::kNameAndBirthDate,
                ports::NameKey(request.given_name(), request.family_name(), request.birth_date())};
}

}  // namespace

grpc::ServerUnaryReactor* ClientServiceImpl::CreateClient(grpc::CallbackServerContext* context,
                                                          const pb::CreateClientRequest* request,
                                                          pb::CreateClientResponse* response) {
  return rpc::Unary(
      edge_, context, "ClientService.CreateClient",
      [=, this](const rpc::CallInfo& call) -> absl::Status {
        ASSIGN_OR_RETURN(const Target target,
                         OrganizationTarget(call, request->parent(), "parent"));
        ASSIGN_OR_RETURN(const sql::RequestKey key, rpc::KeyOf(call, *request));
        if (!request->client_id().empty() && !IsValidId(request->client_id())) {
          return InvalidField("client_id", "is not 1-63 characters of [a-z0-9-]");
        }
        RETURN_IF_ERROR(CheckZone(request->client().zone()));
        domain::Client draft;
        draft.id = request->client_id();
        draft.person = ReadPerson(request->client());
        RETURN_IF_ERROR(CheckConsentCount(request->client().consents_size(), "client.consents"));
        for (const pb::Consent& from : request->client().consents()) {
          ASSIGN_OR_RETURN(const domain::Consent consent, ReadConsent(from, "client.consents"));
          draft.consents.push_back(consent);
        }
        return rpc::Answer(use_cases_.create_client.Run(target.caller, key, draft,
                                                        [&](const domain::Client& client) {
                                                          pb::CreateClientResponse made;
                                                          WriteClient(target.organization(), client,
                                                                      made.mutable_client());
                                                          return made.SerializeAsString();
                                                        }),
                           response);
      });
}

grpc::ServerUnaryReactor* ClientServiceImpl::GetClient(grpc::CallbackServerContext* context,
                                                       const pb::GetClientRequest* request,
                                                       pb::GetClientResponse* response) {
  return rpc::Unary(edge_, context, "ClientService.GetClient",
                    [=, this](const rpc::CallInfo& call) -> absl::Status {
                      ASSIGN_OR_RETURN(const Target target,
                                       ClientTarget(call, request->name(), "name"));
                      ASSIGN_OR_RETURN(const domain::Client client,
                                       use_cases_.get_client.Run(target.caller, target.client));
                      WriteClient(target.organization(), client, response->mutable_client());
                      return absl::OkStatus();
                    });
}

grpc::ServerUnaryReactor* ClientServiceImpl::UpdateClient(grpc::CallbackServerContext* context,
                                                          const pb::UpdateClientRequest* request,
                                                          pb::UpdateClientResponse* response) {
  return rpc::Unary(
      edge_, context, "ClientService.UpdateClient",
      [=, this](const rpc::CallInfo& call) -> absl::Status {
        ASSIGN_OR_RETURN(const Target target,
                         ClientTarget(call, request->client().name(), "client.name"));
        ASSIGN_OR_RETURN(const sql::RequestKey key, rpc::KeyOf(call, *request));
        if (request->client().etag().empty()) return InvalidField("client.etag", "is required");
        if (request->update_mask().paths().empty())
          return InvalidField("update_mask", "is required");
        const domain::Person wanted = ReadPerson(request->client());
        for (const std::string& path : request->update_mask().paths()) {
          domain::Person probe;
          if (!CopyField(path, wanted, probe)) {
            return InvalidField("update_mask", "names a field that cannot be changed");
          }
          if (path == "zone") RETURN_IF_ERROR(CheckZone(wanted.zone));
        }
        const auto apply = [&](domain::Person& person) {
          for (const std::string& path : request->update_mask().paths())
            CopyField(path, wanted, person);
        };
        return rpc::Answer(use_cases_.update_client.Run(
                               target.caller, key, target.client, request->client().etag(), apply,
                               [&](const domain::Client& client) {
                                 pb::UpdateClientResponse made;
                                 WriteClient(target.organization(), client, made.mutable_client());
                                 return made.SerializeAsString();
                               }),
                           response);
      });
}

grpc::ServerUnaryReactor* ClientServiceImpl::ListClients(grpc::CallbackServerContext* context,
                                                         const pb::ListClientsRequest* request,
                                                         pb::ListClientsResponse* response) {
  return rpc::Unary(
      edge_, context, "ClientService.ListClients",
      [=, this](const rpc::CallInfo& call) -> absl::Status {
        ASSIGN_OR_RETURN(const Target target,
                         OrganizationTarget(call, request->parent(), "parent"));
        ASSIGN_OR_RETURN(const Page page,
                         ReadPage(tokens_, call, request->parent(), request->page_size(),
                                  kClientsMax, request->page_token()));
        ASSIGN_OR_RETURN(const std::vector<domain::Client> clients,
                         use_cases_.list_clients.Run(target.caller, page.cursor, page.limit));
        for (const domain::Client& client : clients) {
          WriteClient(target.organization(), client, response->add_clients());
        }
        // A full page may be the last; then the next one is empty. One more row would be audited
        // unseen.
        if (static_cast<int>(clients.size()) == page.limit) {
          response->set_next_page_token(tokens_.Make(clients.back().id, page.binding));
        }
        return absl::OkStatus();
      });
}

grpc::ServerUnaryReactor* ClientServiceImpl::FindClients(grpc::CallbackServerContext* context,
                                                         const pb::FindClientsRequest* request,
                                                         pb::FindClientsResponse* response) {
  return rpc::Unary(edge_, context, "ClientService.FindClients",
                    [=, this](const rpc::CallInfo& call) -> absl::Status {
                      ASSIGN_OR_RETURN(const Target target,
                                       OrganizationTarget(call, request->parent(), "parent"));
                      ASSIGN_OR_RETURN(const Search search, ReadSearch(*request));
                      ASSIGN_OR_RETURN(
                          const std::vector<domain::Client> clients,
                          use_cases_.find_clients.Run(target.caller, search.lookup, search.value));
                      for (const domain::Client& client : clients) {
                        WriteClient(target.organization(), client, response->add_clients());
                      }
                      return absl::OkStatus();
                    });
}

grpc::ServerUnaryReactor* ClientServiceImpl::GetContact(grpc::CallbackServerContext* context,
                                                        const pb::GetContactRequest* request,
                                                        pb::GetContactResponse* response) {
  return rpc::Unary(
      edge_, context, "ClientService.GetContact",
      [=, this](const rpc::CallInfo& call) -> absl::Status {
        ASSIGN_OR_RETURN(const Target target, ClientTarget(call, request->client(), "client"));
        ASSIGN_OR_RETURN(const domain::Client client,
                         use_cases_.get_client.Run(target.caller, target.client));
        response->set_given_name(client.person.given_name);
        response->set_email(client.person.email);
        response->set_phone(client.person.phone);
        response->set_language(client.person.language);
        response->set_zone(client.person.zone);
        response->set_email_allowed(domain::Allows(client.consents, domain::ConsentKind::kEmail));
        response->set_sms_allowed(domain::Allows(client.consents, domain::ConsentKind::kSms));
        return absl::OkStatus();
      });
}

grpc::ServerUnaryReactor* ConsentServiceImpl::SetConsent(grpc::CallbackServerContext* context,
                                                         const pb::SetConsentRequest* request,
                                                         pb::SetConsentResponse* response) {
  return rpc::Unary(
      edge_, context, "ConsentService.SetConsent",
      [=, this](const rpc::CallInfo& call) -> absl::Status {
        ASSIGN_OR_RETURN(const Target target, ClientTarget(call, request->client(), "client"));
        ASSIGN_OR_RETURN(const sql::RequestKey key, rpc::KeyOf(call, *request));
        ASSIGN_OR_RETURN(const domain::Consent consent, ReadConsent(request->consent(), "consent"));
        return rpc::Answer(use_cases_.set_consent.Run(target.caller, key, target.client, consent,
                                                      [](const domain::Consent& recorded) {
                                                        pb::SetConsentResponse made;
                                                        WriteConsent(recorded,
                                                                     made.mutable_consent());
                                                        return made.SerializeAsString();
                                                      }),
                           response);
      });
}

grpc::ServerUnaryReactor* ConsentServiceImpl::ListConsents(grpc::CallbackServerContext* context,
                                                           const pb::ListConsentsRequest* request,
                                                           pb::ListConsentsResponse* response) {
  return rpc::Unary(edge_, context, "ConsentService.ListConsents",
                    [=, this](const rpc::CallInfo& call) -> absl::Status {
                      ASSIGN_OR_RETURN(const Target target,
                                       ClientTarget(call, request->client(), "client"));
                      ASSIGN_OR_RETURN(const std::vector<domain::Consent> consents,
                                       use_cases_.list_consents.Run(target.caller, target.client));
                      for (const domain::Consent& consent : consents)
                        WriteConsent(consent, response->add_consents());
                      return absl::OkStatus();
                    });
}

}  // namespace stillpoint::client_record::edge

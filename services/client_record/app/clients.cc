#include "services/client_record/app/clients.h"

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "services/client_record/domain/errors.h"

namespace stillpoint::client_record::app {
namespace {

constexpr int kFoundMax = 50;       // A search that finds more is no search; every hit is audited.
constexpr int kConsentsMax = 1000;  // Twenty years of weekly changes of mind.

absl::StatusOr<std::vector<domain::Client>> LoadAll(const ports::Scope& scope,
                                                    const std::vector<std::string>& ids) {
  std::vector<domain::Client> clients;
  for (const std::string& id : ids) {
    ASSIGN_OR_RETURN(domain::Client client, ports::LoadClient(scope, id));
    clients.push_back(std::move(client));
  }
  return clients;
}

// An organization whose first record is still to come has no keys: empty, not an error.
absl::Status EmptyIfNone(const absl::Status& status) {
  return status.code() == absl::StatusCode::kNotFound ? absl::OkStatus() : status;
}

}  // namespace

std::string EtagOf(int64_t version) { return absl::StrCat("v", version); }

absl::StatusOr<std::string> CreateClient::Run(const Caller& caller, const sql::RequestKey& key,
                                              const domain::Client& draft,
                                              EncodeClient encode) const {
  const std::string id = draft.id.empty() ? ids_.Next() : draft.id;
  return records_.Write(caller, key, [&](const ports::Scope& scope) -> absl::StatusOr<Written> {
    RETURN_IF_ERROR(ports::LockClient(scope, id));
    ASSIGN_OR_RETURN(const absl::Time now, scope.tx.Now());
    domain::Client client = draft;
    client.id = id;
    client.version = 1;
    client.created = client.updated = now;
    RETURN_IF_ERROR(domain::NormaliseAndCheck(client.person, now));
    if (absl::Status taken = ports::InsertClient(scope, client).status(); !taken.ok()) {
      // CLIENT_EXISTS: the caller has learnt that this client is one of ours.
      if (absl::IsAlreadyExists(taken)) return Refuse(id, std::move(taken));
      return taken;
    }
    for (domain::Consent& consent : client.consents) {
      consent.recorded = now;
      consent.recorder = caller.subject;
      RETURN_IF_ERROR(ports::AppendConsent(scope, id, consent));
    }
    return Written{id, encode(client), absl::OkStatus()};
  });
}

absl::StatusOr<std::string> UpdateClient::Run(const Caller& caller, const sql::RequestKey& key,
                                              const std::string& id, const std::string& etag,
                                              absl::FunctionRef<void(domain::Person&)> apply,
                                              EncodeClient encode) const {
  return records_.Write(caller, key, [&](const ports::Scope& scope) -> absl::StatusOr<Written> {
    RETURN_IF_ERROR(ports::LockClient(scope, id));
    ASSIGN_OR_RETURN(domain::Client client, ports::LoadClient(scope, id));
    if (etag != EtagOf(client.version)) {
      return Refuse(id, error::EtagMismatch(EtagOf(client.version)));
    }
    ASSIGN_OR_RETURN(client.updated, scope.tx.Now());
    apply(client.person);
    // What is wrong may come of what is stored, such as a number that the new region cannot read.
    if (absl::Status wrong = domain::NormaliseAndCheck(client.person, client.updated);
        !wrong.ok()) {
      return Refuse(id, std::move(wrong));
    }
    ++client.version;
    RETURN_IF_ERROR(ports::ReplaceClient(scope, client));
    return Written{id, encode(client), absl::OkStatus()};
  });
}

absl::StatusOr<domain::Client> GetClient::Run(const Caller& caller, const std::string& id) const {
  domain::Client client;
  RETURN_IF_ERROR(records_.Read(
      caller, [&](const ports::Scope& scope) -> absl::StatusOr<std::vector<std::string>> {
        ASSIGN_OR_RETURN(client, ports::LoadClient(scope, id));
        return std::vector<std::string>{id};
      }));
  return client;
}

absl::StatusOr<std::vector<domain::Client>> ListClients::Run(const Caller& caller,
                                                             const std::string& after,
                                                             int limit) const {
  std::vector<domain::Client> clients;
  RETURN_IF_ERROR(EmptyIfNone(records_.Read(
      caller, [&](const ports::Scope& scope) -> absl::StatusOr<std::vector<std::string>> {
        ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                         ports::ListClientIds(scope, after, limit));
        ASSIGN_OR_RETURN(clients, LoadAll(scope, ids));
        return ids;
      })));
  return clients;
}

absl::StatusOr<std::vector<domain::Client>> FindClients::Run(const Caller& caller,
                                                             ports::Lookup lookup,
                                                             const std::string& value) const {
  std::vector<domain::Client> clients;
  RETURN_IF_ERROR(records_.Search(
      caller, [&](const ports::Scope& scope) -> absl::StatusOr<std::vector<std::string>> {
        ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                         ports::FindClientIds(scope, lookup, value, kFoundMax));
        ASSIGN_OR_RETURN(clients, LoadAll(scope, ids));
        return ids;
      }));
  return clients;
}

absl::StatusOr<std::string> SetConsent::Run(
    const Caller& caller, const sql::RequestKey& key, const std::string& client,
    domain::Consent consent, absl::FunctionRef<std::string(const domain::Consent&)> encode) const {
  return records_.Write(caller, key, [&](const ports::Scope& scope) -> absl::StatusOr<Written> {
    RETURN_IF_ERROR(ports::LockClient(scope, client));
    RETURN_IF_ERROR(ports::FindSealer(scope, client).status());
    ASSIGN_OR_RETURN(consent.recorded, scope.tx.Now());
    consent.recorder = caller.subject;
    RETURN_IF_ERROR(ports::AppendConsent(scope, client, consent));
    return Written{client, encode(consent), absl::OkStatus()};
  });
}

absl::StatusOr<std::vector<domain::Consent>> ListConsents::Run(const Caller& caller,
                                                               const std::string& client) const {
  std::vector<domain::Consent> consents;
  RETURN_IF_ERROR(records_.Read(
      caller, [&](const ports::Scope& scope) -> absl::StatusOr<std::vector<std::string>> {
        RETURN_IF_ERROR(ports::FindSealer(scope, client).status());
        ASSIGN_OR_RETURN(consents, ports::ListConsents(scope, client, kConsentsMax));
        return std::vector<std::string>{client};
      }));
  return consents;
}

}  // namespace stillpoint::client_record::app

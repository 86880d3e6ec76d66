#include "services/client_record/ports/client_store.h"

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "services/client_record/adapters/codec.h"
#include "services/client_record/domain/errors.h"
#include "services/client_record/domain/normalize.h"

namespace stillpoint::client_record::ports {
namespace {

std::string KeyPlace(const Scope& scope, const std::string& client) {
  return crypto::Frame({scope.organization(), client, "clients", "wrapped_key"});
}

sql::Blob Digest(const Scope& scope, Lookup lookup, const std::string& value) {
  const std::string kind = absl::StrCat(static_cast<int>(lookup));
  return sql::Blob{crypto::Mac(scope.keys.index, crypto::Frame({kind, value}))};
}

absl::Status WriteIndex(const Scope& scope, const domain::Client& client) {
  const domain::Person& person = client.person;
  std::vector<sql::Blob> digests;
  if (!person.phone.empty()) digests.push_back(Digest(scope, Lookup::kPhone, person.phone));
  if (!person.email.empty()) digests.push_back(Digest(scope, Lookup::kEmail, person.email));
  if (!person.birth_date.empty()) {
    digests.push_back(Digest(scope, Lookup::kNameAndBirthDate,
                             NameKey(person.given_name, person.family_name, person.birth_date)));
  }
  for (sql::Blob& digest : digests) {
    RETURN_IF_ERROR(
        scope.tx
            .Execute("INSERT INTO client_index (organization, digest, client) VALUES ($1, $2, $3)",
                     {scope.organization(), std::move(digest), client.id})
            .status());
  }
  return absl::OkStatus();
}

absl::StatusOr<ClientSealer> SealerFrom(const Scope& scope, const std::string& client,
                                        const sql::Value& wrapped) {
  ASSIGN_OR_RETURN(const std::string bytes,
                   crypto::Open(scope.keys.clients, wrapped.Bytes(), KeyPlace(scope, client)));
  ASSIGN_OR_RETURN(const crypto::Key key, crypto::Key::FromBytes(bytes));
  return ClientSealer(scope.organization(), client, key);
}

domain::Consent ConsentFrom(const sql::Row& row) {
  domain::Consent consent;
  consent.kind = static_cast<domain::ConsentKind>(row[0].Int());
  consent.granted = row[1].Bool();
  consent.source = static_cast<domain::ConsentSource>(row[2].Int());
  consent.recorded = row[3].Time();
  consent.recorder = row[4].Text();
  return consent;
}

}  // namespace

std::string NameKey(const std::string& given_name, const std::string& family_name,
                    const std::string& birth_date) {
  // Framed apart, so that `Ann Amaria` and `Anna Maria` differ.
  return crypto::Frame({domain::FoldName(given_name), domain::FoldName(family_name), birth_date});
}

absl::Status LockClient(const Scope& scope, const std::string& client) {
  return scope.tx.Lock({absl::StrCat("client/", scope.organization(), "/", client)});
}

absl::StatusOr<ClientSealer> FindSealer(const Scope& scope, const std::string& client) {
  ASSIGN_OR_RETURN(
      const sql::Rows rows,
      scope.tx.Query("SELECT wrapped_key FROM clients WHERE organization = $1 AND client = $2",
                     {scope.organization(), client}));
  if (rows.empty()) return error::NotFound();
  return SealerFrom(scope, client, rows[0][0]);
}

absl::StatusOr<ClientSealer> InsertClient(const Scope& scope, const domain::Client& client) {
  ASSIGN_OR_RETURN(const sql::Rows known,
                   scope.tx.Query("SELECT 1 FROM clients WHERE organization = $1 AND client = $2",
                                  {scope.organization(), client.id}));
  if (!known.empty()) return error::ClientExists();
  const crypto::Key key = crypto::Key::Random();
  const ClientSealer sealer(scope.organization(), client.id, key);
  const sql::Blob wrapped{
      crypto::Seal(scope.keys.clients, key.bytes(), KeyPlace(scope, client.id))};
  RETURN_IF_ERROR(
      scope.tx
          .Execute(
              "INSERT INTO clients (organization, client, wrapped_key, sealed, version, created_us,"
              " updated_us) VALUES ($1, $2, $3, $4, $5, $6, $7)",
              {scope.organization(), client.id, wrapped,
               sealer.Seal("clients", client.id, client.version, adapters::Encode(client.person)),
               client.version, client.created, client.updated})
          .status());
  RETURN_IF_ERROR(WriteIndex(scope, client));
  return sealer;
}

absl::StatusOr<domain::Client> LoadClient(const Scope& scope, const std::string& id) {
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   scope.tx.Query("SELECT wrapped_key, sealed, version, created_us, updated_us"
                                  " FROM clients WHERE organization = $1 AND client = $2",
                                  {scope.organization(), id}));
  if (rows.empty()) return error::NotFound();
  const sql::Row& row = rows[0];
  ASSIGN_OR_RETURN(const ClientSealer sealer, SealerFrom(scope, id, row[0]));
  domain::Client client;
  client.id = id;
  client.version = row[2].Int();
  client.created = row[3].Time();
  client.updated = row[4].Time();
  ASSIGN_OR_RETURN(const std::string person, sealer.Open("clients", id, client.version, row[1]));
  RETURN_IF_ERROR(adapters::Decode(person, client.person));
  ASSIGN_OR_RETURN(
      const sql::Rows consents,
      scope.tx.Query("SELECT kind, granted, source, recorded_us, recorder FROM consents c"
                     " WHERE organization = $1 AND client = $2 AND sequence ="
                     " (SELECT max(sequence) FROM consents d WHERE d.organization = c.organization"
                     " AND d.client = c.client AND d.kind = c.kind) ORDER BY kind",
                     {scope.organization(), id}));
  for (const sql::Row& consent : consents) client.consents.push_back(ConsentFrom(consent));
  return client;
}

absl::Status ReplaceClient(const Scope& scope, const domain::Client& client) {
  ASSIGN_OR_RETURN(const ClientSealer sealer, FindSealer(scope, client.id));
  RETURN_IF_ERROR(scope.tx
                      .Execute("UPDATE clients SET sealed = $3, version = $4, updated_us = $5"
                               " WHERE organization = $1 AND client = $2",
                               {scope.organization(), client.id,
                                sealer.Seal("clients", client.id, client.version,
                                            adapters::Encode(client.person)),
                                client.version, client.updated})
                      .status());
  RETURN_IF_ERROR(scope.tx
                      .Execute("DELETE FROM client_index WHERE organization = $1 AND client = $2",
                               {scope.organization(), client.id})
                      .status());
  return WriteIndex(scope, client);
}

absl::StatusOr<std::vector<std::string>> ListClientIds(const Scope& scope, const std::string& after,
                                                       int limit) {
  ASSIGN_OR_RETURN(
      const sql::Rows rows,
      scope.tx.Query("SELECT client FROM clients WHERE organization = $1 AND client > $2"
                     " ORDER BY client LIMIT $3",
                     {scope.organization(), after, limit}));
  std::vector<std::string> ids;
  for (const sql::Row& row : rows) ids.push_back(row[0].Text());
  return ids;
}

absl::StatusOr<std::vector<std::string>> FindClientIds(const Scope& scope, Lookup lookup,
                                                       const std::string& value, int limit) {
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   scope.tx.Query("SELECT client FROM client_index WHERE organization = $1"
                                  " AND digest = $2 ORDER BY client LIMIT $3",
                                  {scope.organization(), Digest(scope, lookup, value), limit}));
  std::vector<std::string> ids;
  for (const sql::Row& row : rows) ids.push_back(row[0].Text());
  return ids;
}

absl::Status AppendConsent(const Scope& scope, const std::string& client,
                           const domain::Consent& consent) {
  return scope.tx
      .Execute(
          "INSERT INTO consents (organization, client, sequence, kind, granted, source, "
          "recorded_us,"
          " recorder) VALUES ($1, $2, (SELECT coalesce(max(sequence), 0) + 1 FROM consents"
          " WHERE organization = $1 AND client = $2), $3, $4, $5, $6, $7)",
          {scope.organization(), client, static_cast<int>(consent.kind), consent.granted,
           static_cast<int>(consent.source), consent.recorded, consent.recorder})
      .status();
}

absl::StatusOr<std::vector<domain::Consent>> ListConsents(const Scope& scope,
                                                          const std::string& client, int limit) {
  ASSIGN_OR_RETURN(
      const sql::Rows rows,
      scope.tx.Query("SELECT kind, granted, source, recorded_us, recorder FROM consents"
                     " WHERE organization = $1 AND client = $2 ORDER BY sequence DESC LIMIT $3",
                     {scope.organization(), client, limit}));
  std::vector<domain::Consent> consents;
  for (const sql::Row& row : rows) consents.push_back(ConsentFrom(row));
  return consents;
}

}  // namespace stillpoint::client_record::ports

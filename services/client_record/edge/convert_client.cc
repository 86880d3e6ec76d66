#include "absl/strings/str_cat.h"
#include "common/error/error.h"
#include "common/rpc/status.h"
#include "services/client_record/app/clients.h"
#include "services/client_record/edge/convert.h"

namespace stillpoint::client_record::edge {
namespace {

domain::ContactPerson ReadContact(const pb::ContactPerson& from) {
  return {from.display_name(), from.phone(), from.relation()};
}

void WriteContact(const domain::ContactPerson& contact, pb::ContactPerson* to) {
  to->set_display_name(contact.display_name);
  to->set_phone(contact.phone);
  to->set_relation(contact.relation);
}

bool IsEmpty(const domain::ContactPerson& contact) {
  return contact.display_name.empty() && contact.phone.empty() && contact.relation.empty();
}

}  // namespace

domain::Person ReadPerson(const pb::Client& from) {
  domain::Person person;
  person.given_name = from.given_name();
  person.family_name = from.family_name();
  person.birth_date = from.birth_date();
  person.phone = from.phone();
  person.email = from.email();
  person.region_code = from.region_code();
  person.language = from.language();
  person.zone = from.zone();
  person.guardian = ReadContact(from.guardian());
  person.emergency_contact = ReadContact(from.emergency_contact());
  return person;
}

void WriteClient(const std::string& organization, const domain::Client& client, pb::Client* to) {
  const domain::Person& person = client.person;
  to->set_name(absl::StrCat("organizations/", organization, "/clients/", client.id));
  to->set_given_name(person.given_name);
  to->set_family_name(person.family_name);
  to->set_birth_date(person.birth_date);
  to->set_phone(person.phone);
  to->set_email(person.email);
  to->set_region_code(person.region_code);
  to->set_language(person.language);
  to->set_zone(person.zone);
  if (!IsEmpty(person.guardian)) WriteContact(person.guardian, to->mutable_guardian());
  if (!IsEmpty(person.emergency_contact)) {
    WriteContact(person.emergency_contact, to->mutable_emergency_contact());
  }
  for (const domain::Consent& consent : client.consents) WriteConsent(consent, to->add_consents());
  *to->mutable_create_time() = rpc::ToProto(client.created);
  *to->mutable_update_time() = rpc::ToProto(client.updated);
  to->set_etag(app::EtagOf(client.version));
}

absl::Status CheckConsentCount(int count, absl::string_view field) {
  constexpr int kConsentsMax = 50;  // Ten for each kind.
  if (count <= kConsentsMax) return absl::OkStatus();
  return InvalidField(field, "has more than 50 entries");
}

absl::StatusOr<domain::Consent> ReadConsent(const pb::Consent& from, absl::string_view field) {
  const int kind = from.kind();
  const int source = from.source();
  if (kind < pb::Consent::KIND_TREATMENT || kind > pb::Consent::KIND_SHARING) {
    return InvalidField(absl::StrCat(field, ".kind"), "is required");
  }
  if (source < pb::Consent::SOURCE_INTAKE || source > pb::Consent::SOURCE_IMPORT) {
    return InvalidField(absl::StrCat(field, ".source"), "is required");
  }
  domain::Consent consent;
  consent.kind = static_cast<domain::ConsentKind>(kind);
  consent.granted = from.granted();
  consent.source = static_cast<domain::ConsentSource>(source);
  return consent;
}

void WriteConsent(const domain::Consent& consent, pb::Consent* to) {
  to->set_kind(static_cast<pb::Consent::Kind>(consent.kind));
  to->set_granted(consent.granted);
  to->set_source(static_cast<pb::Consent::Source>(consent.source));
  *to->mutable_record_time() = rpc::ToProto(consent.recorded);
  to->set_recorder(consent.recorder);
}

}  // namespace stillpoint::client_record::edge

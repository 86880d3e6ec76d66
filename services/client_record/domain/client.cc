#include "services/client_record/domain/client.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "services/client_record/domain/dates.h"
#include "services/client_record/domain/normalize.h"

namespace stillpoint::client_record::domain {
namespace {

constexpr size_t kNameBytesMax = 400;      // 100 characters of up to four bytes.
constexpr size_t kFullNameBytesMax = 800;  // 200 characters.
constexpr size_t kEmailBytesMax = 254;     // RFC 5321's path, without its brackets.
constexpr size_t kTagBytesMax =
    35;  // The longest registered BCP 47 tag; zones are shorter than 64.
constexpr size_t kZoneBytesMax = 64;

absl::Status NormalisePhoneField(std::string& phone, const std::string& region,
                                 absl::string_view path) {
  if (absl::StripAsciiWhitespace(phone).empty()) {
    phone.clear();
    return absl::OkStatus();
  }
  const auto normal = NormalisePhone(phone, region);
  if (!normal.has_value()) return InvalidField(path, "is not a telephone number");
  phone = *normal;
  return absl::OkStatus();
}

absl::Status CheckContact(ContactPerson& contact, const std::string& region,
                          const std::string& path) {
  if (contact.display_name.size() > kFullNameBytesMax) {
    return InvalidField(path + ".display_name", "is longer than 200 characters");
  }
  if (contact.relation.size() > kNameBytesMax) {
    return InvalidField(path + ".relation", "is longer than 100 characters");
  }
  return NormalisePhoneField(contact.phone, region, path + ".phone");
}

absl::Status CheckName(std::string& name, absl::string_view path) {
  name = std::string(absl::StripAsciiWhitespace(name));
  if (name.empty()) return InvalidField(path, "is required");
  if (name.size() > kNameBytesMax) return InvalidField(path, "is longer than 100 characters");
  return absl::OkStatus();
}

}  // namespace

absl::Status NormaliseAndCheck(Person& person, absl::Time now) {
  RETURN_IF_ERROR(CheckName(person.given_name, "client.given_name"));
  RETURN_IF_ERROR(CheckName(person.family_name, "client.family_name"));
  if (person.region_code.empty()) person.region_code = kDefaultRegion;
  if (!IsKnownRegion(person.region_code)) {
    return InvalidField("client.region_code", "is not a country whose numbers we can read");
  }
  if (!person.birth_date.empty()) {
    const auto day = ParseDay(person.birth_date);
    if (!day.has_value()) return InvalidField("client.birth_date", "is not a date like 1984-02-29");
    if (IsFuture(*day, now)) return InvalidField("client.birth_date", "is in the future");
  }
  RETURN_IF_ERROR(NormalisePhoneField(person.phone, person.region_code, "client.phone"));
  if (!absl::StripAsciiWhitespace(person.email).empty()) {
    const auto normal = NormaliseEmail(person.email);
    if (!normal.has_value() || normal->size() > kEmailBytesMax) {
      return InvalidField("client.email", "is not an email address");
    }
    person.email = *normal;
  } else {
    person.email.clear();
  }
  if (person.language.size() > kTagBytesMax)
    return InvalidField("client.language", "is not a BCP 47 tag");
  // Loading a zone reads files, so whether it exists is checked at the edge.
  if (person.zone.size() > kZoneBytesMax) return InvalidField("client.zone", "is not an IANA zone");
  RETURN_IF_ERROR(CheckContact(person.guardian, person.region_code, "client.guardian"));
  return CheckContact(person.emergency_contact, person.region_code, "client.emergency_contact");
}

bool Allows(const std::vector<Consent>& newest_of_each_kind, ConsentKind kind) {
  for (const Consent& consent : newest_of_each_kind) {
    if (consent.kind == kind) return consent.granted;
  }
  return false;
}

}  // namespace stillpoint::client_record::domain

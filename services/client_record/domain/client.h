// The person treated, and what they agreed to.
#ifndef STILLPOINT_SERVICES_CLIENT_RECORD_DOMAIN_CLIENT_H_
#define STILLPOINT_SERVICES_CLIENT_RECORD_DOMAIN_CLIENT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/client_record/domain/modality.h"

namespace stillpoint::client_record::domain {

// Numbered as in the proto; stored, so numbers never change.
enum class ConsentKind { kTreatment = 1, kData = 2, kSms = 3, kEmail = 4, kSharing = 5 };
enum class ConsentSource { kIntake = 1, kInPerson = 2, kPhone = 3, kMessage = 4, kImport = 5 };

struct Consent {
  ConsentKind kind = ConsentKind::kTreatment;
  bool granted = false;
  ConsentSource source = ConsentSource::kInPerson;
  absl::Time recorded;
  std::string recorder;
};

struct ContactPerson {
  std::string display_name;
  std::string phone;  // Normalised.
  std::string relation;
};

// What is sealed. All of it personal.
struct Person {
  std::string given_name;
  std::string family_name;
  std::string birth_date;  // ISO 8601 or empty.
  std::string phone;       // E.164 or empty.
  std::string email;       // Lower case or empty.
  std::string region_code;
  std::string language;
  std::string zone;
  ContactPerson guardian;
  ContactPerson emergency_contact;
};

struct Client {
  std::string id;
  Person person;
  std::vector<Consent> consents;  // The newest of each kind.
  int64_t version = 1;            // Of `person`.
  absl::Time created;
  absl::Time updated;
};

// A physician's document. All but id and times is sealed: the rule tells the illness.
struct PhysicianClearance {
  std::string id;
  std::string rule;
  int rule_version = 0;
  std::string issuer;
  std::string document_date;  // ISO 8601.
  std::string scope;
  std::vector<Modality> modalities;  // Empty: all.
  absl::Time expires;
  absl::Time attached;
  std::string attacher;
};

// Normalises phone numbers and email in place, then checks everything. InvalidArgument
// INVALID_FIELD, path under `client.`: what is wrong, without the value.
absl::Status NormaliseAndCheck(Person& person, absl::Time now);

// True if the newest decision of that kind is consent.
bool Allows(const std::vector<Consent>& newest_of_each_kind, ConsentKind kind);

}  // namespace stillpoint::client_record::domain

#endif  // STILLPOINT_SERVICES_CLIENT_RECORD_DOMAIN_CLIENT_H_

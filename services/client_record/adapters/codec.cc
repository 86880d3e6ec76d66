#include "services/client_record/adapters/codec.h"

#include <nlohmann/json.hpp>

#include "absl/functional/function_ref.h"
#include "absl/strings/escaping.h"
#include "common/error/error.h"

namespace stillpoint::client_record::adapters {
namespace {

using nlohmann::json;

std::string Text(const json& document) {
  return document.dump(-1, ' ', false, json::error_handler_t::replace);
}

// The library reports a wrong type only by exception; it ends here.
absl::Status Parse(absl::string_view text, absl::FunctionRef<void(const json&)> read) {
  const json document = json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  if (document.is_object()) {
    try {
      read(document);
      return absl::OkStatus();
    } catch (const json::exception&) {
    }
  }
  return Error(absl::StatusCode::kDataLoss, "RECORD_BROKEN", "a stored record cannot be read");
}

json ContactJson(const domain::ContactPerson& contact) {
  return {{"display_name", contact.display_name},
          {"phone", contact.phone},
          {"relation", contact.relation}};
}

domain::ContactPerson ContactFrom(const json& from, const char* key) {
  if (!from.contains(key)) return {};
  const json& contact = from[key];
  return {contact.value("display_name", ""), contact.value("phone", ""),
          contact.value("relation", "")};
}

json ProofJson(const domain::Signed& proof) {
  return {{"bytes", proof.bytes},
          {"signature", absl::BytesToHexString(proof.signature)},
          {"public_key", absl::BytesToHexString(proof.public_key)}};
}

domain::Signed ProofFrom(const json& from) {
  return {from.value("bytes", ""), absl::HexStringToBytes(from.value("signature", "")),
          absl::HexStringToBytes(from.value("public_key", ""))};
}

}  // namespace

std::string Encode(const domain::Person& person) {
  return Text({{"given_name", person.given_name},
               {"family_name", person.family_name},
               {"birth_date", person.birth_date},
               {"phone", person.phone},
               {"email", person.email},
               {"region_code", person.region_code},
               {"language", person.language},
               {"zone", person.zone},
               {"guardian", ContactJson(person.guardian)},
               {"emergency_contact", ContactJson(person.emergency_contact)}});
}

absl::Status Decode(absl::string_view text, domain::Person& person) {
  return Parse(text, [&](const json& from) {
    person.given_name = from.value("given_name", "");
    person.family_name = from.value("family_name", "");
    person.birth_date = from.value("birth_date", "");
    person.phone = from.value("phone", "");
    person.email = from.value("email", "");
    person.region_code = from.value("region_code", "");
    person.language = from.value("language", "");
    person.zone = from.value("zone", "");
    person.guardian = ContactFrom(from, "guardian");
    person.emergency_contact = ContactFrom(from, "emergency_contact");
  });
}

std::string Encode(const domain::Answers& answers) { return Text({{"answers", json(answers)}}); }

absl::Status Decode(absl::string_view text, domain::Answers& answers) {
  return Parse(text,
               [&](const json& from) { answers = from.at("answers").get<domain::Answers>(); });
}

std::string Encode(const domain::PhysicianClearance& document) {
  json modalities = json::array();
  for (const domain::Modality modality : document.modalities) {
    modalities.push_back(std::string(domain::ModalityName(modality)));
  }
  return Text({{"rule", document.rule},
               {"rule_version", document.rule_version},
               {"issuer", document.issuer},
               {"document_date", document.document_date},
               {"scope", document.scope},
               {"modalities", modalities},
               {"expires_us", absl::ToUnixMicros(document.expires)}});
}

absl::Status Decode(absl::string_view text, domain::PhysicianClearance& document) {
  return Parse(text, [&](const json& from) {
    document.rule = from.value("rule", "");
    document.rule_version = from.value("rule_version", 0);
    document.issuer = from.value("issuer", "");
    document.document_date = from.value("document_date", "");
    document.scope = from.value("scope", "");
    for (const json& name : from.at("modalities")) {
      const auto modality = domain::ModalityFromName(name.get<std::string>());
      if (modality.has_value()) document.modalities.push_back(*modality);
    }
    document.expires = absl::FromUnixMicros(from.at("expires_us").get<int64_t>());
  });
}

std::string Encode(const domain::SessionNote& note) {
  json document = {{"booking", note.booking},
                   {"modality", std::string(domain::ModalityName(note.modality))},
                   {"end_us", absl::ToUnixMicros(note.end)},
                   {"content_json", note.content_json},
                   {"late_entry", note.late_entry},
                   {"proof", ProofJson(note.proof)},
                   {"acknowledgements", json::array()}};
  for (const domain::Acknowledgement& one : note.acknowledgements) {
    document["acknowledgements"].push_back(
        {{"rule", one.rule}, {"rule_version", one.rule_version}});
  }
  return Text(document);
}

absl::Status Decode(absl::string_view text, domain::SessionNote& note) {
  return Parse(text, [&](const json& from) {
    note.booking = from.value("booking", "");
    note.modality = domain::ModalityFromName(from.at("modality").get<std::string>())
                        .value_or(domain::Modality::kConsultation);
    note.end = absl::FromUnixMicros(from.at("end_us").get<int64_t>());
    note.content_json = from.value("content_json", "{}");
    note.late_entry = from.value("late_entry", false);
    note.proof = ProofFrom(from.at("proof"));
    for (const json& one : from.at("acknowledgements")) {
      note.acknowledgements.push_back({one.value("rule", ""), one.value("rule_version", 0)});
    }
  });
}

std::string Encode(const domain::Addendum& addendum) {
  return Text(
      {{"reason", addendum.reason}, {"text", addendum.text}, {"proof", ProofJson(addendum.proof)}});
}

absl::Status Decode(absl::string_view text, domain::Addendum& addendum) {
  return Parse(text, [&](const json& from) {
    addendum.reason = from.value("reason", "");
    addendum.text = from.value("text", "");
    addendum.proof = ProofFrom(from.at("proof"));
  });
}

}  // namespace stillpoint::client_record::adapters

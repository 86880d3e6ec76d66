#include "services/client_record/domain/note.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/error/error.h"

namespace stillpoint::client_record::domain {
namespace {

using nlohmann::json;  // Objects are std::map: keys come out sorted.

// A practitioner may start the note just before the hands leave the table.
constexpr absl::Duration kEndAheadMax = absl::Hours(1);

std::string Utc(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ", time, absl::UTCTimeZone());
}

std::string NoteName(absl::string_view organization, const SessionNote& note) {
  return absl::StrCat("organizations/", organization, "/clients/", note.client, "/sessionNotes/",
                      note.id);
}

std::string Bytes(const json& document) {
  // `replace`: input is UTF-8 already (protobuf refuses anything else), so nothing is lost.
  return document.dump(-1, ' ', false, json::error_handler_t::replace);
}

absl::string_view TierName(Tier tier) {
  static constexpr absl::string_view kNames[] = {"ABSOLUTE", "CLEARANCE", "DEFER", "MODIFY"};
  return kNames[static_cast<int>(tier) - 1];
}

}  // namespace

absl::Status CheckSession(const SessionNote& note, absl::Time now) {
  if (note.end <= note.start) return InvalidField("note.end_time", "is not after note.start_time");
  if (note.end - note.start > kSessionMax) {
    return InvalidField("note.end_time", "is more than 12 hours after note.start_time");
  }
  if (note.end > now + kEndAheadMax) return InvalidField("note.end_time", "is in the future");
  return absl::OkStatus();
}

const Finding* FirstObstacle(const std::vector<Finding>& findings,
                             const std::vector<Acknowledgement>& acknowledged) {
  for (const Finding& finding : findings) {
    if (finding.blocking) return &finding;
    if (finding.tier != Tier::kModify) continue;
    const Acknowledgement wanted{finding.rule, finding.rule_version};
    if (std::find(acknowledged.begin(), acknowledged.end(), wanted) == acknowledged.end())
      return &finding;
  }
  return nullptr;
}

std::string CanonicalNote(absl::string_view organization, const SessionNote& note,
                          const std::vector<Finding>& findings) {
  json document;
  document["format"] = "stillpoint.session_note.v1";
  document["name"] = NoteName(organization, note);
  document["author"] = note.author;
  document["booking"] = note.booking;
  document["modality"] = std::string(ModalityName(note.modality));
  document["start_time"] = Utc(note.start);
  document["end_time"] = Utc(note.end);
  document["sign_time"] = Utc(note.signed_at);
  document["late_entry"] = note.late_entry;
  document["content"] = json::parse(note.content_json, nullptr, /*allow_exceptions=*/false);
  document["acknowledgements"] = json::array();
  for (const Acknowledgement& one : note.acknowledgements) {
    document["acknowledgements"].push_back(
        {{"rule", one.rule}, {"rule_version", one.rule_version}});
  }
  document["findings"] = json::array();
  for (const Finding& finding : findings) {
    document["findings"].push_back({{"rule", finding.rule},
                                    {"rule_version", finding.rule_version},
                                    {"tier", std::string(TierName(finding.tier))}});
  }
  return Bytes(document);
}

std::string CanonicalAddendum(absl::string_view organization, const SessionNote& note,
                              const Addendum& addendum, absl::string_view previous_hash) {
  json document;
  document["format"] = "stillpoint.note_addendum.v1";
  document["note"] = NoteName(organization, note);
  document["sequence"] = addendum.sequence;
  document["author"] = addendum.author;
  document["reason"] = addendum.reason;
  document["text"] = addendum.text;
  document["create_time"] = Utc(addendum.created);
  document["previous_hash"] = absl::BytesToHexString(previous_hash);
  return Bytes(document);
}

}  // namespace stillpoint::client_record::domain

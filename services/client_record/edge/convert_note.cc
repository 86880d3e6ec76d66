#include <google/protobuf/message.h>
#include <google/protobuf/util/json_util.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/resource_name.h"
#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "common/rpc/status.h"
#include "services/client_record/app/clients.h"
#include "services/client_record/edge/convert.h"

namespace stillpoint::client_record::edge {
namespace {

namespace json = ::google::protobuf::util;

constexpr size_t kTextBytesMax = 16000;     // 4000 characters of up to four bytes.
constexpr size_t kItemTextBytesMax = 2000;  // 500 characters, within a rating, site, technique, ...
constexpr size_t kContentBytesMax = 100'000;  // Any session fits; a page of notes stays readable.
constexpr int kItemsMax = 100;  // Of ratings, sites and techniques: more than any session has.
constexpr int kPainMax = 10;    // Numeric pain rating scale.
constexpr int kScaleMax = 4;    // Of a rating.
constexpr int kMinutesMax = 240;
constexpr double kRateMax = 30;  // Cycles per minute; described rates are 4-14.

absl::Status CheckRange(double value, double max, absl::string_view field) {
  if (!(value >= 0 && value <= max)) {
    return InvalidField(absl::StrCat("note.content.", field),
                        absl::StrCat("is not within 0-", max));
  }
  return absl::OkStatus();
}

// Every text of `message`, and of the items in it, is at most so long; `path` is where it stands.
// Found by reflection, so that a field that is added to the proto is bounded from its first day.
absl::Status CheckTexts(const google::protobuf::Message& message, size_t bytes_max,
                        const std::string& path) {
  using google::protobuf::FieldDescriptor;
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const std::string name = absl::StrCat(path, ".", std::string(field->name()));
    if (field->type() == FieldDescriptor::TYPE_STRING && !field->is_repeated()) {
      if (reflection.GetString(message, field).size() > bytes_max) {
        return InvalidField(name, absl::StrCat("is longer than ", bytes_max / 4, " characters"));
      }
    } else if (field->type() == FieldDescriptor::TYPE_MESSAGE && field->is_repeated()) {
      for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
        RETURN_IF_ERROR(CheckTexts(reflection.GetRepeatedMessage(message, field, i),
                                   kItemTextBytesMax, absl::StrCat(name, "[", i, "]")));
      }
    } else if (field->type() == FieldDescriptor::TYPE_MESSAGE) {
      RETURN_IF_ERROR(CheckTexts(reflection.GetMessage(message, field), kItemTextBytesMax, name));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckContent(const pb::NoteContent& content) {
  RETURN_IF_ERROR(CheckRange(content.pain_now(), kPainMax, "pain_now"));
  RETURN_IF_ERROR(CheckRange(content.pain_average(), kPainMax, "pain_average"));
  RETURN_IF_ERROR(CheckRange(content.pain_worst(), kPainMax, "pain_worst"));
  if (content.ByteSizeLong() > kContentBytesMax) {
    return InvalidField("note.content", "is longer than 100 KB in all");
  }
  const std::pair<const char*, int> lists[] = {{"ratings", content.ratings_size()},
                                               {"restrictions", content.restrictions_size()},
                                               {"techniques", content.techniques_size()}};
  for (const auto& [name, size] : lists) {
    if (size > kItemsMax) {
      return InvalidField(absl::StrCat("note.content.", name), "has more than 100 items");
    }
  }
  RETURN_IF_ERROR(CheckTexts(content, kTextBytesMax, "note.content"));
  for (const pb::RhythmRating& rating : content.ratings()) {
    if (rating.station().empty())
      return InvalidField("note.content.ratings", "station is required");
    RETURN_IF_ERROR(CheckRange(rating.symmetry(), kScaleMax, "ratings.symmetry"));
    RETURN_IF_ERROR(CheckRange(rating.quality(), kScaleMax, "ratings.quality"));
    RETURN_IF_ERROR(CheckRange(rating.amplitude(), kScaleMax, "ratings.amplitude"));
    RETURN_IF_ERROR(CheckRange(rating.rate_per_minute(), kRateMax, "ratings.rate_per_minute"));
  }
  for (const pb::Technique& technique : content.techniques()) {
    if (technique.code().empty())
      return InvalidField("note.content.techniques", "code is required");
    RETURN_IF_ERROR(CheckRange(technique.minutes(), kMinutesMax, "techniques.minutes"));
  }
  return absl::OkStatus();
}

void WriteProof(const domain::Addendum& addendum, pb::Addendum* to) {
  to->set_signed_bytes(addendum.proof.bytes);
  to->set_signature(addendum.proof.signature);
  to->set_public_key(addendum.proof.public_key);
}

}  // namespace

absl::StatusOr<domain::SessionNote> ReadNote(const pb::SessionNote& from) {
  domain::SessionNote note;
  std::string organization, booking;
  if (!from.booking().empty() &&
      !MatchName(from.booking(), "organizations/{}/bookings/{}", {&organization, &booking})) {
    return InvalidField("note.booking", "is not a name like organizations/{}/bookings/{}");
  }
  note.booking = from.booking();
  ASSIGN_OR_RETURN(note.modality, ReadModality(from.modality(), "note.modality"));
  ASSIGN_OR_RETURN(note.start, rpc::ReadTime(from.has_start_time() ? &from.start_time() : nullptr,
                                             "note.start_time"));
  ASSIGN_OR_RETURN(
      note.end, rpc::ReadTime(from.has_end_time() ? &from.end_time() : nullptr, "note.end_time"));
  RETURN_IF_ERROR(CheckContent(from.content()));
  // Field names as in the proto and no blanks, so that what gets signed is short and stable.
  json::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  if (!json::MessageToJsonString(from.content(), &note.content_json, options).ok()) {
    return InvalidField("note.content", "cannot be written down");
  }
  return note;
}

void WriteNote(const std::string& organization, const domain::SessionNote& note,
               pb::SessionNote* to) {
  to->set_name(absl::StrCat("organizations/", organization, "/clients/", note.client,
                            "/sessionNotes/", note.id));
  to->set_booking(note.booking);
  to->set_modality(WriteModality(note.modality));
  *to->mutable_start_time() = rpc::ToProto(note.start);
  *to->mutable_end_time() = rpc::ToProto(note.end);
  json::JsonParseOptions options;
  options.ignore_unknown_fields = true;  // A newer version may have written more.
  // It was written by ReadNote, so it can be read; a field that cannot is left out.
  (void)json::JsonStringToMessage(note.content_json, to->mutable_content(), options);
  to->set_author(note.author);
  to->set_state(note.is_signed ? pb::SessionNote::STATE_SIGNED : pb::SessionNote::STATE_DRAFT);
  to->set_etag(app::EtagOf(note.version));
  *to->mutable_create_time() = rpc::ToProto(note.created);
  if (!note.is_signed) return;
  *to->mutable_sign_time() = rpc::ToProto(note.signed_at);
  to->set_late_entry(note.late_entry);
  for (const domain::Acknowledgement& one : note.acknowledgements) {
    pb::Acknowledgement* acknowledgement = to->add_acknowledgements();
    acknowledgement->set_rule(one.rule);
    acknowledgement->set_rule_version(one.rule_version);
  }
  to->set_signed_bytes(note.proof.bytes);
  to->set_signature(note.proof.signature);
  to->set_public_key(note.proof.public_key);
  for (const domain::Addendum& one : note.addenda) {
    pb::Addendum* addendum = to->add_addenda();
    addendum->set_sequence(one.sequence);
    addendum->set_author(one.author);
    addendum->set_reason(one.reason);
    addendum->set_text(one.text);
    *addendum->mutable_create_time() = rpc::ToProto(one.created);
    WriteProof(one, addendum);
  }
}

}  // namespace stillpoint::client_record::edge

#include "services/cli/output.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/error/error.h"

namespace stillpoint::cli {
namespace {

// What a person can do about it. Reasons without a row speak for themselves.
struct Hint {
  absl::string_view reason;
  absl::string_view text;
};
constexpr Hint kHints[] = {
    {"SLOT_TAKEN", "take one of the alternatives, or search again: stillpoint next"},
    {"HOLD_EXPIRED", "hold the time again: stillpoint hold"},
    {"OUTSIDE_HOURS", "see what is free: stillpoint search"},
    {"CONTRAINDICATION_ABSOLUTE", "this client must not be treated; release the hold"},
    {"CLEARANCE_REQUIRED", "attach a physician's clearance: stillpoint clearance attach"},
    {"CONTRAINDICATION_DEFERRED", "wait until it is resolved, then ask for a new intake"},
    {"INTAKE_REQUIRED", "the client fills in the intake first: stillpoint intake submit"},
    {"CLEARANCE_UNAVAILABLE", "the client record does not answer; try again in a moment"},
    {"ETAG_MISMATCH", "someone else changed it; read it again: stillpoint show"},
    {"REFERENCE_UNKNOWN", "list what there is: stillpoint clinics, practitioners, offerings"},
    {"START_IN_PAST", "see what is free: stillpoint search"},
    {"BEYOND_HORIZON", "the offering is not booked that far ahead: stillpoint offerings"},
    {"NOTICE_TOO_SHORT", "see what is free: stillpoint search"},
    {"NOT_FOUND", "check the name and --organization"},
    {"CALLER_UNKNOWN", "check --key-file: the service does not know this key"},
    {"ROLE_NOT_ALLOWED", "this key may not do that; use the key of another role"},
    {"SERVER_BUSY", "try again in a moment"},
    {"UNAVAILABLE", "is the service running? deploy/local/run starts everything"},
};

size_t Width(absl::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;  // Not a UTF-8 continuation byte.
  }));
}

std::string HintFor(absl::string_view reason) {
  for (const Hint& hint : kHints) {
    if (hint.reason == reason) return std::string(hint.text);
  }
  return "";
}

std::string CodeName(absl::StatusCode code) { return absl::StatusCodeToString(code); }

std::string JsonError(const absl::Status& status) {
  const nlohmann::json error = {{"error",
                                 {{"code", CodeName(status.code())},
                                  {"reason", ReasonOf(status)},
                                  {"message", std::string(status.message())},
                                  {"metadata", MetadataOf(status)},
                                  {"fields", FieldsOf(status)}}}};
  return error.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string Table::Text() const {
  if (rows_.empty()) return "none\n";
  std::vector<size_t> widths;
  for (const std::string& cell : head_) widths.push_back(Width(cell));
  for (const auto& row : rows_) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], Width(row[i]));
  }
  std::string text;
  const auto append = [&](const std::vector<std::string>& row) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      absl::StrAppend(&line, row[i], std::string(widths[i] + 2 - Width(row[i]), ' '));
    }
    absl::StripTrailingAsciiWhitespace(&line);
    absl::StrAppend(&text, line, "\n");
  };
  append(head_);
  for (const auto& row : rows_) append(row);
  return text;
}

std::string ToJson(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  options.preserve_proto_field_names = true;
  std::string json;
  if (!google::protobuf::util::MessageToJsonString(message, &json, options).ok()) json = "{}\n";
  return json;
}

absl::Status FromJson(absl::string_view what, const std::string& json,
                      google::protobuf::Message* message) {
  const auto status = google::protobuf::util::JsonStringToMessage(json, message);
  if (status.ok()) return absl::OkStatus();
  return InvalidField(what, absl::StrCat("not a ", message->GetDescriptor()->name(), ": ",
                                         std::string(status.message())));
}

std::string LocalTime(const google::protobuf::Timestamp& time, const std::string& zone) {
  absl::TimeZone loaded = absl::UTCTimeZone();
  if (!zone.empty()) absl::LoadTimeZone(zone, &loaded);
  const absl::Time instant =
      absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
  return absl::FormatTime("%a %Y-%m-%d %H:%M %Z", instant, loaded);
}

std::string ShortId(absl::string_view name) {
  const size_t slash = name.rfind('/');
  return std::string(slash == absl::string_view::npos ? name : name.substr(slash + 1));
}

std::string WithoutPrefix(absl::string_view enum_name, absl::string_view prefix) {
  return std::string(absl::StripPrefix(enum_name, prefix));
}

std::string ErrorText(const absl::Status& status, bool json) {
  if (json) return JsonError(status);
  const std::string reason = ReasonOf(status);
  std::string text = absl::StrCat("stillpoint: ", std::string(status.message()), "\n");
  if (!reason.empty()) absl::StrAppend(&text, "  reason: ", reason, "\n");
  for (const auto& [key, value] : MetadataOf(status)) {
    absl::StrAppend(&text, "  ", key, ": ", value, "\n");
  }
  for (const auto& [path, what] : FieldsOf(status)) {
    absl::StrAppend(&text, "  field ", path, ": ", what, "\n");
  }
  if (const std::string hint = HintFor(reason); !hint.empty()) {
    absl::StrAppend(&text, "  next: ", hint, "\n");
  }
  return text;
}

}  // namespace stillpoint::cli

// The only unit that sees the Mustache library: its header is large and throws on its own terms.
#include <kainjow/mustache.hpp>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "services/notification/domain/template.h"

namespace stillpoint::notification::domain {
namespace {

namespace km = kainjow::mustache;

absl::Status Failed(absl::string_view problem) {
  return Error(absl::StatusCode::kFailedPrecondition, "TEMPLATE_FAILED",
               "the template cannot be rendered")
      .With("problem", problem);
}

// A name with a line break in it must not become a header of its own.
std::string Plain(absl::string_view value) {
  std::string out(value);
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return out;
}

// Notes unknown names, which the library would silently render as nothing.
class StrictContext final : public km::context<std::string> {
 public:
  explicit StrictContext(const km::data* data) : km::context<std::string>(data) {}
  const km::data* get(const std::string& name) const override {
    const km::data* found = km::context<std::string>::get(name);
    if (found == nullptr) unknown_ = true;
    return found;
  }
  // A partial has no place in a message of one file.
  const km::data* get_partial(const std::string&) const override {
    unknown_ = true;
    return nullptr;
  }
  bool unknown() const { return unknown_; }

 private:
  mutable bool unknown_ = false;
};

absl::StatusOr<std::string> Fill(const std::string& text, const Words& words) {
  km::mustache parsed(text);
  if (!parsed.is_valid()) return Failed("MALFORMED");
  parsed.set_custom_escape([](const std::string& value) { return value; });  // Not HTML.
  km::data data;
  // To the library an empty string is true; to a template's author a missing name is not.
  const auto set = [&data](const char* name, const std::string& value) {
    if (value.empty()) {
      data.set(name, km::data::type::bool_false);
    } else {
      data.set(name, Plain(value));
    }
  };
  set("given_name", words.given_name);
  set("clinic_name", words.clinic_name);
  set("date", words.date);
  set("time", words.time);
  set("zone", words.zone);
  StrictContext context(&data);
  std::string out = parsed.render(context);
  if (context.unknown()) return Failed("UNKNOWN_VARIABLE");
  return out;
}

}  // namespace

absl::StatusOr<Text> Render(const Template& wording, const Words& words) {
  const bool sms = wording.channel == Channel::kSms;
  Text text;
  ASSIGN_OR_RETURN(text.subject, Fill(wording.subject, words));
  ASSIGN_OR_RETURN(text.body, Fill(wording.body, words));
  text.subject = std::string(absl::StripAsciiWhitespace(Plain(text.subject)));
  if (text.subject.empty() != sms) return Failed(sms ? "SUBJECT_ON_SMS" : "EMPTY_SUBJECT");
  if (absl::StripAsciiWhitespace(text.body).empty()) return Failed("EMPTY_BODY");
  // Names make it longer than the template; twice its bound is still a message.
  if (text.subject.size() > 2 * kSubjectBytesMax) return Failed("SUBJECT_TOO_LONG");
  if (text.body.size() > 2 * (sms ? kSmsBytesMax : kBodyBytesMax)) return Failed("BODY_TOO_LONG");
  return text;
}

}  // namespace stillpoint::notification::domain

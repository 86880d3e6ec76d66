#include "services/notification/domain/template.h"

#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "absl/time/civil_time.h"
#include "absl/types/span.h"
#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "services/notification/domain/builtin_data.h"

namespace stillpoint::notification::domain {
namespace {

// What a shared phone or a lock screen must not show: what is treated, with what, by whom. Word
// stems, compared in lower case; a clinic's own name is not in the template, so it is not judged.
constexpr absl::string_view kRevealing[] = {
    "cranio",  "sacral",   "massage", "therap",  "treatment",   "diagnos",
    "pain",    "migraine", "trauma",  "practit", "deep tiss",   "swedish",
    "session", "intake",   "medicat", "pregnan", "clinic note", "symptom"};
// The evidence is contested, so nothing that is sent claims an effect.
constexpr absl::string_view kClaims[] = {"cure",      "guarantee", "proven",
                                         "heals you", "will heal", "good sign"};

absl::Status Invalid(absl::string_view field, absl::string_view problem) {
  return Error(absl::StatusCode::kInvalidArgument, "TEMPLATE_INVALID", "the template is refused")
      .With("problem", problem)
      .Field(field, problem);
}

template <size_t N>
bool HasAny(absl::string_view text, const absl::string_view (&words)[N]) {
  const std::string lower = absl::AsciiStrToLower(text);
  for (const absl::string_view word : words) {
    if (absl::StrContains(lower, word)) return true;
  }
  return false;
}

bool HasControl(absl::string_view text, bool lines) {
  for (const char c : text) {
    if (c == '\n' && lines) continue;
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return true;
  }
  return false;
}

// "Subject: TEXT\n\nBODY" for mail, "BODY" for texts.
Template ParseBuiltin(absl::string_view id, absl::string_view text) {
  Template out;
  if (!ParseTemplateId(id, &out.kind, &out.channel, &out.language)) std::abort();
  out.version = 1;
  if (out.channel == Channel::kEmail) {
    const size_t end = text.find("\n\n");
    absl::string_view subject = text.substr(0, end);
    if (end == absl::string_view::npos || !absl::ConsumePrefix(&subject, "Subject: ")) std::abort();
    out.subject = std::string(subject);
    text.remove_prefix(end + 2);
  } else {
    text = absl::StripAsciiWhitespace(text);
  }
  out.body = std::string(text);
  return out;
}

}  // namespace

std::string TemplateId(Kind kind, Channel channel, absl::string_view language) {
  return absl::StrCat(KindName(kind), "-", ChannelName(channel), "-", language);
}

bool ParseTemplateId(absl::string_view id, Kind* kind, Channel* channel, std::string* language) {
  for (const Kind k : kAllKinds) {
    for (const Channel c : kAllChannels) {
      absl::string_view rest = id;
      if (!absl::ConsumePrefix(&rest, TemplateId(k, c, ""))) continue;
      if (rest.size() < 2 || rest.size() > 3) return false;
      for (const char letter : rest) {
        if (!absl::ascii_islower(static_cast<unsigned char>(letter))) return false;
      }
      *kind = k;
      *channel = c;
      *language = std::string(rest);
      return true;
    }
  }
  return false;
}

const std::vector<Template>& BuiltinTemplates() {
  static const auto* const templates = [] {
    auto* out = new std::vector<Template>();
    for (const BuiltinText& text : BuiltinTexts()) out->push_back(ParseBuiltin(text.id, text.text));
    return out;
  }();
  return *templates;
}

Words WordsFor(const BookingFacts& visit, absl::TimeZone clinic_zone,
               absl::string_view given_name) {
  const absl::CivilSecond local = absl::ToCivilSecond(visit.start, clinic_zone);
  const int hour = local.hour() % 12 == 0 ? 12 : local.hour() % 12;
  Words words;
  words.given_name = std::string(given_name);
  words.clinic_name = visit.clinic_name;
  words.date = absl::StrCat(absl::FormatTime("%A, %B ", visit.start, clinic_zone), local.day(),
                            ", ", local.year());
  words.time = absl::StrFormat("%d:%02d %s", hour, local.minute(), local.hour() < 12 ? "AM" : "PM");
  words.zone = absl::FormatTime("%Z", visit.start, clinic_zone);
  return words;
}

absl::Status CheckTemplate(const Template& wording) {
  const bool sms = wording.channel == Channel::kSms;
  if (sms != wording.subject.empty()) {
    return Invalid("template.subject", sms ? "SUBJECT_ON_SMS" : "EMPTY_SUBJECT");
  }
  if (wording.subject.size() > kSubjectBytesMax) return Invalid("template.subject", "TOO_LONG");
  if (wording.body.empty()) return Invalid("template.body", "EMPTY_BODY");
  if (wording.body.size() > (sms ? kSmsBytesMax : kBodyBytesMax)) {
    return Invalid("template.body", "TOO_LONG");
  }
  if (HasControl(wording.subject, false)) return Invalid("template.subject", "CONTROL_CHARACTER");
  if (HasControl(wording.body, true)) return Invalid("template.body", "CONTROL_CHARACTER");
  if (HasAny(wording.subject, kRevealing)) return Invalid("template.subject", "REVEALING_WORD");
  if (sms && HasAny(wording.body, kRevealing)) return Invalid("template.body", "REVEALING_WORD");
  if (HasAny(wording.subject, kClaims)) return Invalid("template.subject", "CLAIM");
  if (HasAny(wording.body, kClaims)) return Invalid("template.body", "CLAIM");
  const Words sample = {"Alex", "The clinic", "Monday, March 8, 2027", "2:30 PM", "MST"};
  if (const absl::Status status = Render(wording, sample).status(); !status.ok()) {
    return Invalid("template.body", MetadataOf(status)["problem"]);
  }
  return absl::OkStatus();
}

}  // namespace stillpoint::notification::domain

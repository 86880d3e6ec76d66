// The wording of messages: what a template is, which texts are refused, and how one becomes a
// message.
#ifndef STILLPOINT_SERVICES_NOTIFICATION_DOMAIN_TEMPLATE_H_
#define STILLPOINT_SERVICES_NOTIFICATION_DOMAIN_TEMPLATE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/notification/domain/notification.h"

namespace stillpoint::notification::domain {

inline constexpr size_t kSubjectBytesMax = 150;  // Longer ones are cut by mail programs.
inline constexpr size_t kBodyBytesMax = 8'000;   // Two printed pages.
inline constexpr size_t kSmsBytesMax = 300;      // Two concatenated texts.

// One version of the wording of one kind on one channel in one language. Mustache; see Words.
struct Template {
  Kind kind = Kind::kConfirmation;
  Channel channel = Channel::kEmail;
  std::string language;
  int version = 0;  // 1 is built in; organizations add 2, 3, ...
  std::string subject;
  std::string body;
  std::optional<absl::Time> created;  // None: built in.
};

// "follow-up-email-en": the last segment of its name.
std::string TemplateId(Kind kind, Channel channel, absl::string_view language);
// The reverse. False for anything else.
bool ParseTemplateId(absl::string_view id, Kind* kind, Channel* channel, std::string* language);

// Version 1 of every kind on every channel, in English: data/ at build time. A broken file aborts
// at the first call.
const std::vector<Template>& BuiltinTemplates();

// What a template may name.
struct Words {
  std::string given_name;  // May be empty.
  std::string clinic_name;
  std::string date;  // "Monday, March 8, 2027"
  std::string time;  // "2:30 PM"
  std::string zone;  // "MST"
};
// Date, time and zone of the visit as the clinic's clock shows them.
Words WordsFor(const BookingFacts& visit, absl::TimeZone clinic_zone, absl::string_view given_name);

struct Text {
  std::string subject;  // One line without control characters; empty for texts.
  std::string body;     // UTF-8, LF.
};

// Fills in. Values are plain text: never read as Mustache, control characters become spaces.
// FailedPrecondition TEMPLATE_FAILED (metadata problem): unknown variable, does not parse, empty or
// oversized result.
absl::StatusOr<Text> Render(const Template& wording, const Words& words);

// OK if it may be stored. InvalidArgument TEMPLATE_INVALID with the field and metadata problem:
// does not render, wrong size, control characters, a subject or text that reveals what was treated
// or by whom, a claim that a therapy works.
absl::Status CheckTemplate(const Template& wording);

}  // namespace stillpoint::notification::domain

#endif  // STILLPOINT_SERVICES_NOTIFICATION_DOMAIN_TEMPLATE_H_

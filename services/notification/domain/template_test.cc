#include "services/notification/domain/template.h"

#include <set>
#include <string>

#include "common/error/error.h"
#include "gtest/gtest.h"

namespace stillpoint::notification::domain {
namespace {

const Words kWords = {"Ana", "Riverside", "Monday, March 8, 2027", "2:30 PM", "MST"};

Template Mail(const std::string& subject, const std::string& body) {
  Template wording;
  wording.language = "en";
  wording.subject = subject;
  wording.body = body;
  return wording;
}

TEST(TemplateTest, EveryKindHasABuiltInTextOnEveryChannelThatPassesOurOwnRules) {
  std::set<std::string> ids;
  for (const Template& wording : BuiltinTemplates()) {
    EXPECT_TRUE(CheckTemplate(wording).ok())
        << TemplateId(wording.kind, wording.channel, wording.language) << CheckTemplate(wording);
    ids.insert(TemplateId(wording.kind, wording.channel, wording.language));
  }
  EXPECT_EQ(ids.size(), kAllKinds.size() * kAllChannels.size());
}

TEST(TemplateTest, RendersPlainTextWithoutEscaping) {
  Words words = kWords;
  words.given_name = "Zoë <O'Neil>";
  const auto text = Render(Mail("At {{time}}", "Hello {{given_name}}\n"), words);
  ASSERT_TRUE(text.ok());
  EXPECT_EQ(text->subject, "At 2:30 PM");
  EXPECT_EQ(text->body, "Hello Zoë <O'Neil>\n");
}

// A client's name is typed by strangers: it can neither add a header nor run as a template.
TEST(TemplateTest, ValuesCannotInjectLinesOrTemplates) {
  Words words = kWords;
  words.given_name = "Eve\r\nBcc: x@example.com{{clinic_name}}";
  const auto text = Render(Mail("For {{given_name}}", "{{given_name}}"), words);
  ASSERT_TRUE(text.ok());
  EXPECT_EQ(text->subject, "For Eve  Bcc: x@example.com{{clinic_name}}");
  EXPECT_EQ(text->body.find('\n'), std::string::npos);
}

TEST(TemplateTest, RefusesWhatItCannotRender) {
  struct Case {
    const char* subject;
    const char* body;
    const char* problem;
  };
  for (const Case& c :
       {Case{"s", "{{diagnosis}}", "UNKNOWN_VARIABLE"}, Case{"s", "{{#given_name}}", "MALFORMED"},
        Case{"s", "{{>other}}", "UNKNOWN_VARIABLE"}, Case{"", "b", "EMPTY_SUBJECT"}}) {
    const auto text = Render(Mail(c.subject, c.body), kWords);
    ASSERT_FALSE(text.ok()) << c.body;
    EXPECT_EQ(ReasonOf(text.status()), "TEMPLATE_FAILED");
    EXPECT_EQ(MetadataOf(text.status())["problem"], c.problem) << c.body;
  }
}

// N24's poison: it renders for most clients and for some it does not.
TEST(TemplateTest, AnEmptyResultIsAFailure) {
  const Template wording = Mail("s", "{{#given_name}}Hello{{/given_name}}");
  EXPECT_TRUE(Render(wording, kWords).ok());
  Words nameless = kWords;
  nameless.given_name = "";
  EXPECT_EQ(MetadataOf(Render(wording, nameless).status())["problem"], "EMPTY_BODY");
}

TEST(TemplateTest, RefusesWordsThatRevealOrClaim) {
  EXPECT_EQ(MetadataOf(CheckTemplate(Mail("Your massage", "b")))["problem"], "REVEALING_WORD");
  EXPECT_EQ(MetadataOf(CheckTemplate(Mail("s", "It will heal you")))["problem"], "CLAIM");
  EXPECT_EQ(MetadataOf(CheckTemplate(Mail("a\nb", "b")))["problem"], "CONTROL_CHARACTER");
  Template text = Mail("", "Your craniosacral visit is booked");
  text.channel = Channel::kSms;
  EXPECT_EQ(MetadataOf(CheckTemplate(text))["problem"], "REVEALING_WORD");
  EXPECT_EQ(MetadataOf(CheckTemplate(Mail("s", std::string(8'001, 'x'))))["problem"], "TOO_LONG");
}

TEST(TemplateTest, WordsAreTheClinicsLocalTime) {
  absl::TimeZone zone;
  ASSERT_TRUE(absl::LoadTimeZone("America/Edmonton", &zone));
  BookingFacts visit;
  visit.clinic_name = "Riverside";
  visit.start = absl::FromCivil(absl::CivilMinute(2027, 3, 15, 0, 5), zone);
  const Words words = WordsFor(visit, zone, "Ana");
  EXPECT_EQ(words.date, "Monday, March 15, 2027");
  EXPECT_EQ(words.time, "12:05 AM");
  EXPECT_EQ(words.zone, "MDT");
}

TEST(TemplateTest, IdsAreReadBack) {
  Kind kind;
  Channel channel;
  std::string language;
  ASSERT_TRUE(ParseTemplateId("follow-up-sms-en", &kind, &channel, &language));
  EXPECT_EQ(kind, Kind::kFollowUp);
  EXPECT_EQ(channel, Channel::kSms);
  EXPECT_EQ(language, "en");
  EXPECT_FALSE(ParseTemplateId("follow-up-fax-en", &kind, &channel, &language));
  EXPECT_FALSE(ParseTemplateId("follow-up-sms-", &kind, &channel, &language));
}

}  // namespace
}  // namespace stillpoint::notification::domain

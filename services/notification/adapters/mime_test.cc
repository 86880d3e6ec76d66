#include "services/notification/adapters/mime.h"

#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "common/error/error.h"
#include "gtest/gtest.h"

namespace stillpoint::notification::adapters {
namespace {

domain::Outbound Message() {
  domain::Outbound message;
  message.address = "ana@example.com";
  message.text.subject = "Hello";
  message.text.body = "One\n.\n..two\n";
  message.message_id = "n1.o@m.example.com";
  return message;
}

const absl::Time kNow = absl::FromUnixSeconds(1'804'500'000);  // 2027-03-08 10:00:00 UTC, a Monday.

TEST(MimeTest, WritesAPlainMail) {
  const auto mail = MakeMail(Message(), "desk@example.com", kNow);
  ASSERT_TRUE(mail.ok()) << mail.status();
  EXPECT_EQ(*mail,
            "Date: Mon, 08 Mar 2027 10:00:00 +0000\r\nFrom: <desk@example.com>\r\n"
            "To: <ana@example.com>\r\nSubject: Hello\r\nMessage-ID: <n1.o@m.example.com>\r\n"
            "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
            "Content-Type: text/plain; charset=utf-8\r\n"
            "Content-Transfer-Encoding: quoted-printable\r\n\r\nOne\r\n.\r\n..two\r\n");
}

// Every way in which a value could start a line of its own.
TEST(MimeTest, NothingBreaksOutOfItsLine) {
  std::vector<domain::Outbound> hostile(6, Message());
  hostile[0].address = "a@example.com>\r\nBcc: <x@example.com";
  hostile[1].text.subject = "Hi\r\nBcc: x@example.com";
  hostile[2].text.subject = "Hi\nBcc: x@example.com";
  hostile[3].message_id = "a@b>\r\nX: y";
  hostile[4].headers = {{"List-Unsubscribe", "<https://x>\r\nBcc: y@example.com"}};
  hostile[5].headers = {{"X\r\nBcc", "y@example.com"}};
  for (const domain::Outbound& message : hostile) {
    EXPECT_EQ(ReasonOf(MakeMail(message, "desk@example.com", kNow).status()), "BAD_MESSAGE");
  }
  EXPECT_FALSE(MakeMail(Message(), "desk@example.com\r\nX: y", kNow).ok());
}

TEST(MimeTest, Utf8HeadersAreEncodedWordsThatNeverSplitACharacter) {
  std::string subject;
  for (int i = 0; i < 60; ++i) subject += "é€";
  const std::string encoded = EncodeHeader(subject);
  const std::vector<std::string> lines = absl::StrSplit(encoded, "\r\n ");
  ASSERT_GT(lines.size(), 4u);
  for (const std::string& line : lines) {
    EXPECT_LE(line.size(), 75u);
    EXPECT_EQ(line.rfind("=?UTF-8?B?", 0), 0u);
  }
  EXPECT_EQ(EncodeHeader("Zoë"), "=?UTF-8?B?Wm/Dqw==?=");
  EXPECT_EQ(EncodeHeader("plain"), "plain");
}

TEST(MimeTest, LongLinesAreFoldedAndUtf8IsQuoted) {
  domain::Outbound message = Message();
  message.text.body = std::string(5'000, 'x') + "\nZoë =\ntrailing \n";
  const auto mail = MakeMail(message, "desk@example.com", kNow);
  ASSERT_TRUE(mail.ok());
  for (const absl::string_view line : absl::StrSplit(*mail, "\r\n")) EXPECT_LE(line.size(), 76u);
  EXPECT_NE(mail->find("Zo=C3=AB =3D\r\n"), std::string::npos);
  EXPECT_NE(mail->find("trailing=20\r\n"), std::string::npos);
}

TEST(MimeTest, AddressesAreJudgedStrictly) {
  for (const char* good : {"a@b", "first.last+tag@example.com"}) EXPECT_TRUE(IsPlainAddress(good));
  for (const char* bad : {"", "a", "@b", "a@", "a@b@c", "a b@c", "a@b\r\nRCPT TO:<x@y>", "<a@b>",
                          "a@b,c@d", "\"a\"@b", "ü@b"}) {
    EXPECT_FALSE(IsPlainAddress(bad)) << bad;
  }
}

}  // namespace
}  // namespace stillpoint::notification::adapters

// Against a real mail server.
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "services/notification/adapters/channels.h"
#include "services/notification/adapters/test_mail_server.h"

namespace stillpoint::notification::adapters {
namespace {

using domain::Outcome;

domain::Outbound To(const std::string& address) {
  domain::Outbound message;
  message.address = address;
  message.text.subject = "Zoë";
  message.text.body = "Hello\n.\n.dot at the start\n";
  message.message_id = "n1.o@m.example.com";
  return message;
}

domain::SendResult Send(const std::string& url, const domain::Outbound& message,
                        Deadline lease_end = Deadline::After(absl::Minutes(2))) {
  SmtpOptions options;
  options.url = url;
  options.from = "desk@example.com";
  options.limit = absl::Seconds(10);
  return MakeSmtpChannel(options)->Send(message, absl::UnixEpoch(), lease_end);
}

TEST(SmtpChannelTest, DeliversAMailThatReadsAsWritten) {
  const TestMailServer server;
  const domain::SendResult result = Send(server.url(), To("ana@example.com"));
  EXPECT_EQ(result.outcome, Outcome::kAccepted);
  EXPECT_EQ(result.code, "250");
  const std::vector<std::string> mails = server.Mails();
  ASSERT_EQ(mails.size(), 1u);
  EXPECT_NE(mails[0].find("Message-ID: <n1.o@m.example.com>"), std::string::npos);
  EXPECT_NE(mails[0].find("=?UTF-8?B?Wm/Dqw==?="), std::string::npos);
  EXPECT_NE(mails[0].find("Hello\n.\n.dot at the start"), std::string::npos) << mails[0];
}

TEST(SmtpChannelTest, EachAnswerHasItsOutcome) {
  struct Case {
    const char* address;
    Outcome outcome;
    const char* code;  // Empty: any.
  };
  const TestMailServer server;
  for (const Case& c : {Case{"later@example.com", Outcome::kRetry, "451"},
                        Case{"bounce@example.com", Outcome::kRejected, "550"},
                        Case{"full@example.com", Outcome::kRetry, "452"},
                        Case{"refuse@example.com", Outcome::kRejected, "554"},
                        Case{"vanish@example.com", Outcome::kRetry, ""},
                        Case{"drop@example.com", Outcome::kUnknown, ""},
                        Case{"not an address", Outcome::kRejected, "BAD_MESSAGE"}}) {
    const domain::SendResult result = Send(server.url(), To(c.address));
    EXPECT_EQ(result.outcome, c.outcome) << c.address << " " << result.code;
    if (*c.code != '\0') {
      EXPECT_EQ(result.code, c.code);
    }
  }
  EXPECT_EQ(server.Mails().size(), 1u);  // The one whose answer was dropped.
}

TEST(SmtpChannelTest, NobodyListeningIsARetry) {
  TestMailServer server;
  server.Stop();
  EXPECT_EQ(Send(server.url(), To("ana@example.com")).outcome, Outcome::kRetry);
}

// N4: a worker that was stopped past its lease does not send when it goes on.
TEST(SmtpChannelTest, AnEndedLeaseSendsNothing) {
  const TestMailServer server;
  const domain::SendResult result = Send(server.url(), To("ana@example.com"), Deadline());
  EXPECT_EQ(result.outcome, Outcome::kRetry);
  EXPECT_EQ(result.code, "LEASE_ENDED");
  EXPECT_TRUE(server.Mails().empty());
}

}  // namespace
}  // namespace stillpoint::notification::adapters

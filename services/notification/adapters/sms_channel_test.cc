// Against a real kannel: bearerbox, smsbox, and its own fake message centre.
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/testing/servers.h"
#include "gtest/gtest.h"
#include "services/notification/adapters/channels.h"
#include "services/notification/adapters/test_mail_server.h"

namespace stillpoint::notification::adapters {
namespace {

using domain::Outcome;
using stillpoint::testing::FreePort;
using stillpoint::testing::Process;
using stillpoint::testing::WaitUntil;

std::string Content(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// kannel wants a blank line between groups and none inside.
constexpr char kConfig[] = R"(group = core
admin-port = ADMIN
admin-interface = "127.0.0.1"
admin-password = adm
status-password = st
smsbox-port = BOX
smsbox-interface = "127.0.0.1"
box-allow-ip = "127.0.0.1"
box-deny-ip = "*.*.*.*"
log-file = "DIR/bearerbox.log"
store-type = file
store-location = "DIR/store"
dlr-storage = internal

group = smsc
smsc = fake
smsc-id = FAKE
host = 127.0.0.1
port = CENTRE
connect-allow-ip = 127.0.0.1

group = smsbox
bearerbox-host = 127.0.0.1
bearerbox-port = BOX
sendsms-port = SEND
sendsms-interface = "127.0.0.1"
log-file = "DIR/smsbox.log"

group = sendsms-user
username = suite
password = p&w=1
user-allow-ip = "127.0.0.1"
concatenation = true
max-messages = 10

group = sms-service
keyword = default
text = ""
max-messages = 0
)";

class Kannel {
 public:
  Kannel() {
    const int centre = FreePort();
    const std::string config = dir_.path() + "/kannel.conf";
    std::ofstream(config) << absl::StrReplaceAll(kConfig, {{"ADMIN", absl::StrCat(FreePort())},
                                                           {"BOX", absl::StrCat(box_)},
                                                           {"CENTRE", absl::StrCat(centre)},
                                                           {"SEND", absl::StrCat(send_)},
                                                           {"DIR", dir_.path()}});
    Start({"/usr/sbin/bearerbox", "-v", "4", config}, "/bearer.out");
    EXPECT_TRUE(WaitUntil(absl::Seconds(20), [&] { return Accepts(box_) && Accepts(centre); }));
    Start({"/usr/lib/kannel/test/fakesmsc", "-H", "127.0.0.1", "-r", absl::StrCat(centre), "-m",
           "1", "-i", "0.05", "15550001111 15552223333 text hello"},
          "/centre.out");
    Start({"/usr/sbin/smsbox", "-v", "4", config}, "/sms.out");
    EXPECT_TRUE(WaitUntil(absl::Seconds(20), [&] { return Accepts(send_); }));
  }
  ~Kannel() {
    // A graceful stop takes it ten seconds; nothing here is worth them.
    for (const auto& process : processes_) process->Signal(SIGKILL);
  }
  std::string url() const { return absl::StrCat("http://127.0.0.1:", send_, "/cgi-bin/sendsms"); }
  std::string Delivered() const { return Content(dir_.path() + "/centre.out"); }

 private:
  void Start(const std::vector<std::string>& command, const std::string& log) {
    Process::Options options;
    options.log_path = dir_.path() + log;
    auto started = Process::Start(command, options);
    EXPECT_TRUE(started.ok()) << started.status();
    if (started.ok()) processes_.push_back(*std::move(started));
  }

  stillpoint::testing::TempDir dir_;
  const int box_ = FreePort();
  const int send_ = FreePort();
  std::vector<std::unique_ptr<Process>> processes_;
};

domain::Outbound Text(const std::string& to, const std::string& body) {
  domain::Outbound message;
  message.channel = domain::Channel::kSms;
  message.address = to;
  message.text.body = body;
  return message;
}

domain::SendResult Send(const std::string& url, const std::string& credentials,
                        const domain::Outbound& message,
                        Deadline lease_end = Deadline::After(absl::Minutes(1))) {
  return MakeSmsChannel({url, "15559990000", credentials, absl::Seconds(10)})
      ->Send(message, absl::UnixEpoch(), lease_end);
}

TEST(SmsChannelTest, ATextReachesTheMessageCentreAsWritten) {
  const Kannel kannel;
  const domain::SendResult sent =
      Send(kannel.url(), "suite:p&w=1", Text("+15557778888", "See you at 2:30 PM & bring water"));
  EXPECT_EQ(sent.outcome, Outcome::kAccepted) << sent.code;
  EXPECT_TRUE(WaitUntil(absl::Seconds(20), [&] {
    return kannel.Delivered().find("See+you+at+2%3A30+PM+%26+bring+water") != std::string::npos ||
           kannel.Delivered().find("See you at 2:30 PM & bring water") != std::string::npos;
  })) << kannel.Delivered();
  // Beyond GSM's alphabet it goes as UCS-2.
  EXPECT_EQ(Send(kannel.url(), "suite:p&w=1", Text("+15557778888", "Zoë ✓")).outcome,
            Outcome::kAccepted);
  // Our own wrong password is not the recipient's fault.
  const domain::SendResult refused =
      Send(kannel.url(), "suite:wrong", Text("+15557778888", "hello"));
  EXPECT_EQ(refused.outcome, Outcome::kRetry);
  EXPECT_EQ(refused.code, "403");
}

TEST(SmsChannelTest, WhatCannotBeSentIsNot) {
  const std::string nobody = absl::StrCat("http://127.0.0.1:", FreePort(), "/cgi-bin/sendsms");
  EXPECT_EQ(Send(nobody, "a:b", Text("+15557778888", "hello")).outcome, Outcome::kRetry);
  EXPECT_EQ(Send(nobody, "a:b", Text("5557778888", "hello")).outcome, Outcome::kRejected);
  EXPECT_EQ(Send(nobody, "a:b", Text("+1555&to=1", "hello")).outcome, Outcome::kRejected);
  EXPECT_EQ(Send(nobody, "a:b", Text("+15557778888", "hello"), Deadline()).code, "LEASE_ENDED");
}

}  // namespace
}  // namespace stillpoint::notification::adapters

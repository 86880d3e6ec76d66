// The mail server of testdata/faulty_smtp.py, running for one test.
#ifndef STILLPOINT_SERVICES_NOTIFICATION_ADAPTERS_TEST_MAIL_SERVER_H_
#define STILLPOINT_SERVICES_NOTIFICATION_ADAPTERS_TEST_MAIL_SERVER_H_

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/testing/servers.h"
#include "gtest/gtest.h"

namespace stillpoint::notification::adapters {

inline bool Accepts(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool ok = connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  close(fd);
  return ok;
}

class TestMailServer {
 public:
  TestMailServer() : port_(stillpoint::testing::FreePort()) {
    stillpoint::testing::Process::Options options;
    options.log_path = dir_.path() + "/log";
    options.environment["PYTHONPATH"] =
        STILLPOINT_SOURCE_DIR "/services/notification/adapters/testdata";
    options.environment["PYTHONDONTWRITEBYTECODE"] = "1";
    auto started = stillpoint::testing::Process::Start(
        {"/usr/bin/python3", "-m", "aiosmtpd", "-n", "-l", absl::StrCat("127.0.0.1:", port_), "-c",
         "faulty_smtp.Faulty", maildir()},
        options);
    EXPECT_TRUE(started.ok()) << started.status();
    if (started.ok()) process_ = *std::move(started);
    EXPECT_TRUE(stillpoint::testing::WaitUntil(absl::Seconds(20), [&] { return Accepts(port_); }));
  }
  std::string url() const { return absl::StrCat("smtp://127.0.0.1:", port_); }
  void Stop() { process_.reset(); }
  // The text of every mail delivered so far.
  std::vector<std::string> Mails() const {
    std::vector<std::string> mails;
    std::error_code missing;
    for (const auto& entry : std::filesystem::directory_iterator(maildir() + "/new", missing)) {
      std::ostringstream text;
      text << std::ifstream(entry.path()).rdbuf();
      mails.push_back(text.str());
    }
    return mails;
  }

 private:
  std::string maildir() const { return dir_.path() + "/mail"; }
  stillpoint::testing::TempDir dir_;
  const int port_;
  std::unique_ptr<stillpoint::testing::Process> process_;
};

}  // namespace stillpoint::notification::adapters

#endif  // STILLPOINT_SERVICES_NOTIFICATION_ADAPTERS_TEST_MAIL_SERVER_H_

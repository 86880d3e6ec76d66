#include "services/cli/dev_certs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <sstream>

#include "absl/strings/match.h"
#include "common/base/clock.h"
#include "common/crypto/certificates.h"
#include "common/error/error.h"
#include "common/rpc/tls.h"
#include "common/testing/servers.h"

namespace stillpoint::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

std::string Content(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

mode_t ModeOf(const std::string& path) {
  struct stat facts {};
  stat(path.c_str(), &facts);
  return facts.st_mode & 07777;
}

const absl::Time kNow = absl::FromUnixSeconds(1'900'000'000);

TEST(DevCertsTest, EveryOwnerGetsAPairThatHoldsForItsTimeAndNamesIt) {
  const testing::TempDir dir;
  const std::string folder = dir.path() + "/certs";
  const auto written = WriteDevCertificates(folder, "stillpoint.local", false, kNow);
  ASSERT_TRUE(written.ok()) << written.status();
  EXPECT_THAT(*written, SizeIs(11));
  EXPECT_EQ(ModeOf(folder), 0700U);
  for (const std::string& path : *written) {
    EXPECT_EQ(ModeOf(path), absl::EndsWith(path, ".key") ? 0600U : 0644U) << path;
  }
  struct Case {
    const char* name;
    const char* id;
  };
  for (const Case& owner : {
           Case{"booking", "spiffe://stillpoint.local/services/booking"},
           Case{"client-record", "spiffe://stillpoint.local/services/client-record"},
           Case{"notification", "spiffe://stillpoint.local/services/notification"},
           Case{"worker", "spiffe://stillpoint.local/workers/local"},
           Case{"client", "spiffe://stillpoint.local/clients/local"},
       }) {
    const std::string stem = folder + "/" + owner.name;
    const crypto::CertifiedKey pair = {Content(stem + ".crt"), Content(stem + ".key")};
    EXPECT_TRUE(crypto::CheckCertificate(pair, kNow).ok()) << owner.name;
    EXPECT_TRUE(
        crypto::CheckCertificate(pair, kNow + kDevCertificatesHold - absl::Seconds(1)).ok());
    EXPECT_FALSE(crypto::CheckCertificate(pair, kNow + kDevCertificatesHold).ok());
    EXPECT_THAT(*crypto::UrisOf(pair.certificate), ElementsAre(owner.id));
  }
  EXPECT_TRUE(crypto::CheckAuthorities(Content(folder + "/ca.crt")).ok());
}

// That they work with each other over a connection is what the local run shows.
TEST(DevCertsTest, ServersStartWithThem) {
  const testing::TempDir dir;
  ASSERT_TRUE(WriteDevCertificates(dir.path(), "a.example", false, SystemClock().TimeNow()).ok());
  const rpc::TlsFiles files = {dir.path() + "/booking.crt", dir.path() + "/booking.key",
                               dir.path() + "/ca.crt"};
  EXPECT_TRUE(rpc::ServerTls(files, "a.example").ok());
}

TEST(DevCertsTest, ReplacesOnlyWhenToldTo) {
  const testing::TempDir dir;
  ASSERT_TRUE(WriteDevCertificates(dir.path(), "a", false, kNow).ok());
  const std::string key = dir.path() + "/worker.key";
  const std::string before = Content(key);
  const absl::Status refused = WriteDevCertificates(dir.path(), "a", false, kNow).status();
  EXPECT_EQ(ReasonOf(refused), "INVALID_FIELD");
  EXPECT_EQ(Content(key), before);
  chmod(key.c_str(), 0644);
  ASSERT_TRUE(WriteDevCertificates(dir.path(), "a", true, kNow).ok());
  EXPECT_NE(Content(key), before);
  EXPECT_EQ(ModeOf(key), 0600U);
}

TEST(DevCertsTest, RefusesWhatItCannotDo) {
  const testing::TempDir dir;
  for (const char* domain : {"", "A", "a/b"}) {
    EXPECT_EQ(ReasonOf(WriteDevCertificates(dir.path(), domain, false, kNow).status()),
              "INVALID_FIELD");
  }
  EXPECT_EQ(ReasonOf(WriteDevCertificates("/proc/absent", "a", false, kNow).status()),
            "INVALID_FIELD");
}

}  // namespace
}  // namespace stillpoint::cli

// Certificates of a test, made when it runs, in a folder that is replaced as a whole.
#ifndef STILLPOINT_COMMON_RPC_TEST_CERTIFICATES_H_
#define STILLPOINT_COMMON_RPC_TEST_CERTIFICATES_H_

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/crypto/certificates.h"
#include "common/rpc/tls.h"
#include "common/testing/servers.h"

namespace stillpoint::rpc {

inline constexpr char kTestDomain[] = "test.example";

inline crypto::Validity Current() {
  return {absl::Now() - absl::Hours(1), absl::Now() + absl::Hours(1)};
}

inline crypto::CertifiedKey NewAuthority() {
  auto made = crypto::MakeAuthority("test authority", Current());
  EXPECT_TRUE(made.ok()) << made.status();
  return *std::move(made);
}

// Names of a server or caller on this machine whose identity is `path` in kTestDomain.
inline crypto::CertificateNames LocalNames(const std::string& path) {
  return {path, {"localhost"}, {"127.0.0.1"}, {absl::StrCat("spiffe://", kTestDomain, "/", path)}};
}

inline crypto::CertifiedKey Certify(const crypto::CertifiedKey& authority,
                                    const crypto::CertificateNames& names,
                                    crypto::Validity validity = Current()) {
  auto made = crypto::MakeCertificate(authority, names, validity);
  EXPECT_TRUE(made.ok()) << made.status();
  return *std::move(made);
}

inline void WriteTestFile(const std::string& path, const std::string& content, mode_t mode) {
  std::ofstream(path) << content;
  chmod(path.c_str(), mode);
}

// Writes one end's files and replaces them in one step, as Kubernetes does with a mounted secret:
// the name is a link to a folder.
class TestCertificates {
 public:
  TlsFiles Put(const std::string& name, const crypto::CertifiedKey& pair,
               const std::string& authorities) {
    const std::string link = dir_.path() + "/" + name;
    const std::string folder = absl::StrCat(link, ".", ++versions_);
    mkdir(folder.c_str(), 0700);
    WriteTestFile(folder + "/tls.crt", pair.certificate, 0644);
    WriteTestFile(folder + "/tls.key", pair.key, 0600);
    WriteTestFile(folder + "/ca.crt", authorities, 0644);
    EXPECT_EQ(symlink(folder.c_str(), (link + ".new").c_str()), 0);
    EXPECT_EQ(std::rename((link + ".new").c_str(), link.c_str()), 0);
    return {link + "/tls.crt", link + "/tls.key", link + "/ca.crt"};
  }

 private:
  testing::TempDir dir_;
  int versions_ = 0;
};

}  // namespace stillpoint::rpc

#endif  // STILLPOINT_COMMON_RPC_TEST_CERTIFICATES_H_

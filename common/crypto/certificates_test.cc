#include "common/crypto/certificates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "common/error/error.h"

namespace stillpoint::crypto {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const absl::Time kNow = absl::FromUnixSeconds(1'900'000'000);
const Validity kDay = {kNow - absl::Hours(1), kNow + absl::Hours(23)};

CertifiedKey Authority() { return *MakeAuthority("test authority", kDay); }

TEST(CertificatesTest, MadeCertificateIsOfItsKeyAndNamesWhatWasAsked) {
  const CertifiedKey authority = Authority();
  const auto made = MakeCertificate(authority,
                                    {"booking",
                                     {"localhost", "booking"},
                                     {"127.0.0.1", "::1"},
                                     {"spiffe://a.example/services/b"}},
                                    kDay);
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_THAT(made->certificate, HasSubstr("-----BEGIN CERTIFICATE-----"));
  EXPECT_THAT(made->key, HasSubstr("-----BEGIN PRIVATE KEY-----"));
  EXPECT_TRUE(CheckCertificate(*made, kNow).ok());
  EXPECT_THAT(*UrisOf(made->certificate), ElementsAre("spiffe://a.example/services/b"));
  EXPECT_THAT(*UrisOf(authority.certificate), IsEmpty());
  const auto another = MakeCertificate(authority, {"booking", {}, {}, {}}, kDay);
  EXPECT_NE(another->key, made->key);
  EXPECT_THAT(*UrisOf(another->certificate), IsEmpty());
}

TEST(CertificatesTest, UrisAreReadInOrderAndAllOfThem) {
  const auto made =
      MakeCertificate(Authority(), {"two", {}, {}, {"spiffe://a/b", "https://c.example/"}}, kDay);
  EXPECT_THAT(*UrisOf(made->certificate), ElementsAre("spiffe://a/b", "https://c.example/"));
}

TEST(CertificatesTest, RefusesWhatIsNotAName) {
  const CertifiedKey authority = Authority();
  for (const CertificateNames& names : {
           CertificateNames{std::string(65, 'x'), {}, {}, {}},
           CertificateNames{"", {}, {}, {}},
           CertificateNames{"x", {"a,URI:spiffe://a/b"}, {}, {}},
           CertificateNames{"x", {"a\nb"}, {}, {}},
           CertificateNames{"x", {}, {"127.0.0.1000"}, {}},
       }) {
    EXPECT_EQ(ReasonOf(MakeCertificate(authority, names, kDay).status()), "BAD_CERTIFICATE");
  }
  EXPECT_EQ(
      ReasonOf(MakeCertificate({authority.certificate, ""}, {"x", {}, {}, {}}, kDay).status()),
      "BAD_CERTIFICATE");
}

TEST(CertificatesTest, ChecksTimeKeyAndForm) {
  const CertifiedKey authority = Authority();
  const CertifiedKey pair = *MakeCertificate(authority, {"x", {}, {}, {}}, kDay);
  EXPECT_TRUE(CheckCertificate(pair, kDay.not_before).ok());
  EXPECT_TRUE(CheckCertificate(pair, kDay.not_after - absl::Seconds(1)).ok());
  struct Case {
    CertifiedKey pair;
    absl::Time now;
    const char* says;
  };
  for (const Case& refused : {
           Case{pair, kDay.not_before - absl::Seconds(1), "expired or is of the future"},
           Case{pair, kDay.not_after, "expired or is of the future"},
           Case{{pair.certificate, authority.key}, kNow, "not of this key"},
           Case{{pair.certificate, ""}, kNow, "the key is not PEM"},
           Case{{pair.certificate, pair.certificate}, kNow, "the key is not PEM"},
           Case{{"", pair.key}, kNow, "the certificate is not PEM"},
           Case{{pair.key, pair.key}, kNow, "the certificate is not PEM"},
       }) {
    const absl::Status status = CheckCertificate(refused.pair, refused.now);
    EXPECT_EQ(ReasonOf(status), "BAD_CERTIFICATE");
    EXPECT_THAT(std::string(status.message()), HasSubstr(refused.says));
  }
}

TEST(CertificatesTest, AuthoritiesAreOneOrMoreCertificates) {
  const CertifiedKey one = Authority();
  const CertifiedKey two = Authority();
  EXPECT_TRUE(CheckAuthorities(one.certificate).ok());
  EXPECT_TRUE(CheckAuthorities(absl::StrCat(one.certificate, "# old\n", two.certificate)).ok());
  const std::string cut = one.certificate.substr(0, one.certificate.size() / 2);
  for (const std::string& refused :
       {std::string(), std::string("nothing"), one.key, cut, absl::StrCat(one.certificate, cut)}) {
    EXPECT_EQ(ReasonOf(CheckAuthorities(refused)), "BAD_CERTIFICATE") << refused;
  }
}

}  // namespace
}  // namespace stillpoint::crypto

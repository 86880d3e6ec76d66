#include "common/crypto/certificates.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status_macros.h"
#include "common/crypto/openssl.h"
#include "common/error/error.h"

namespace stillpoint::crypto {
namespace {

constexpr int kSerialBits = 127;  // Positive, and as good as never the same twice.

using Bio = OpenSslPtr<BIO, BIO_free_all>;
using PrivateKey = OpenSslPtr<EVP_PKEY, EVP_PKEY_free>;
using Certificate = OpenSslPtr<X509, X509_free>;
using BigNumber = OpenSslPtr<BIGNUM, BN_free>;
using Extension = OpenSslPtr<X509_EXTENSION, X509_EXTENSION_free>;
using GeneralNames = OpenSslPtr<GENERAL_NAMES, GENERAL_NAMES_free>;

absl::Status Bad(absl::string_view what) {
  ERR_clear_error();  // Of this thread; what OpenSSL says in it is of no use to an operator.
  return Error(absl::StatusCode::kInvalidArgument, "BAD_CERTIFICATE", what);
}

Bio Reader(absl::string_view pem) {
  return Bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

std::string Written(BIO* bio) {
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio, &data);
  return std::string(data, static_cast<size_t>(size));
}

// No password is ever asked for: a terminal that waits is no answer of a server.
int NoPassword(char*, int, int, void*) { return -1; }

Certificate ReadCertificate(absl::string_view pem) {
  return Certificate(PEM_read_bio_X509(Reader(pem).get(), nullptr, NoPassword, nullptr));
}

PrivateKey ReadKey(absl::string_view pem) {
  return PrivateKey(PEM_read_bio_PrivateKey(Reader(pem).get(), nullptr, NoPassword, nullptr));
}

bool SetExtension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  return extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1;
}

// The value of a subjectAltName extension. Commas separate entries there, so no name may hold one.
absl::StatusOr<std::string> AlternativeNames(const CertificateNames& names) {
  std::vector<std::string> entries;
  entries.reserve(names.dns.size() + names.ips.size() + names.uris.size());
  for (const std::string& name : names.dns) entries.push_back("DNS:" + name);
  for (const std::string& name : names.ips) entries.push_back("IP:" + name);
  for (const std::string& name : names.uris) entries.push_back("URI:" + name);
  for (const std::string& entry : entries) {
    if (entry.find_first_of(", \n") != std::string::npos) {
      return Bad(absl::StrCat("not a name: ", entry));
    }
  }
  return absl::StrJoin(entries, ",");
}

bool SetSerial(X509* certificate) {
  const BigNumber serial(BN_new());
  return BN_rand(serial.get(), kSerialBits, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1 &&
         BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(certificate)) != nullptr;
}

// All but issuer, extensions and signature.
absl::StatusOr<Certificate> Begin(const std::string& common_name, EVP_PKEY* key,
                                  Validity validity) {
  Certificate certificate(X509_new());
  const auto* name = reinterpret_cast<const unsigned char*>(common_name.data());
  if (X509_set_version(certificate.get(), X509_VERSION_3) != 1 || !SetSerial(certificate.get()) ||
      X509_set_pubkey(certificate.get(), key) != 1 ||
      ASN1_TIME_set(X509_getm_notBefore(certificate.get()), absl::ToTimeT(validity.not_before)) ==
          nullptr ||
      ASN1_TIME_set(X509_getm_notAfter(certificate.get()), absl::ToTimeT(validity.not_after)) ==
          nullptr ||
      X509_NAME_add_entry_by_NID(X509_get_subject_name(certificate.get()), NID_commonName,
                                 MBSTRING_UTF8, name, static_cast<int>(common_name.size()), -1,
                                 0) != 1) {
    return Bad(absl::StrCat("not a common name or not a time: ", common_name));
  }
  return certificate;
}

CertifiedKey Write(X509* certificate, EVP_PKEY* key) {
  const Bio certificate_pem(BIO_new(BIO_s_mem()));
  // The secure memory type is zeroed when it is freed.
  const Bio key_pem(BIO_new(BIO_s_secmem()));
  PEM_write_bio_X509(certificate_pem.get(), certificate);
  PEM_write_bio_PKCS8PrivateKey(key_pem.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  return {Written(certificate_pem.get()), Written(key_pem.get())};
}

bool HoldsAt(const X509* certificate, absl::Time now) {
  const time_t at = absl::ToTimeT(now);
  return ASN1_TIME_cmp_time_t(X509_get0_notBefore(certificate), at) <= 0 &&
         ASN1_TIME_cmp_time_t(X509_get0_notAfter(certificate), at) > 0;
}

}  // namespace

absl::StatusOr<CertifiedKey> MakeAuthority(const std::string& common_name, Validity validity) {
  const PrivateKey key(EVP_EC_gen("P-256"));
  ASSIGN_OR_RETURN(const Certificate certificate, Begin(common_name, key.get(), validity));
  X509* const self = certificate.get();
  if (X509_set_issuer_name(self, X509_get_subject_name(self)) != 1 ||
      !SetExtension(self, self, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") ||
      !SetExtension(self, self, NID_key_usage, "critical,keyCertSign,cRLSign") ||
      !SetExtension(self, self, NID_subject_key_identifier, "hash") ||
      X509_sign(self, key.get(), EVP_sha256()) == 0) {
    return Bad("the authority could not be made");
  }
  return Write(self, key.get());
}

absl::StatusOr<CertifiedKey> MakeCertificate(const CertifiedKey& authority,
                                             const CertificateNames& names, Validity validity) {
  const Certificate issuer = ReadCertificate(authority.certificate);
  const PrivateKey issuer_key = ReadKey(authority.key);
  if (issuer == nullptr || issuer_key == nullptr) return Bad("not an authority and its key");
  const PrivateKey key(EVP_EC_gen("P-256"));
  ASSIGN_OR_RETURN(const Certificate certificate, Begin(names.common_name, key.get(), validity));
  ASSIGN_OR_RETURN(const std::string alternative, AlternativeNames(names));
  X509* const made = certificate.get();
  if (X509_set_issuer_name(made, X509_get_subject_name(issuer.get())) != 1 ||
      !SetExtension(made, issuer.get(), NID_basic_constraints, "critical,CA:FALSE") ||
      !SetExtension(made, issuer.get(), NID_key_usage, "critical,digitalSignature") ||
      !SetExtension(made, issuer.get(), NID_ext_key_usage, "serverAuth,clientAuth") ||
      !SetExtension(made, issuer.get(), NID_authority_key_identifier, "keyid")) {
    return Bad("the certificate could not be made");
  }
  if (!alternative.empty() &&
      !SetExtension(made, issuer.get(), NID_subject_alt_name, alternative)) {
    return Bad(absl::StrCat("not names: ", alternative));
  }
  if (X509_sign(made, issuer_key.get(), EVP_sha256()) == 0) return Bad("signing failed");
  return Write(made, key.get());
}

absl::Status CheckCertificate(const CertifiedKey& pair, absl::Time now) {
  const Certificate certificate = ReadCertificate(pair.certificate);
  if (certificate == nullptr) return Bad("the certificate is not PEM");
  const PrivateKey key = ReadKey(pair.key);
  if (key == nullptr) return Bad("the key is not PEM without a password");
  if (X509_check_private_key(certificate.get(), key.get()) != 1) {
    return Bad("the certificate is not of this key");
  }
  if (!HoldsAt(certificate.get(), now))
    return Bad("the certificate has expired or is of the future");
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> UrisOf(absl::string_view pem) {
  const Certificate certificate = ReadCertificate(pem);
  if (certificate == nullptr) return Bad("the certificate is not PEM");
  std::vector<std::string> uris;
  const GeneralNames names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate.get(), NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; names != nullptr && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_URI) continue;
    const ASN1_IA5STRING* uri = name->d.uniformResourceIdentifier;
    uris.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(uri)),
                      static_cast<size_t>(ASN1_STRING_length(uri)));
  }
  return uris;
}

absl::Status CheckAuthorities(absl::string_view pem) {
  const Bio reader = Reader(pem);
  int count = 0;
  while (true) {
    const Certificate certificate(PEM_read_bio_X509(reader.get(), nullptr, NoPassword, nullptr));
    if (certificate == nullptr) break;
    ++count;
  }
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (count == 0 || !at_end) return Bad("not a list of certificates in PEM");
  return absl::OkStatus();
}

}  // namespace stillpoint::crypto

// X.509 certificates: made for development and tests, checked when a process starts. OpenSSL
// underneath, which gRPC speaks TLS with. Thread-safe: all are values.
#ifndef STILLPOINT_COMMON_CRYPTO_CERTIFICATES_H_
#define STILLPOINT_COMMON_CRYPTO_CERTIFICATES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace stillpoint::crypto {

// A certificate and its private key (ECDSA P-256), both as PEM. The key is secret.
struct CertifiedKey {
  std::string certificate;
  std::string key;
};

// From when until when a certificate holds; whole seconds count.
struct Validity {
  absl::Time not_before;
  absl::Time not_after;
};

// Whom a certificate names. Every name becomes a subject alternative name.
struct CertificateNames {
  std::string common_name;  // For people who look at it; nothing is decided by it. 1-64 bytes.
  std::vector<std::string> dns;
  std::vector<std::string> ips;
  std::vector<std::string> uris;  // One that is a SPIFFE id, for an identity that services accept.
};

// A new authority, signed by itself, that can sign certificates of servers and callers only.
absl::StatusOr<CertifiedKey> MakeAuthority(const std::string& common_name, Validity validity);

// A new key and its certificate, for serving and for calling, signed by `authority`.
// InvalidArgument BAD_CERTIFICATE: a name is not of its kind, or `authority` is not a
// certificate with its key.
absl::StatusOr<CertifiedKey> MakeCertificate(const CertifiedKey& authority,
                                             const CertificateNames& names, Validity validity);

// Whether a process may begin to use `pair` at `now`: its first certificate can be read, holds at
// `now`, and belongs to the key. InvalidArgument BAD_CERTIFICATE with what is wrong.
absl::Status CheckCertificate(const CertifiedKey& pair, absl::Time now);

// The URIs that the first certificate in `pem` names. InvalidArgument BAD_CERTIFICATE.
absl::StatusOr<std::vector<std::string>> UrisOf(absl::string_view pem);

// Whether `pem` holds certificates and nothing else that is PEM; at least one.
// InvalidArgument BAD_CERTIFICATE.
absl::Status CheckAuthorities(absl::string_view pem);

}  // namespace stillpoint::crypto

#endif  // STILLPOINT_COMMON_CRYPTO_CERTIFICATES_H_

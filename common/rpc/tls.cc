#include "common/rpc/tls.h"

#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/status_macros.h"
#include "common/crypto/certificates.h"
#include "common/error/error.h"
#include "common/rpc/peer_identity.h"
#include "common/rpc/private_file.h"

namespace stillpoint::rpc {
namespace {

namespace tls = grpc::experimental;

absl::Status Refused(absl::string_view what, absl::string_view why) {
  return Error(absl::StatusCode::kInvalidArgument, "BAD_CONFIG", absl::StrCat(what, ": ", why));
}

absl::StatusOr<std::string> ReadPublicFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  if (!file) return Refused(path, "cannot be read");
  return std::move(content).str();
}

// Looked at before gRPC does, which would start with a broken file and refuse every connection.
absl::Status CheckOwn(const TlsFiles& files) {
  ASSIGN_OR_RETURN(std::string certificate, ReadPublicFile(files.certificate));
  ASSIGN_OR_RETURN(std::string key, ReadPrivateFile(files.key));
  const absl::Status status =
      crypto::CheckCertificate({std::move(certificate), std::move(key)}, absl::Now());
  return status.ok() ? status : Refused(files.certificate, status.message());
}

absl::Status CheckAuthorities(const TlsFiles& files) {
  ASSIGN_OR_RETURN(const std::string authorities, ReadPublicFile(files.authorities));
  const absl::Status status = crypto::CheckAuthorities(authorities);
  return status.ok() ? status : Refused(files.authorities, status.message());
}

absl::Status CheckIdentity(const std::string& path, const std::string& trust_domain) {
  if (!IsTrustDomain(trust_domain)) {
    return Refused("--trust-domain", "is needed with TLS, in small letters, like clinics.example");
  }
  ASSIGN_OR_RETURN(const std::string certificate, ReadPublicFile(path));
  ASSIGN_OR_RETURN(const std::vector<std::string> uris, crypto::UrisOf(certificate));
  const std::vector<absl::string_view> views(uris.begin(), uris.end());
  if (!IdentityPath(views, trust_domain).ok()) {
    return Refused(path,
                   absl::StrCat("does not name exactly one URI, spiffe://", trust_domain, "/..."));
  }
  return absl::OkStatus();
}

std::shared_ptr<tls::CertificateProviderInterface> Watch(const TlsFiles& files,
                                                         absl::Duration refresh) {
  const int64_t seconds = std::max<int64_t>(1, absl::ToInt64Seconds(refresh));
  return std::make_shared<tls::FileWatcherCertificateProvider>(
      files.key, files.certificate, files.authorities, static_cast<unsigned>(seconds));
}

}  // namespace

void TlsFiles::AddTo(Config& config) {
  config.Text("tls-cert", &certificate, "PEM file of our certificate and its chain");
  config.Text("tls-key", &key, "PEM file of its private key, mode 0600");
  config.Text("tls-ca", &authorities,
              "PEM file of the authorities that sign the other ends' certificates; empty: no TLS");
}

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> ServerTls(const TlsFiles& files,
                                                                   const std::string& trust_domain,
                                                                   absl::Duration refresh) {
  if (files.certificate.empty() || files.key.empty() || files.authorities.empty()) {
    return Refused("TLS", "--tls-cert, --tls-key and --tls-ca go together");
  }
  RETURN_IF_ERROR(CheckOwn(files));
  RETURN_IF_ERROR(CheckAuthorities(files));
  RETURN_IF_ERROR(CheckIdentity(files.certificate, trust_domain));
  tls::TlsServerCredentialsOptions options(Watch(files, refresh));
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  options.set_cert_request_type(GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY);
  return tls::TlsServerCredentials(options);
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> ClientTls(const TlsFiles& files,
                                                                    absl::Duration refresh) {
  if (files.empty()) return grpc::InsecureChannelCredentials();
  if (files.authorities.empty() || files.certificate.empty() != files.key.empty()) {
    return Refused("TLS", "--tls-ca is needed, and --tls-cert and --tls-key go together");
  }
  RETURN_IF_ERROR(CheckAuthorities(files));
  if (!files.certificate.empty()) RETURN_IF_ERROR(CheckOwn(files));
  // gRPC 1.51 frees options only with the credentials made of them: nothing may fail from here on.
  tls::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(Watch(files, refresh));
  options.watch_root_certs();
  if (!files.certificate.empty()) options.watch_identity_key_cert_pairs();
  return tls::TlsCredentials(options);
}

}  // namespace stillpoint::rpc

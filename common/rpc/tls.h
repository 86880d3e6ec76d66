// TLS 1.2 and 1.3 for servers and callers, from files that may change while the process runs.
#ifndef STILLPOINT_COMMON_RPC_TLS_H_
#define STILLPOINT_COMMON_RPC_TLS_H_

#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/config/config.h"

namespace stillpoint::rpc {

// How often the files are looked at. At the latest after this, new connections use new files and an
// authority that was taken out lets nobody in. Reading three small files costs nothing at this
// rate.
inline constexpr absl::Duration kTlsRefresh = absl::Seconds(10);

// Files in PEM. Certificate and key must change together, as a directory or a link to one is
// replaced (that is how Kubernetes mounts a secret): a pair that does not match is refused by new
// connections until it does.
struct TlsFiles {
  std::string
      certificate;  // Ours, followed by the authorities between it and those the peers know.
  std::string key;  // Mode 0600, without a password.
  std::string authorities;  // Who may have signed the certificates of those at the other end.

  // --tls-cert, --tls-key, --tls-ca.
  void AddTo(Config& config);
  bool empty() const { return certificate.empty() && key.empty() && authorities.empty(); }
};

// For a server; all three files are needed. A caller's certificate is asked for and, if there is
// one, must be signed by one of the authorities; who comes without one needs a key or a token.
// InvalidArgument BAD_CONFIG: a file is missing or not what it should be, the key may be read by
// others, the certificate has expired or belongs to another key, or has no identity in
// `trust_domain` (peer_identity.h).
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> ServerTls(
    const TlsFiles& files, const std::string& trust_domain, absl::Duration refresh = kTlsRefresh);

// For a caller: the authorities are needed, certificate and key are given both or neither. The
// server's certificate must name the host that is called. Plaintext if no file is given.
// InvalidArgument BAD_CONFIG as above.
absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> ClientTls(
    const TlsFiles& files, absl::Duration refresh = kTlsRefresh);

}  // namespace stillpoint::rpc

#endif  // STILLPOINT_COMMON_RPC_TLS_H_

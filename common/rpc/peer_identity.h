// Who a caller is by the certificate it presented: a SPIFFE id, spiffe://TRUST_DOMAIN/PATH.
//
// The handshake proves that an authority of ours signed the certificate and that the caller has its
// key. It does not look at names: a certificate with two URIs or of another trust domain passes it,
// so what is accepted as an identity is decided here.
#ifndef STILLPOINT_COMMON_RPC_PEER_IDENTITY_H_
#define STILLPOINT_COMMON_RPC_PEER_IDENTITY_H_

#include <grpcpp/grpcpp.h>

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/rpc/call.h"

namespace stillpoint::rpc {

// True if `name` can be a trust domain: 1-255 of [a-z0-9._-].
bool IsTrustDomain(absl::string_view name);

// The path ("services/booking") of the identity that `uris`, all URIs of one certificate, stand
// for: exactly one, a SPIFFE id in `trust_domain`. Unauthenticated PEER_IDENTITY_INVALID, the same
// for every cause: which certificates others hold is not a caller's business.
absl::StatusOr<std::string> IdentityPath(absl::Span<const absl::string_view> uris,
                                         absl::string_view trust_domain);

// The same of the certificate with which `peer` was verified; nullopt if it presented none, as over
// plaintext. Unauthenticated PEER_IDENTITY_INVALID.
absl::StatusOr<std::optional<std::string>> IdentityOfPeer(const grpc::AuthContext& peer,
                                                          absl::string_view trust_domain);

// Whom a call comes from that has no key or token of its own: "services/NAME" is Role::kService,
// "workers/NAME" Role::kWorker; what these may call is the access table's lists of those roles.
// nullopt for every other path, whose certificate only proves the connection.
std::optional<Principal> PrincipalOfIdentity(absl::string_view path);

// The principal of the certificate with which a call came, as above; nullopt without one, and if
// `trust_domain` is empty. Unauthenticated PEER_IDENTITY_INVALID.
absl::StatusOr<std::optional<Principal>> CertifiedCaller(const grpc::CallbackServerContext& context,
                                                         absl::string_view trust_domain);

}  // namespace stillpoint::rpc

#endif  // STILLPOINT_COMMON_RPC_PEER_IDENTITY_H_

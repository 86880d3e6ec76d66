#include "common/rpc/peer_identity.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/base/status_macros.h"
#include "common/error/error.h"

namespace stillpoint::rpc {
namespace {

constexpr absl::string_view kScheme = "spiffe://";
// SPIFFE-ID, 2.3 and 2.1.
constexpr size_t kIdBytesMax = 2048;
constexpr size_t kTrustDomainBytesMax = 255;

absl::Status Invalid() {
  return Error(absl::StatusCode::kUnauthenticated, "PEER_IDENTITY_INVALID",
               "the client certificate must name exactly one URI, a SPIFFE id in the trust domain "
               "of this service");
}

bool IsPathCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '-' || c == '_';
}

// Segments of letters, digits, '.', '-' and '_', none of them empty, "." or "..".
bool IsPath(absl::string_view path) {
  for (const absl::string_view segment : absl::StrSplit(path, '/')) {
    if (segment.empty() || segment == "." || segment == "..") return false;
    if (!std::all_of(segment.begin(), segment.end(), IsPathCharacter)) return false;
  }
  return true;
}

absl::string_view ViewOf(const grpc::string_ref& text) {
  return absl::string_view(text.data(), text.size());
}

}  // namespace

bool IsTrustDomain(absl::string_view name) {
  return !name.empty() && name.size() <= kTrustDomainBytesMax &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return IsPathCharacter(c) && !absl::ascii_isupper(c); });
}

absl::StatusOr<std::string> IdentityPath(absl::Span<const absl::string_view> uris,
                                         absl::string_view trust_domain) {
  if (uris.size() != 1 || uris[0].size() > kIdBytesMax) return Invalid();
  absl::string_view rest = uris[0];
  if (!absl::ConsumePrefix(&rest, kScheme) || !absl::ConsumePrefix(&rest, trust_domain) ||
      !absl::ConsumePrefix(&rest, "/") || !IsPath(rest)) {
    return Invalid();
  }
  return std::string(rest);
}

absl::StatusOr<std::optional<std::string>> IdentityOfPeer(const grpc::AuthContext& peer,
                                                          absl::string_view trust_domain) {
  if (peer.FindPropertyValues(GRPC_X509_PEM_CERT_PROPERTY_NAME).empty()) return std::nullopt;
  const std::vector<grpc::string_ref> values = peer.FindPropertyValues(GRPC_PEER_URI_PROPERTY_NAME);
  std::vector<absl::string_view> uris;
  uris.reserve(values.size());
  for (const grpc::string_ref& uri : values) uris.push_back(ViewOf(uri));
  absl::StatusOr<std::string> path = IdentityPath(uris, trust_domain);
  if (!path.ok()) return path.status();
  return std::optional<std::string>(*std::move(path));
}

std::optional<Principal> PrincipalOfIdentity(absl::string_view path) {
  const std::vector<absl::string_view> parts = absl::StrSplit(path, '/');
  if (parts.size() != 2) return std::nullopt;
  if (parts[0] == "services") return Principal{std::string(path), Role::kService, ""};
  if (parts[0] == "workers") return Principal{std::string(path), Role::kWorker, ""};
  return std::nullopt;
}

absl::StatusOr<std::optional<Principal>> CertifiedCaller(const grpc::CallbackServerContext& context,
                                                         absl::string_view trust_domain) {
  if (trust_domain.empty()) return std::nullopt;
  const std::shared_ptr<const grpc::AuthContext> peer = context.auth_context();
  ASSIGN_OR_RETURN(const std::optional<std::string> path, IdentityOfPeer(*peer, trust_domain));
  if (!path.has_value()) return std::nullopt;
  return PrincipalOfIdentity(*path);
}

}  // namespace stillpoint::rpc

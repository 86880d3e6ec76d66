// The public keys of a token issuer, as a JSON Web Key Set (RFC 7517).
#ifndef STILLPOINT_COMMON_RPC_JWKS_H_
#define STILLPOINT_COMMON_RPC_JWKS_H_

#include <openssl/types.h>

#include <map>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace stillpoint::rpc {

struct TokenKey {
  std::string algorithm;          // "RS256" or "ES256"; what the key is for, whatever a token says.
  std::shared_ptr<EVP_PKEY> key;  // Public; parsed once. Thread-safe to verify with.
};

// Whether `signature`, as a token has it, is that key's of `text`.
bool IsSigned(const TokenKey& key, absl::string_view text, absl::string_view signature);

// By `kid`. Keys for anything but RS256 (2048 to 4096 bits) and ES256 are left out: an issuer may
// publish others. InvalidArgument BAD_CONFIG: not a key set, a broken key, two of one kid, or none
// of use.
absl::StatusOr<std::map<std::string, TokenKey>> ParseJwks(absl::string_view json);

// A key takes 2 KB at most, and issuers have a handful.
inline constexpr size_t kJwksBytesMax = 64 << 10;

// The content of a file that anybody may read, but only its owner change; at most kJwksBytesMax.
// InvalidArgument BAD_CONFIG.
absl::StatusOr<std::string> ReadJwksFile(const std::string& path);

// `bytes` as base64url without padding, and back; false: not such a text.
std::string ToBase64Url(absl::string_view bytes);
bool FromBase64Url(absl::string_view text, std::string* bytes);

}  // namespace stillpoint::rpc

#endif  // STILLPOINT_COMMON_RPC_JWKS_H_

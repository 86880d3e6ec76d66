// Keys and tokens for development and tests: what an identity provider does elsewhere.
#ifndef STILLPOINT_COMMON_RPC_TOKEN_MAKER_H_
#define STILLPOINT_COMMON_RPC_TOKEN_MAKER_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace stillpoint::rpc {

// A new P-256 key in PEM: a secret.
std::string NewTokenKey();

// The JWKS (jwks.h) of the public half. Its `kid` follows from the key. InvalidArgument BAD_CONFIG:
// `private_pem` is not such a key.
absl::StatusOr<std::string> JwksOf(const std::string& private_pem);

// The public half in PEM. InvalidArgument BAD_CONFIG.
absl::StatusOr<std::string> PublicPemOf(const std::string& private_pem);

// A token with these claims, a JSON object, signed ES256; header as tokens.h wants it.
// InvalidArgument BAD_CONFIG: a bad key.
absl::StatusOr<std::string> MakeToken(const std::string& private_pem, const std::string& claims);

// The same under any header, also one that no issuer would write.
absl::StatusOr<std::string> SignToken(const std::string& private_pem, absl::string_view header,
                                      absl::string_view claims);

}  // namespace stillpoint::rpc

#endif  // STILLPOINT_COMMON_RPC_TOKEN_MAKER_H_

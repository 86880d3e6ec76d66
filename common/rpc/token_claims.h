// What a token says, before anybody believes it.
#ifndef STILLPOINT_COMMON_RPC_TOKEN_CLAIMS_H_
#define STILLPOINT_COMMON_RPC_TOKEN_CLAIMS_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/rpc/tokens.h"

namespace stillpoint::rpc {

struct TokenClaims {
  std::string kid;
  std::string algorithm;
  absl::string_view signed_text;  // Within the token.
  std::string signature;          // Decoded.
  absl::Time expires;
  Principal principal;
};

// Everything that can be judged without the key (tokens.h), at `now`. InvalidArgument: the message
// says in a word or two why not; it has nothing of the token in it and is for the log.
absl::StatusOr<TokenClaims> ReadClaims(absl::string_view token, const Tokens::Options& options,
                                       absl::Time now);

}  // namespace stillpoint::rpc

#endif  // STILLPOINT_COMMON_RPC_TOKEN_CLAIMS_H_

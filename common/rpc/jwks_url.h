// The keys of a token issuer, asked for over HTTPS.
#ifndef STILLPOINT_COMMON_RPC_JWKS_URL_H_
#define STILLPOINT_COMMON_RPC_JWKS_URL_H_

#include <atomic>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace stillpoint::rpc {

struct JwksUrl {
  // One question, from the name's look-up to the answer's last byte. An issuer that takes longer
  // is away; the next question comes soon enough.
  static constexpr absl::Duration kLimit = absl::Seconds(5);

  std::string url;
  std::string authorities = {};  // PEM file of who may sign its certificate; empty: the system's.
  absl::Duration limit = kLimit;
};

// Whether `place` is meant as a URL rather than as a file.
bool IsUrl(absl::string_view place);

// OK if `from` can be asked: https to anywhere, http to this machine only (for tests), without a
// user, a password or a fragment; the authorities can be read. InvalidArgument BAD_CONFIG.
absl::Status CheckJwksUrl(const JwksUrl& from);

// Asks once, with what CheckJwksUrl took; blocks for at most `from.limit`, or about a second after
// `stop` became true. Only the answer 200 of at most kJwksBytesMax counts; a redirection is not
// followed: where the keys are is for whoever starts the server to say. Thread-safe.
// Unavailable TOKEN_KEYS_AWAY, with the cause in words of ours.
absl::StatusOr<std::string> FetchJwks(const JwksUrl& from, const std::atomic<bool>& stop);

}  // namespace stillpoint::rpc

#endif  // STILLPOINT_COMMON_RPC_JWKS_URL_H_

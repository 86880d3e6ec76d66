// OAuth 2.0 access tokens (RFC 9068): signed by an issuer that we know, for us, for a while.
#ifndef STILLPOINT_COMMON_RPC_TOKENS_H_
#define STILLPOINT_COMMON_RPC_TOKENS_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/rpc/principal.h"

namespace stillpoint::rpc {

// The signature is OpenSSL's to judge. Debian's libjwt (1.10) would take 300-400 us for it, since
// it parses the key at each call, and refuses the `typ` of access tokens.
//
// Thread-safe. Header: `alg` RS256 or ES256, and that of the key; `typ` at+jwt; `kid`, looked up in
// the issuer's keys and used for nothing else. What else a header says of keys (jku, x5u, jwk) is
// never looked at; `crit` is refused.
//
// Claims: `iss`, `aud` (or a list with it), `exp`, `nbf` if there, `sub`, `organization`, `role`
// (any that belongs to an organization), and as the role needs them `practitioner`, `client`,
// `clinics`. `auth_time` is when the person logged in. Words of `scope` that begin with
// "stillpoint:" limit the token to methods: "stillpoint:BookingService.GetBooking".
class Tokens {
 public:
  // The keys are looked at no oftener, however many unknown keys tokens name. So a new key is
  // published a minute before it is used, and a removed one ends after at most a minute.
  static constexpr absl::Duration kRefresh = absl::Minutes(1);

  struct Options {
    std::string issuer;
    std::string audience;
    // A JWKS: a file, or the https URL of one. Whoever may change it decides who gets in.
    std::string keys;
    // Of a URL: PEM file of who may sign its certificate; empty: the system's authorities.
    std::string keys_ca = {};
    absl::Duration refresh = kRefresh;  // Of a URL; for tests.

    bool empty() const {
      return issuer.empty() && audience.empty() && keys.empty() && keys_ca.empty();
    }
  };
  // Between the clocks of issuer and server.
  static constexpr absl::Duration kClockSkew = absl::Minutes(1);
  // A token that lives longer is refused: nobody can call it back, and it is believed while cached.
  static constexpr absl::Duration kLifetimeMax = absl::Hours(24);
  // With room for the rest of a call's metadata (server.cc).
  static constexpr size_t kBytesMax = 4096;
  // While the issuer does not answer, its last keys count for so long: its bad day is not ours, and
  // all that it gave out before has ended by then. For ever would be wrong: a key that it withdraws
  // meanwhile, because somebody stole it, has to end here too.
  static constexpr absl::Duration kKeysAgeMax = kLifetimeMax;
  // Tokens that were verified are remembered until they end: a check takes up to 160 us.
  static constexpr size_t kRemembered = 20'000;  // About 10 MB.

  // A file is read here, and looked at again by whoever calls Verify. A URL is asked here once and
  // then every `refresh` by a thread of its own, so no call waits for the issuer; if it is away,
  // tokens are refused until it answers, since keys and certificates of other callers need no
  // issuer. InvalidArgument BAD_CONFIG: an option is missing, the key file is not as jwks.h wants
  // it, or the URL not as jwks_url.h does.
  static absl::StatusOr<std::unique_ptr<Tokens>> Open(Options options, absl::Time now);
  ~Tokens();

  // Unauthenticated CALLER_UNKNOWN: one answer for everything; the log has the cause.
  absl::StatusOr<Principal> Verify(absl::string_view token, absl::Time now);

  // How often the keys were looked at since Open, and signatures checked.
  int looks() const;
  int checks() const;

 private:
  struct Impl;
  explicit Tokens(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace stillpoint::rpc

#endif  // STILLPOINT_COMMON_RPC_TOKENS_H_

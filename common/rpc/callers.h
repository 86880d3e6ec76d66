// Who calls, by what it presents: a key of its own (partners' systems, services, workers), or an
// access token (people).
#ifndef STILLPOINT_COMMON_RPC_CALLERS_H_
#define STILLPOINT_COMMON_RPC_CALLERS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/rpc/principal.h"

namespace stillpoint::rpc {

class Tokens;

// A JSON file (mode 0600) of
//   {"callers": [{"key_hash": HEX, "subject": S, "role": "front_desk", "organization": O,
//                 "clinics": [ID, ...], "client": ID, "methods": ["BookingService", ...],
//                 "not_after": "2027-01-31T00:00:00Z"}, ...]}
// where key_hash is crypto::Hash of the bearer key in hexadecimal; the key itself is never stored.
// `clinics` is for a front desk or a manager, `client` for a client proxy; these, `methods` and
// `not_after` may be missing. A subject has at most two keys, so that one replaces the other while
// both are good. Movable; otherwise thread-safe.
//
// The file is followed while the server runs: a key that is taken out is unknown, and a new one
// good, `kRefresh` later. A file that has become unreadable or broken changes nothing, and the log
// says so: half a file must not lock every partner out.
class Callers {
 public:
  // As often as certificates (tls.h): who revokes one thing waits no longer for the other.
  static constexpr absl::Duration kRefresh = absl::Seconds(10);

  struct Known {
    std::string key_hash;  // 32 bytes.
    Principal principal;
    absl::Time not_after = absl::InfiniteFuture();  // From then on the key is unknown.
  };

  // Looks at the file again in calls of Find, by whose `now` it measures. InvalidArgument
  // BAD_CONFIG: unreadable, malformed, or others than its owner may read it.
  static absl::StatusOr<Callers> Load(const std::string& path, absl::Time now);
  // These and no others, for ever.
  explicit Callers(std::vector<Known> known);
  ~Callers();
  Callers(Callers&&) noexcept;

  // From now on access tokens are taken too. Call before anybody calls Find.
  void Accept(std::unique_ptr<Tokens> tokens);

  // Unauthenticated CALLER_UNKNOWN. `authorization` is the metadata value: "Bearer KEY", where
  // KEY is one of the file's or an access token. Logs that
  // a key was used, by the first digits of its hash, at most once an hour for each: so that a key
  // that nobody uses can be found and removed.
  absl::StatusOr<Principal> Find(absl::string_view authorization, absl::Time now) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// "KEY" of "Bearer KEY"; the scheme is case-insensitive (RFC 9110). Empty: not such a value.
absl::string_view BearerOf(absl::string_view authorization);

// Unauthenticated CALLER_UNKNOWN: one answer for whatever is wrong with a credential.
absl::Status CallerUnknown();

}  // namespace stillpoint::rpc

#endif  // STILLPOINT_COMMON_RPC_CALLERS_H_

// One invocation of the command line: where the services are, as whom, and how to answer.
#ifndef STILLPOINT_SERVICES_CLI_SESSION_H_
#define STILLPOINT_SERVICES_CLI_SESSION_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/base/ids.h"
#include "common/rpc/client.h"

namespace stillpoint::cli {

// What the global options say.
struct Settings {
  std::string booking = "127.0.0.1:50051";
  std::string client_record = "127.0.0.1:50052";
  std::string notification = "127.0.0.1:50053";
  std::string organization;
  std::string key_file;
  rpc::TlsFiles tls;
  bool allow_plaintext_network = false;
  std::string request_id;       // Empty: a new one for each call.
  std::string simulated_clock;  // The file the local demonstration's services live by; empty: none.
  bool json = false;
  int timeout_seconds = 10;
};

// Used by one thread.
class Session {
 public:
  Settings& settings() { return settings_; }
  const Settings& settings() const { return settings_; }

  // What the chosen command does; set while the words are parsed, run afterwards.
  std::function<absl::Status()> action;

  // Reads the key. InvalidArgument BAD_CONFIG: no key file, or not readable.
  absl::Status Open();

  const rpc::Peer& booking() const { return *booking_; }
  const rpc::Peer& client_record() const { return *client_record_; }
  const rpc::Peer& notification() const { return *notification_; }

  // The present as the services see it.
  absl::Time Now() const { return clock_->TimeNow(); }

  // The id that makes a repeated call one effect.
  std::string NextRequestId();

  // `organizations/{organization}`. InvalidArgument BAD_CONFIG when none is set.
  absl::StatusOr<std::string> Parent() const;
  // Completes a short id: Name("clinics", "moncton"). A full name passes as it is; empty stays
  // empty.
  absl::StatusOr<std::string> Name(absl::string_view collection, absl::string_view id) const;

  Deadline CallDeadline() const {
    return Deadline::After(absl::Seconds(settings_.timeout_seconds));
  }

  // One call; when the service cannot be reached it is made again, at most twice more, with the
  // same request id.
  template <typename Request, typename Response, typename Method>
  absl::Status Call(const rpc::Peer& peer, const Request& request, Response* response,
                    Method method) const {
    const Deadline deadline = CallDeadline();
    absl::Status status;
    for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
      status = peer.CallAndReconnect(deadline, request, response, method);
      if (!absl::IsUnavailable(status)) break;
    }
    return status;
  }

 private:
  static constexpr int kAttemptsMax = 3;
  Settings settings_;
  RandomIds ids_;
  std::unique_ptr<Clock> clock_;
  std::unique_ptr<rpc::Peer> booking_;
  std::unique_ptr<rpc::Peer> client_record_;
  std::unique_ptr<rpc::Peer> notification_;
};

// An instant from `text`: RFC 3339, or a civil time (`2027-03-15 10:00`, `2027-03-15`) in `zone`. A
// civil time that a change of clocks skips moves forward; one that happens twice is the earlier.
// InvalidArgument INVALID_FIELD for `option`.
absl::StatusOr<absl::Time> ReadInstant(absl::string_view option, absl::string_view text,
                                       absl::TimeZone zone);
// True if `text` is a civil time, which needs a zone.
bool NeedsZone(absl::string_view text);

}  // namespace stillpoint::cli

#endif  // STILLPOINT_SERVICES_CLI_SESSION_H_

#include "common/rpc/client.h"

#include <chrono>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "common/rpc/listen_address.h"
#include "common/rpc/private_file.h"

namespace stillpoint::rpc {
namespace {

// The published retry policy (gRPC service config): only methods that change nothing, only when the
// peer did not answer, at most three attempts within the call's own deadline.
constexpr char kServiceConfig[] = R"json({
  "methodConfig": [{
    "name": [
      {"service": "stillpoint.client_record.v1.ScreeningService", "method": "GetClearance"},
      {"service": "stillpoint.client_record.v1.ClientService", "method": "GetContact"},
      {"service": "stillpoint.booking.v1.BookingService", "method": "GetBooking"},
      {"service": "stillpoint.booking.v1.EventService", "method": "ListEvents"},
      {"service": "grpc.health.v1.Health", "method": "Check"}
    ],
    "retryPolicy": {
      "maxAttempts": 3,
      "initialBackoff": "0.05s",
      "maxBackoff": "0.5s",
      "backoffMultiplier": 3,
      "retryableStatusCodes": ["UNAVAILABLE"]
    }
  }]
})json";

// gRPC's own limit is 120 s; a peer that restarted would look dead for that long.
constexpr int kReconnectBackoffMaxMs = 2000;
// gRPC's MIN_RECONNECT_BACKOFF is how long one attempt to connect may take: a server under a rush
// of new callers needs more than the backoff to greet them all.
constexpr int kConnectMs = 5000;
constexpr int kReconnectBackoffMinMs = 100;
// Finds a peer that vanished without closing. Not below what servers accept (server.cc).
constexpr int kKeepaliveMs = 60'000;
constexpr int kKeepaliveTimeoutMs = 10'000;

absl::Status BadConfig(absl::string_view what) {
  return Error(absl::StatusCode::kInvalidArgument, "BAD_CONFIG", what);
}

// The only line of the file.
absl::StatusOr<std::string> ReadBearerKey(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string content, ReadPrivateFile(path));
  std::string key(absl::StripAsciiWhitespace(content));
  for (const char c : key) {
    if (!absl::ascii_isgraph(c)) {
      return BadConfig(absl::StrCat(path, ": is not one line with a key"));
    }
  }
  if (key.empty()) return BadConfig(absl::StrCat(path, ": is empty"));
  return key;
}

}  // namespace

Peer Peer::Connect(const std::string& address, const std::string& bearer_key,
                   const std::shared_ptr<grpc::ChannelCredentials>& credentials) {
  grpc::ChannelArguments arguments;
  arguments.SetServiceConfigJSON(kServiceConfig);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kReconnectBackoffMinMs);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kConnectMs);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kReconnectBackoffMaxMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  Peer peer;
  peer.channel_ = grpc::CreateCustomChannel(address, credentials, arguments);
  if (!bearer_key.empty()) peer.authorization_ = absl::StrCat("Bearer ", bearer_key);
  return peer;
}

absl::StatusOr<Peer> Peer::Open(const std::string& address, const PeerOptions& options) {
  if (options.tls.empty() && !options.allow_plaintext_network && !IsLocalAddress(address)) {
    return BadConfig(absl::StrCat(address,
                                  " is not on this machine and there is no --tls-ca; "
                                  "--allow-plaintext-network says that something else guards the "
                                  "wire"));
  }
  if (options.key_file.empty() && options.tls.certificate.empty()) {
    return BadConfig(
        absl::StrCat("neither a key nor a certificate says to ", address, " who is calling"));
  }
  std::string key;
  if (!options.key_file.empty()) {
    ASSIGN_OR_RETURN(key, ReadBearerKey(options.key_file));
  }
  ASSIGN_OR_RETURN(const std::shared_ptr<grpc::ChannelCredentials> credentials,
                   ClientTls(options.tls));
  return Connect(address, key, credentials);
}

void Peer::WaitUntilConnected(Deadline deadline) const {
  channel_->WaitForConnected(absl::ToChronoTime(absl::Now() + deadline.Remaining()));
}

void Peer::Prepare(grpc::ClientContext& context, Deadline deadline) const {
  if (!authorization_.empty()) context.AddMetadata("authorization", authorization_);
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::microseconds(absl::ToInt64Microseconds(deadline.Remaining())));
}

}  // namespace stillpoint::rpc

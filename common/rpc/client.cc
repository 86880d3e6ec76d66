#include "common/rpc/client.h"

#include <chrono>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/status_macros.h"
#include "common/error/error.h"
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

}  // namespace

Peer Peer::Connect(const std::string& address, const std::string& bearer_key) {
  grpc::ChannelArguments arguments;
  arguments.SetServiceConfigJSON(kServiceConfig);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kReconnectBackoffMinMs);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kConnectMs);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kReconnectBackoffMaxMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  Peer peer;
  peer.channel_ = grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
  peer.authorization_ = absl::StrCat("Bearer ", bearer_key);
  return peer;
}

absl::StatusOr<Peer> Peer::ConnectWithKeyFile(const std::string& address,
                                              const std::string& key_path) {
  ASSIGN_OR_RETURN(const std::string content, ReadPrivateFile(key_path));
  const std::string key(absl::StripAsciiWhitespace(content));
  for (const char c : key) {
    if (!absl::ascii_isgraph(c)) {
      return Error(absl::StatusCode::kInvalidArgument, "BAD_CONFIG",
                   absl::StrCat(key_path, ": is not one line with a key"));
    }
  }
  if (key.empty()) {
    return Error(absl::StatusCode::kInvalidArgument, "BAD_CONFIG",
                 absl::StrCat(key_path, ": is empty"));
  }
  return Connect(address, key);
}

void Peer::WaitUntilConnected(Deadline deadline) const {
  channel_->WaitForConnected(absl::ToChronoTime(absl::Now() + deadline.Remaining()));
}

void Peer::Prepare(grpc::ClientContext& context, Deadline deadline) const {
  context.AddMetadata("authorization", authorization_);
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::microseconds(absl::ToInt64Microseconds(deadline.Remaining())));
}

}  // namespace stillpoint::rpc

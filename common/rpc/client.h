// Calling another service.
#ifndef STILLPOINT_COMMON_RPC_CLIENT_H_
#define STILLPOINT_COMMON_RPC_CLIENT_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "common/rpc/status.h"
#include "common/rpc/tls.h"

namespace stillpoint::rpc {

// Who we are to another service, and how the way there is guarded.
struct PeerOptions {
  // Our bearer key is its only line (mode 0600). Empty: our certificate says who we are.
  std::string key_file;
  TlsFiles tls;  // Empty: plaintext.
  // Without TLS only this machine is called, unless this says so: behind a mesh or a NetworkPolicy
  // that already guards the wire.
  bool allow_plaintext_network = false;
};

// Where another service is and who we are to it. A value; copies share the channel. Thread-safe.
class Peer {
 public:
  // `address` as gRPC takes it; `bearer_key` as in the peer's callers file, empty: none is sent.
  static Peer Connect(const std::string& address, const std::string& bearer_key,
                      const std::shared_ptr<grpc::ChannelCredentials>& credentials =
                          grpc::InsecureChannelCredentials());
  // InvalidArgument BAD_CONFIG: a file is not what it should be, there is neither key nor
  // certificate, or plaintext would leave this machine.
  static absl::StatusOr<Peer> Open(const std::string& address, const PeerOptions& options);
  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }
  // Waits until the channel is connected, or `deadline` has passed. For a caller that would rather
  // wait a moment than be told at once that a connection failed.
  void WaitUntilConnected(Deadline deadline) const;
  // Sets identity and deadline of one call.
  void Prepare(grpc::ClientContext& context, Deadline deadline) const;

  // One unary call: peer.Call(deadline, request, &response, [&](auto* ctx, auto& req, auto* resp) {
  //   return stub->GetBooking(ctx, req, resp); })
  template <typename Request, typename Response, typename Method>
  absl::Status Call(Deadline deadline, const Request& request, Response* response,
                    Method method) const {
    grpc::ClientContext context;
    Prepare(context, deadline);
    return FromGrpc(method(&context, request, response));
  }

  // As Call, for processes that are no server. If nobody could be reached, waits until somebody can
  // be, at most kReconnectMax: gRPC goes on with a connection only while a thread of ours waits for
  // something, as a server's always do. A caller that pauses between calls, each refused at once,
  // would give a TLS handshake no time at all, and it would be given up and begun again for ever.
  template <typename Request, typename Response, typename Method>
  absl::Status CallAndReconnect(Deadline deadline, const Request& request, Response* response,
                                Method method) const {
    const absl::Status status = Call(deadline, request, response, method);
    if (absl::IsUnavailable(status)) WaitUntilConnected(Deadline::After(kReconnectMax));
    return status;
  }

 private:
  // One failed connection, on a busy machine or while a server restarts, is mended within this.
  static constexpr absl::Duration kReconnectMax = absl::Milliseconds(500);
  std::shared_ptr<grpc::Channel> channel_;
  std::string authorization_;  // Empty: none.
};

}  // namespace stillpoint::rpc

#endif  // STILLPOINT_COMMON_RPC_CLIENT_H_

// Calling another service.
#ifndef STILLPOINT_COMMON_RPC_CLIENT_H_
#define STILLPOINT_COMMON_RPC_CLIENT_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "common/rpc/status.h"

namespace stillpoint::rpc {

// Where another service is and who we are to it. A value; copies share the channel. Thread-safe.
class Peer {
 public:
  // `address` as gRPC takes it; `bearer_key` as in the peer's callers file.
  static Peer Connect(const std::string& address, const std::string& bearer_key);
  // The key is the only line of the file `key_path` (mode 0600). InvalidArgument BAD_CONFIG.
  static absl::StatusOr<Peer> ConnectWithKeyFile(const std::string& address,
                                                 const std::string& key_path);
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

 private:
  std::shared_ptr<grpc::Channel> channel_;
  std::string authorization_;
};

}  // namespace stillpoint::rpc

#endif  // STILLPOINT_COMMON_RPC_CLIENT_H_

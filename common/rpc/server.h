// A gRPC server with health, reflection by flag and a graceful end.
#ifndef STILLPOINT_COMMON_RPC_SERVER_H_
#define STILLPOINT_COMMON_RPC_SERVER_H_

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/rpc/edge.h"

namespace stillpoint::rpc {

class Server {
 public:
  struct Options {
    std::string listen = "127.0.0.1:0";  // HOST:PORT or unix:PATH.
    // Without TLS only loopback and Unix sockets are listened on, unless this says so: behind a
    // mesh or a NetworkPolicy that already guards the wire.
    bool allow_plaintext_network = false;
    // As ServerTls gives; null: plaintext.
    std::shared_ptr<grpc::ServerCredentials> credentials = {};
    bool reflection = false;
    int message_bytes_max = 1 << 20;  // The largest honest request is an intake, about 40 KB.
    absl::Duration drain = absl::Seconds(10);  // For calls in flight, after SIGTERM.
  };

  // Starts serving. `ready` (the database answers) is asked every second and sets health.
  // FailedPrecondition METHOD_WITHOUT_ACCESS, Unavailable LISTEN_FAILED, InvalidArgument
  // BAD_CONFIG.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const Options& options, Edge& edge,
                                                       std::vector<grpc::Service*> services,
                                                       std::vector<std::string> service_names,
                                                       std::function<absl::Status()> ready);
  ~Server();
  int port() const;
  // NOT_SERVING, wait for calls in flight, shut down. Idempotent.
  void Drain();

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Blocks SIGTERM and SIGINT in all threads; call first in main.
void BlockStopSignals();
// Waits until one of them arrives.
void WaitForStopSignal();

}  // namespace stillpoint::rpc

#endif  // STILLPOINT_COMMON_RPC_SERVER_H_

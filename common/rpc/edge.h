// The one path every unary RPC takes, so that no handler can forget a step:
//   identity -> access -> deadline -> admission -> body on the pool -> metrics and log -> wire status.
#ifndef STILLPOINT_COMMON_RPC_EDGE_H_
#define STILLPOINT_COMMON_RPC_EDGE_H_

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/metrics/metrics.h"
#include "common/rpc/call.h"
#include "common/rpc/status.h"

namespace stillpoint::rpc {

// Thread-safe. Outlives the server.
class Edge {
 public:
  struct Options {
    int threads = 16;         // Handlers that do I/O at one time; they block, so more than cores.
    int waiting_max = 256;    // Admitted but not started. Beyond: ResourceExhausted SERVER_BUSY.
    absl::Duration deadline_default = absl::Seconds(10);  // When the caller set none.
    absl::Duration deadline_max = absl::Seconds(60);      // However long the caller would wait.
  };
  Edge(Options options, Callers callers, std::vector<MethodAccess> access, Metrics& metrics);
  ~Edge();  // Waits for the bodies in flight.

  // Identity, access and deadline of one call. Unauthenticated CALLER_UNKNOWN, PermissionDenied
  // ROLE_NOT_ALLOWED, DeadlineExceeded DEADLINE_EXCEEDED.
  absl::StatusOr<CallInfo> Open(const grpc::CallbackServerContext& context, absl::string_view method) const;

  // Runs `body` on the pool and then `done`; false if the pool is full (neither will run).
  bool Submit(std::function<void()> body);

  // Counts and logs one answered call.
  void Close(absl::string_view method, const absl::Status& status, absl::Duration took);

  // Calls admitted and not yet answered; the drain waits for zero.
  int in_flight() const;
  // OK if every method of `services` (full proto names) has an entry in the access table.
  absl::Status CheckAccessTable(const std::vector<std::string>& services) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// `method` is "Service.Method", a constant. `body` is absl::Status(const CallInfo&), run on the pool;
// request and response stay valid until it returns.
template <typename Body>
grpc::ServerUnaryReactor* Unary(Edge& edge, grpc::CallbackServerContext* context,
                                absl::string_view method, Body body) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const absl::Time start = absl::Now();  // Only a difference is used.
  absl::StatusOr<CallInfo> call = edge.Open(*context, method);
  if (!call.ok()) {
    edge.Close(method, call.status(), absl::Now() - start);
    reactor->Finish(ToGrpc(call.status()));
    return reactor;
  }
  const bool admitted = edge.Submit([&edge, reactor, start, call = *std::move(call), body]() {
    absl::Status status = call.deadline.Passed() ? DeadlinePassed() : body(call);
    edge.Close(call.method, status, absl::Now() - start);
    reactor->Finish(ToGrpc(status));
  });
  if (!admitted) {
    const absl::Status busy = ServerBusy();
    edge.Close(method, busy, absl::Now() - start);
    reactor->Finish(ToGrpc(busy));
  }
  return reactor;
}

}  // namespace stillpoint::rpc

#endif  // STILLPOINT_COMMON_RPC_EDGE_H_

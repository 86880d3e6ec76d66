// The one path every unary RPC takes, so that no handler can forget a step:
//   identity -> access -> deadline -> admission -> body on the pool -> metrics and log -> wire
//   status.
#ifndef STILLPOINT_COMMON_RPC_EDGE_H_
#define STILLPOINT_COMMON_RPC_EDGE_H_

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <optional>
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
    int threads = 16;       // Handlers that do I/O at one time; they block, so more than cores.
    int waiting_max = 256;  // Admitted but not started. Beyond: ResourceExhausted SERVER_BUSY.
    absl::Duration deadline_default = absl::Seconds(10);  // When the caller set none.
    absl::Duration deadline_max = absl::Seconds(60);      // However long the caller would wait.
  };
  Edge(Options options, Callers callers, std::vector<MethodAccess> access, Metrics& metrics);
  ~Edge();  // Waits for the bodies in flight.

  // Identity, access and deadline of one call. Unauthenticated CALLER_UNKNOWN, PermissionDenied
  // ROLE_NOT_ALLOWED, DeadlineExceeded DEADLINE_EXCEEDED, Unavailable SHUTTING_DOWN.
  absl::StatusOr<CallInfo> Open(const grpc::CallbackServerContext& context,
                                absl::string_view method) const;

  // Runs `body` on the pool and then `done`; false if the pool is full (neither will run).
  bool Submit(std::function<void()> body);

  // Counts and logs one answered call.
  void Close(absl::string_view method, const absl::Status& status, absl::Duration took);

  // Calls admitted and not yet answered; the drain waits for zero.
  int in_flight() const;
  // From now on every new call is answered Unavailable SHUTTING_DOWN. Then waits until none is in
  // flight; false if `deadline` came first.
  bool Drain(Deadline deadline);
  // OK if every method of `services` (full proto names) has an entry in the access table.
  absl::Status CheckAccessTable(const std::vector<std::string>& services) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Answers a call on which nothing was done yet.
inline grpc::ServerUnaryReactor* Answer(Edge& edge, grpc::ServerUnaryReactor* reactor,
                                        absl::string_view method, absl::Time start,
                                        const absl::Status& status) {
  edge.Close(method, status, absl::Now() - start);
  reactor->Finish(ToGrpc(status));
  return reactor;
}

// The second half of Unary: admission, and `body` on the pool.
template <typename Body>
grpc::ServerUnaryReactor* UnaryOnPool(Edge& edge, grpc::ServerUnaryReactor* reactor,
                                      absl::Time start, CallInfo call, Body body) {
  const std::string method = call.method;
  const bool admitted = edge.Submit([&edge, reactor, start, call = std::move(call), body]() {
    Answer(edge, reactor, call.method, start,
           call.deadline.Passed() ? DeadlinePassed() : body(call));
  });
  return admitted ? reactor : Answer(edge, reactor, method, start, ServerBusy());
}

// `method` is "Service.Method", a constant. `body` is absl::Status(const CallInfo&), run on the
// pool; request and response stay valid until it returns.
template <typename Body>
grpc::ServerUnaryReactor* Unary(Edge& edge, grpc::CallbackServerContext* context,
                                absl::string_view method, Body body) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const absl::Time start = absl::Now();  // Only a difference is used.
  absl::StatusOr<CallInfo> call = edge.Open(*context, method);
  if (!call.ok()) return Answer(edge, reactor, method, start, call.status());
  return UnaryOnPool(edge, reactor, start, *std::move(call), std::move(body));
}

// As Unary, but first asks `fast`, std::optional<absl::Status>(const CallInfo&), on gRPC's own
// thread: for what needs no I/O and no lock that is held during I/O, such as a search whose facts
// are in memory. nullopt: `body` answers, on the pool. A `fast` that blocks stops every other call.
template <typename Fast, typename Body>
grpc::ServerUnaryReactor* UnaryFastFirst(Edge& edge, grpc::CallbackServerContext* context,
                                         absl::string_view method, Fast fast, Body body) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const absl::Time start = absl::Now();  // Only a difference is used.
  absl::StatusOr<CallInfo> call = edge.Open(*context, method);
  if (!call.ok()) return Answer(edge, reactor, method, start, call.status());
  if (const std::optional<absl::Status> answer = fast(*call); answer.has_value()) {
    return Answer(edge, reactor, method, start, *answer);
  }
  return UnaryOnPool(edge, reactor, start, *std::move(call), std::move(body));
}

}  // namespace stillpoint::rpc

#endif  // STILLPOINT_COMMON_RPC_EDGE_H_

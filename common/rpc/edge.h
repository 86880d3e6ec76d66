// The one path every unary RPC takes, so that no handler can forget a step:
//   identity -> access -> rate limits -> deadline -> admission -> body on the pool -> metrics and
//   log -> wire status.
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
#include "common/rpc/callers.h"
#include "common/rpc/status.h"

namespace stillpoint::rpc {

class RateLimiter;

// Thread-safe. Outlives the server.
class Edge {
 public:
  struct Options {
    int threads = 16;       // Handlers that do I/O at one time; they block, so more than cores.
    int waiting_max = 256;  // Admitted but not started. Beyond: ResourceExhausted SERVER_BUSY.
    absl::Duration deadline_default = absl::Seconds(10);  // When the caller set none.
    absl::Duration deadline_max = absl::Seconds(60);      // However long the caller would wait.
    // Of callers' certificates (peer_identity.h). Empty: a certificate identifies nobody.
    std::string trust_domain = {};
    // How often one may call. Outlives the edge; null: as often as there is room.
    RateLimiter* rate_limiter = nullptr;
  };
  Edge(Options options, Callers callers, std::vector<MethodAccess> access, Metrics& metrics);
  ~Edge();  // Waits for the bodies in flight.

  // Identity, access, limits and deadline of one call. Unauthenticated CALLER_UNKNOWN or
  // PEER_IDENTITY_INVALID, those of Authorise, ResourceExhausted RATE_LIMITED, DeadlineExceeded
  // DEADLINE_EXCEEDED, Unavailable SHUTTING_DOWN.
  absl::StatusOr<CallInfo> Open(const grpc::CallbackServerContext& context,
                                absl::string_view method) const;

  // Counts one more call in flight; false if there are too many. Release takes it back.
  bool Admit();
  void Release();
  // Runs `body` of an admitted call on the pool.
  void Submit(std::function<void()> body);

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

// An admitted call that waits for something without holding a thread. Exactly one of Finish and
// FinishOnPool must be called, once; both may come from any thread.
class Pending {
 public:
  Pending(Edge& edge, grpc::ServerUnaryReactor* reactor, absl::Time start, CallInfo call)
      : edge_(edge), reactor_(reactor), start_(start), call_(std::move(call)) {}

  const CallInfo& call() const { return call_; }

  // Nothing of the call may be touched afterwards, its request and response included.
  void Finish(const absl::Status& status) {
    Answer(edge_, reactor_, call_.method, start_, status);
    edge_.Release();
  }

  // Answers with what `body`, absl::Status(const CallInfo&), says on a thread of the pool.
  template <typename Body>
  static void FinishOnPool(std::shared_ptr<Pending> pending, Body body) {
    Edge& edge = pending->edge_;
    edge.Submit([pending = std::move(pending), body = std::move(body)]() {
      pending->Finish(pending->call_.deadline.Passed() ? DeadlinePassed() : body(pending->call_));
    });
  }

 private:
  Edge& edge_;
  grpc::ServerUnaryReactor* const reactor_;
  const absl::Time start_;
  const CallInfo call_;
};

// As Unary, for what seldom needs I/O of its own: `begin`, void(std::shared_ptr<Pending>), runs on
// gRPC's own thread and must not block. A `begin` that blocks stops every other call.
template <typename Begin>
grpc::ServerUnaryReactor* UnaryPending(Edge& edge, grpc::CallbackServerContext* context,
                                       absl::string_view method, Begin begin) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const absl::Time start = absl::Now();  // Only a difference is used.
  absl::StatusOr<CallInfo> call = edge.Open(*context, method);
  if (!call.ok()) return Answer(edge, reactor, method, start, call.status());
  if (!edge.Admit()) return Answer(edge, reactor, method, start, ServerBusy());
  begin(std::make_shared<Pending>(edge, reactor, start, *std::move(call)));
  return reactor;
}

// `method` is "Service.Method", a constant. `body` is absl::Status(const CallInfo&), run on the
// pool; request and response stay valid until it returns.
template <typename Body>
grpc::ServerUnaryReactor* Unary(Edge& edge, grpc::CallbackServerContext* context,
                                absl::string_view method, Body body) {
  return UnaryPending(edge, context, method,
                      [body = std::move(body)](std::shared_ptr<Pending> pending) {
                        Pending::FinishOnPool(std::move(pending), std::move(body));
                      });
}

}  // namespace stillpoint::rpc

#endif  // STILLPOINT_COMMON_RPC_EDGE_H_

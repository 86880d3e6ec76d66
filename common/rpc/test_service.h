// The echo service, whose answers each test decides.
#ifndef STILLPOINT_COMMON_RPC_TEST_SERVICE_H_
#define STILLPOINT_COMMON_RPC_TEST_SERVICE_H_

#include <functional>
#include <utility>
#include <vector>

#include "common/rpc/edge.h"
#include "common/rpc/test_echo.grpc.pb.h"

namespace stillpoint::rpc {

inline constexpr char kEchoService[] = "stillpoint.test.EchoService";

inline const std::vector<MethodAccess> kEchoAccess = {
    {"EchoService.Say", Role::kOwner | Role::kFrontDesk | Role::kService},
    {"EchoService.Own", Only(Role::kOwner)},
};

class EchoServiceImpl final : public test::EchoService::CallbackService {
 public:
  using Body =
      std::function<absl::Status(const CallInfo&, const test::SayRequest&, test::SayResponse*)>;
  EchoServiceImpl(Edge& edge, Body body) : edge_(edge), body_(std::move(body)) {}

  grpc::ServerUnaryReactor* Say(grpc::CallbackServerContext* context,
                                const test::SayRequest* request,
                                test::SayResponse* response) override {
    return Unary(edge_, context, "EchoService.Say",
                 [=, this](const CallInfo& call) { return body_(call, *request, response); });
  }

  // Answers "fast" at once to the text "fast"; everything else on the pool.
  grpc::ServerUnaryReactor* Own(grpc::CallbackServerContext* context,
                                const test::SayRequest* request,
                                test::SayResponse* response) override {
    return UnaryPending(edge_, context, "EchoService.Own", [=, this](auto pending) {
      if (request->text() == "fast") {
        response->set_text("fast");
        return pending->Finish(absl::OkStatus());
      }
      Pending::FinishOnPool(std::move(pending), [=, this](const CallInfo& call) {
        return body_(call, *request, response);
      });
    });
  }

 private:
  Edge& edge_;
  const Body body_;
};

}  // namespace stillpoint::rpc

#endif  // STILLPOINT_COMMON_RPC_TEST_SERVICE_H_

#include "common/rpc/unexplained.h"

#include "absl/strings/match.h"
#include "common/rpc/status.h"

namespace stillpoint::rpc {
namespace {

using grpc::experimental::InterceptionHookPoints;
using grpc::experimental::ServerRpcInfo;

grpc::Status Explained(const grpc::Status& status, bool known_unary) {
  if (known_unary && status.error_code() == grpc::StatusCode::UNIMPLEMENTED) {
    return ToGrpc(MalformedRequest());
  }
  return ToGrpc(FromGrpc(status));  // FromGrpc gives it a reason.
}

class Interceptor final : public grpc::experimental::Interceptor {
 public:
  explicit Interceptor(bool known_unary) : known_unary_(known_unary) {}

  void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_STATUS)) {
      const grpc::Status status = methods->GetSendStatus();
      if (!status.ok() && status.error_details().empty()) {
        methods->ModifySendStatus(Explained(status, known_unary_));
      }
    }
    methods->Proceed();
  }

 private:
  const bool known_unary_;
};

class Factory final : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  grpc::experimental::Interceptor* CreateServerInterceptor(ServerRpcInfo* info) override {
    const absl::string_view method = info->method() == nullptr ? "" : info->method();
    // Health is gRPC's own service: its NOT_FOUND for an unknown name goes as its specification
    // says.
    if (absl::StartsWith(method, "/grpc.")) return nullptr;
    return new Interceptor(info->type() == ServerRpcInfo::Type::UNARY);
  }
};

}  // namespace

std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface> ExplainingInterceptors() {
  return std::make_unique<Factory>();
}

}  // namespace stillpoint::rpc

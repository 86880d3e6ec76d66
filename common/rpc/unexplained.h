// Answers that gRPC gives by itself, before a handler of ours is asked.
#ifndef STILLPOINT_COMMON_RPC_UNEXPLAINED_H_
#define STILLPOINT_COMMON_RPC_UNEXPLAINED_H_

#include <grpcpp/support/server_interceptor.h>

#include <memory>

namespace stillpoint::rpc {

// Gives such an answer its google.rpc.Status. What cannot be read as the request of its method
// becomes InvalidArgument MALFORMED_REQUEST (gRPC says UNIMPLEMENTED); anything else keeps its
// code, which is also its reason.
std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface> ExplainingInterceptors();

}  // namespace stillpoint::rpc

#endif  // STILLPOINT_COMMON_RPC_UNEXPLAINED_H_

#include "common/rpc/probe.h"

#include <memory>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "common/rpc/client.h"
#include "grpc/health/v1/health.grpc.pb.h"

namespace stillpoint::rpc {
namespace {

// Less than the timeout that the manifests give the probe, so that it ends with a word of ours.
constexpr absl::Duration kProbeMax = absl::Seconds(2);

}  // namespace

absl::StatusOr<std::string> ProbeAddress(const std::string& listen) {
  if (absl::StartsWith(listen, "unix")) return listen;
  const size_t colon = listen.rfind(':');
  if (colon == std::string::npos || listen.substr(colon + 1) == "0") {
    return Error(absl::StatusCode::kInvalidArgument, "BAD_CONFIG",
                 absl::StrCat("--listen=", listen, " has no fixed port to probe"));
  }
  const std::string host = listen.substr(0, colon);
  if (host == "0.0.0.0" || host == "[::]") {
    return absl::StrCat("127.0.0.1", listen.substr(colon));
  }
  return listen;
}

absl::Status Probe(const std::string& listen, const TlsFiles& tls) {
  using grpc::health::v1::HealthCheckResponse;
  ASSIGN_OR_RETURN(const std::string address, ProbeAddress(listen));
  // No certificate of a caller: health is everybody's.
  ASSIGN_OR_RETURN(const auto credentials, ClientTls({"", "", tls.authorities}));
  const Peer peer = Peer::Connect(address, "", credentials);
  const auto stub = grpc::health::v1::Health::NewStub(peer.channel());
  HealthCheckResponse response;
  RETURN_IF_ERROR(
      peer.Call(Deadline::After(kProbeMax), grpc::health::v1::HealthCheckRequest(), &response,
                [&](auto* context, auto& r, auto* resp) { return stub->Check(context, r, resp); }));
  if (response.status() == HealthCheckResponse::SERVING) return absl::OkStatus();
  return Error(absl::StatusCode::kUnavailable, "NOT_SERVING", "the server is not ready");
}

}  // namespace stillpoint::rpc

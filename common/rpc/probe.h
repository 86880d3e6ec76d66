// Asks a server on this machine for its health, as a command of the server's own program.
// Kubernetes' gRPC probes cannot speak TLS, and an image that holds one program has nothing else to
// run.
#ifndef STILLPOINT_COMMON_RPC_PROBE_H_
#define STILLPOINT_COMMON_RPC_PROBE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/rpc/tls.h"

namespace stillpoint::rpc {

// The address at which a process on this machine reaches a server that listens on `listen`: the
// same, but 127.0.0.1 where it listens on all addresses. InvalidArgument BAD_CONFIG: no fixed port.
absl::StatusOr<std::string> ProbeAddress(const std::string& listen);

// OK if the server that listens on `listen` is SERVING. `tls` is the server's own: its certificate
// must name the address. Unavailable NOT_SERVING, or as Peer::Open and a call.
absl::Status Probe(const std::string& listen, const TlsFiles& tls);

}  // namespace stillpoint::rpc

#endif  // STILLPOINT_COMMON_RPC_PROBE_H_

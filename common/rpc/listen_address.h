// What an address to listen on says about who can reach it.
#ifndef STILLPOINT_COMMON_RPC_LISTEN_ADDRESS_H_
#define STILLPOINT_COMMON_RPC_LISTEN_ADDRESS_H_

#include "absl/strings/string_view.h"

namespace stillpoint::rpc {

// True if only processes of this machine reach `address`, as gRPC takes it: a Unix socket,
// 127.0.0.0/8,
// [::1] or localhost. False for everything else, and for what cannot be read.
bool IsLocalAddress(absl::string_view address);

}  // namespace stillpoint::rpc

#endif  // STILLPOINT_COMMON_RPC_LISTEN_ADDRESS_H_

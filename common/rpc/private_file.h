// Files that hold secrets.
#ifndef STILLPOINT_COMMON_RPC_PRIVATE_FILE_H_
#define STILLPOINT_COMMON_RPC_PRIVATE_FILE_H_

#include <string>

#include "absl/status/statusor.h"

namespace stillpoint::rpc {

// The content of the file `path`, at most 16 MB. InvalidArgument BAD_CONFIG: unreadable, too large,
// or others than its owner may read it. A file of root's may also be readable by its group: that is
// how Kubernetes mounts a secret for a process that is not root.
absl::StatusOr<std::string> ReadPrivateFile(const std::string& path);

}  // namespace stillpoint::rpc

#endif  // STILLPOINT_COMMON_RPC_PRIVATE_FILE_H_

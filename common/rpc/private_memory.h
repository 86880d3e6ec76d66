// What a process knows stays in it when it dies.
#ifndef STILLPOINT_COMMON_RPC_PRIVATE_MEMORY_H_
#define STILLPOINT_COMMON_RPC_PRIVATE_MEMORY_H_

namespace stillpoint::rpc {

// From now on a crash leaves no core file, and no process of the same user may attach to this one
// or read its memory and environment: they hold keys, tokens and records. Whoever debugs a server
// needs root, or a build without this call. Call first in main.
void KeepMemoryPrivate();

}  // namespace stillpoint::rpc

#endif  // STILLPOINT_COMMON_RPC_PRIVATE_MEMORY_H_

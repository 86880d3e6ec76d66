#include "common/rpc/private_memory.h"

#include <sys/prctl.h>
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>

namespace stillpoint::rpc {

void KeepMemoryPrivate() {
  // Both: a core_pattern that is a pipe ignores the limit, and what starts us may raise it again.
  constexpr rlimit kNone = {0, 0};
  if (setrlimit(RLIMIT_CORE, &kNone) == 0 && prctl(PR_SET_DUMPABLE, 0) == 0) return;
  std::perror("core files cannot be forbidden");  // Neither can fail on Linux.
  std::abort();
}

}  // namespace stillpoint::rpc

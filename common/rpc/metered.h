// A database and a Redis that count what they are asked: stillpoint_dependency_{total,seconds}.
#ifndef STILLPOINT_COMMON_RPC_METERED_H_
#define STILLPOINT_COMMON_RPC_METERED_H_

#include <memory>

#include "common/metrics/metrics.h"
#include "common/redis/redis.h"
#include "common/sql/database.h"

namespace stillpoint::rpc {

// Passes everything on to `inner` and records each transaction as dependency "database": its time
// and its code. A code that the body chose (a refusal) is recorded as OK: the database did its
// work.
std::unique_ptr<sql::Database> Metered(std::unique_ptr<sql::Database> inner, Metrics& metrics);

// Likewise each command, as dependency "redis".
std::unique_ptr<redis::Redis> Metered(std::unique_ptr<redis::Redis> inner, Metrics& metrics);

}  // namespace stillpoint::rpc

#endif  // STILLPOINT_COMMON_RPC_METERED_H_

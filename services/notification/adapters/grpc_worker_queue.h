// The queue over gRPC, for the worker.
#ifndef STILLPOINT_SERVICES_NOTIFICATION_ADAPTERS_GRPC_WORKER_QUEUE_H_
#define STILLPOINT_SERVICES_NOTIFICATION_ADAPTERS_GRPC_WORKER_QUEUE_H_

#include <memory>

#include "common/rpc/client.h"
#include "services/notification/ports/worker.h"

namespace stillpoint::notification::adapters {

// Thread-safe.
std::unique_ptr<ports::WorkerQueue> MakeGrpcWorkerQueue(rpc::Peer peer);

}  // namespace stillpoint::notification::adapters

#endif  // STILLPOINT_SERVICES_NOTIFICATION_ADAPTERS_GRPC_WORKER_QUEUE_H_

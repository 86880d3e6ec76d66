// Booking and client record over gRPC.
#ifndef STILLPOINT_SERVICES_NOTIFICATION_ADAPTERS_GRPC_PEERS_H_
#define STILLPOINT_SERVICES_NOTIFICATION_ADAPTERS_GRPC_PEERS_H_

#include <memory>

#include "common/rpc/client.h"
#include "services/notification/ports/peers.h"

namespace stillpoint::notification::adapters {

// Thread-safe.
std::unique_ptr<ports::Bookings> MakeGrpcBookings(rpc::Peer peer);
std::unique_ptr<ports::Contacts> MakeGrpcContacts(rpc::Peer peer);

}  // namespace stillpoint::notification::adapters

#endif  // STILLPOINT_SERVICES_NOTIFICATION_ADAPTERS_GRPC_PEERS_H_

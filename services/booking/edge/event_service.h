// EventService on the wire.
#ifndef STILLPOINT_SERVICES_BOOKING_EDGE_EVENT_SERVICE_H_
#define STILLPOINT_SERVICES_BOOKING_EDGE_EVENT_SERVICE_H_

#include "common/rpc/edge.h"
#include "services/booking/app/read_bookings.h"
#include "stillpoint/booking/v1/event_service.grpc.pb.h"

namespace stillpoint::booking::edge {

namespace pb = ::stillpoint::booking::v1;

// Thread-safe. References must outlive it. Errors are those of event_service.proto.
class EventServiceImpl final : public pb::EventService::CallbackService {
 public:
  EventServiceImpl(rpc::Edge& edge, app::ReadBookings& read) : edge_(edge), read_(read) {}

  grpc::ServerUnaryReactor* ListEvents(grpc::CallbackServerContext* context,
                                       const pb::ListEventsRequest* request,
                                       pb::ListEventsResponse* response) override;

 private:
  rpc::Edge& edge_;
  app::ReadBookings& read_;
};

}  // namespace stillpoint::booking::edge

#endif  // STILLPOINT_SERVICES_BOOKING_EDGE_EVENT_SERVICE_H_

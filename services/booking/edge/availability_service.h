// AvailabilityService on the wire: authorise, translate, search, translate back.
#ifndef STILLPOINT_SERVICES_BOOKING_EDGE_AVAILABILITY_SERVICE_H_
#define STILLPOINT_SERVICES_BOOKING_EDGE_AVAILABILITY_SERVICE_H_

#include "common/crypto/page_token.h"
#include "common/rpc/edge.h"
#include "services/booking/app/search_slots.h"
#include "stillpoint/booking/v1/availability_service.grpc.pb.h"

namespace stillpoint::booking::edge {

namespace pb = ::stillpoint::booking::v1;

// Thread-safe. Errors are those of availability_service.proto.
class AvailabilityServiceImpl final : public pb::AvailabilityService::CallbackService {
 public:
  AvailabilityServiceImpl(rpc::Edge& edge, app::SearchSlots& search,
                          const crypto::PageTokens& tokens)
      : edge_(edge), search_(search), tokens_(tokens) {}

  grpc::ServerUnaryReactor* SearchSlots(grpc::CallbackServerContext* context,
                                        const pb::SearchSlotsRequest* request,
                                        pb::SearchSlotsResponse* response) override;
  grpc::ServerUnaryReactor* ListFreeTimes(grpc::CallbackServerContext* context,
                                          const pb::ListFreeTimesRequest* request,
                                          pb::ListFreeTimesResponse* response) override;

 private:
  rpc::Edge& edge_;
  app::SearchSlots& search_;
  const crypto::PageTokens& tokens_;
};

}  // namespace stillpoint::booking::edge

#endif  // STILLPOINT_SERVICES_BOOKING_EDGE_AVAILABILITY_SERVICE_H_

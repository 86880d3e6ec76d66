// AvailabilityService on the wire: authorise, translate, search, translate back.
#ifndef STILLPOINT_SERVICES_BOOKING_EDGE_AVAILABILITY_SERVICE_H_
#define STILLPOINT_SERVICES_BOOKING_EDGE_AVAILABILITY_SERVICE_H_

#include <functional>
#include <memory>

#include "common/crypto/page_token.h"
#include "common/rpc/arena_messages.h"
#include "common/rpc/edge.h"
#include "services/booking/app/explain_slot.h"
#include "services/booking/app/find_next.h"
#include "services/booking/app/search_slots.h"
#include "stillpoint/booking/v1/availability_service.grpc.pb.h"

namespace stillpoint::booking::edge {

namespace pb = ::stillpoint::booking::v1;

// Thread-safe. Errors are those of availability_service.proto.
class AvailabilityServiceImpl final : public pb::AvailabilityService::CallbackService {
 public:
  // Starts in one answer of ListFreeTimes: up to three bytes each, so that it stays well below the
  // 4 MB at which gRPC clients refuse a message by default.
  static constexpr size_t kFreeStartsMax = 500'000;

  AvailabilityServiceImpl(rpc::Edge& edge, app::SearchSlots& search, app::FindNext& next,
                          app::ExplainSlot& explain, const crypto::PageTokens& tokens,
                          size_t free_starts_max = kFreeStartsMax)
      : edge_(edge),
        search_(search),
        next_(next),
        explain_(explain),
        tokens_(tokens),
        free_starts_max_(free_starts_max) {
    SetMessageAllocatorFor_SearchSlots(&search_messages_);
    SetMessageAllocatorFor_ListFreeTimes(&free_times_messages_);
  }

  grpc::ServerUnaryReactor* SearchSlots(grpc::CallbackServerContext* context,
                                        const pb::SearchSlotsRequest* request,
                                        pb::SearchSlotsResponse* response) override;
  grpc::ServerUnaryReactor* ListFreeTimes(grpc::CallbackServerContext* context,
                                          const pb::ListFreeTimesRequest* request,
                                          pb::ListFreeTimesResponse* response) override;
  grpc::ServerUnaryReactor* FindNextSlots(grpc::CallbackServerContext* context,
                                          const pb::FindNextSlotsRequest* request,
                                          pb::FindNextSlotsResponse* response) override;
  grpc::ServerUnaryReactor* ExplainSlot(grpc::CallbackServerContext* context,
                                        const pb::ExplainSlotRequest* request,
                                        pb::ExplainSlotResponse* response) override;

 private:
  struct Question;
  // Puts what was found into the response, or says why it cannot be.
  using Give = std::function<absl::Status(const Question&, const app::FoundSlots&)>;

  // Answers at once if this process remembers all that is needed and nothing has changed since;
  // otherwise on the pool.
  void Search(std::shared_ptr<rpc::Pending> pending, absl::StatusOr<Question> asked, Give give);

  rpc::Edge& edge_;
  app::SearchSlots& search_;
  app::FindNext& next_;
  app::ExplainSlot& explain_;
  const crypto::PageTokens& tokens_;
  const size_t free_starts_max_;
  rpc::ArenaMessages<pb::SearchSlotsRequest, pb::SearchSlotsResponse> search_messages_;
  rpc::ArenaMessages<pb::ListFreeTimesRequest, pb::ListFreeTimesResponse> free_times_messages_;
};

}  // namespace stillpoint::booking::edge

#endif  // STILLPOINT_SERVICES_BOOKING_EDGE_AVAILABILITY_SERVICE_H_

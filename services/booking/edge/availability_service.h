// AvailabilityService on the wire: authorise, translate, search, translate back.
//
// SearchSlots and ListFreeTimes take and give bytes: an answer that is remembered and still true is
// sent again as it is (app/remembered_answers.h).
#ifndef STILLPOINT_SERVICES_BOOKING_EDGE_AVAILABILITY_SERVICE_H_
#define STILLPOINT_SERVICES_BOOKING_EDGE_AVAILABILITY_SERVICE_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/crypto/page_token.h"
#include "common/metrics/metrics.h"
#include "common/rpc/edge.h"
#include "services/booking/app/explain_slot.h"
#include "services/booking/app/find_next.h"
#include "services/booking/app/remembered_answers.h"
#include "services/booking/app/search_slots.h"
#include "stillpoint/booking/v1/availability_service.grpc.pb.h"

namespace stillpoint::booking::edge {

namespace pb = ::stillpoint::booking::v1;

using AvailabilityServiceBase = pb::AvailabilityService::WithRawCallbackMethod_SearchSlots<
    pb::AvailabilityService::WithRawCallbackMethod_ListFreeTimes<
        pb::AvailabilityService::WithCallbackMethod_FindNextSlots<
            pb::AvailabilityService::WithCallbackMethod_ExplainSlot<
                pb::AvailabilityService::Service>>>>;

// Thread-safe. Errors are those of availability_service.proto. Counts
// stillpoint_answers_total{kind}, one per answer of those two: remembered, warm (from facts in
// memory), read.
class AvailabilityServiceImpl final : public AvailabilityServiceBase {
 public:
  // Starts in one answer of ListFreeTimes: up to three bytes each, so that it stays well below the
  // 4 MB at which gRPC clients refuse a message by default.
  static constexpr size_t kFreeStartsMax = 500'000;

  AvailabilityServiceImpl(rpc::Edge& edge, app::SearchSlots& search, app::FindNext& next,
                          app::ExplainSlot& explain, const crypto::PageTokens& tokens,
                          Metrics& metrics, size_t free_starts_max = kFreeStartsMax)
      : edge_(edge),
        search_(search),
        next_(next),
        explain_(explain),
        tokens_(tokens),
        metrics_(metrics),
        free_starts_max_(free_starts_max) {}

  grpc::ServerUnaryReactor* SearchSlots(grpc::CallbackServerContext* context,
                                        const grpc::ByteBuffer* request,
                                        grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* ListFreeTimes(grpc::CallbackServerContext* context,
                                          const grpc::ByteBuffer* request,
                                          grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* FindNextSlots(grpc::CallbackServerContext* context,
                                          const pb::FindNextSlotsRequest* request,
                                          pb::FindNextSlotsResponse* response) override;
  grpc::ServerUnaryReactor* ExplainSlot(grpc::CallbackServerContext* context,
                                        const pb::ExplainSlotRequest* request,
                                        pb::ExplainSlotResponse* response) override;

 private:
  struct Question;
  struct Exchange;
  // Reads the question, or says what is wrong with it.
  using Ask = absl::StatusOr<Question> (AvailabilityServiceImpl::*)(const rpc::CallInfo&,
                                                                    absl::string_view bytes) const;
  // The answer's bytes, or why there are none.
  using Give = absl::StatusOr<std::string> (AvailabilityServiceImpl::*)(
      const Question&, const app::FoundSlots&) const;

  absl::StatusOr<Question> AskSlots(const rpc::CallInfo& call, absl::string_view bytes) const;
  absl::StatusOr<std::string> GiveSlots(const Question& question,
                                        const app::FoundSlots& found) const;
  absl::StatusOr<Question> AskFreeTimes(const rpc::CallInfo& call, absl::string_view bytes) const;
  absl::StatusOr<std::string> GiveFreeTimes(const Question& question,
                                            const app::FoundSlots& found) const;

  // Answers at once if this process remembers the answer, or all that it needs, and nothing has
  // changed since; otherwise on the pool.
  grpc::ServerUnaryReactor* Answer(grpc::CallbackServerContext* context, absl::string_view method,
                                   const grpc::ByteBuffer* request, grpc::ByteBuffer* response,
                                   Ask ask, Give give);
  void Search(const std::shared_ptr<Exchange>& exchange);
  // `fresh` with a stamp: it may be remembered.
  absl::Status Finish(Exchange& exchange, const absl::StatusOr<app::FoundSlots>& found,
                      const ports::Freshness& fresh);

  rpc::Edge& edge_;
  app::SearchSlots& search_;
  app::FindNext& next_;
  app::ExplainSlot& explain_;
  const crypto::PageTokens& tokens_;
  Metrics& metrics_;
  const size_t free_starts_max_;
  app::RememberedAnswers answers_;
};

}  // namespace stillpoint::booking::edge

#endif  // STILLPOINT_SERVICES_BOOKING_EDGE_AVAILABILITY_SERVICE_H_

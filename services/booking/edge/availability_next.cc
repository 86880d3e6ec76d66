// AvailabilityService.FindNextSlots on the wire.
#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "services/booking/edge/availability_service.h"
#include "services/booking/edge/slot_filter.h"
#include "services/booking/edge/slot_proto.h"

namespace stillpoint::booking::edge {
namespace {

constexpr int kSlotsDefault = 1;
// Whoever wants more wants a calendar: SearchSlots.
constexpr int kSlotsMax = 100;

absl::StatusOr<int> ReadCount(int max_slots) {
  if (max_slots < 0 || max_slots > kSlotsMax) {
    return InvalidField("max_slots", "must be 0 to 100");
  }
  return max_slots == 0 ? kSlotsDefault : max_slots;
}

// What one call asks for, checked.
struct NextQuestion {
  Tenant tenant;
  domain::SlotQuery query;
  int count;
  bool online;
};

absl::StatusOr<NextQuestion> ReadQuestion(const rpc::CallInfo& call,
                                          const pb::FindNextSlotsRequest& request, absl::Time now) {
  ASSIGN_OR_RETURN(const Tenant tenant, ReadParent(call, request.parent()));
  ASSIGN_OR_RETURN(domain::SlotQuery query,
                   ReadNextFilter(request.filter(), tenant.organization(), now));
  ASSIGN_OR_RETURN(const int count, ReadCount(request.max_slots()));
  return NextQuestion{tenant, std::move(query), count, IsOnline(call)};
}

void WriteNext(const NextQuestion& question, const app::NextSlots& found,
               pb::FindNextSlotsResponse* response) {
  for (const domain::FreeSlot& slot : found.slots) {
    SlotToProto(question.tenant.organization(), slot, question.query.length_minutes,
                response->add_slots());
  }
  if (found.searched_until.has_value()) {
    *response->mutable_searched_until_time() = rpc::ToProto(*found.searched_until);
  }
}

}  // namespace

grpc::ServerUnaryReactor* AvailabilityServiceImpl::FindNextSlots(
    grpc::CallbackServerContext* context, const pb::FindNextSlotsRequest* request,
    pb::FindNextSlotsResponse* response) {
  const auto begin = [this, request, response](std::shared_ptr<rpc::Pending> pending) {
    absl::StatusOr<NextQuestion> asked = ReadQuestion(pending->call(), *request, next_.Now());
    if (!asked.ok()) return pending->Finish(asked.status());
    const auto question = std::make_shared<const NextQuestion>(*std::move(asked));
    const auto then = [this, pending, question, response](const ports::Freshness& fresh) {
      const auto warm = next_.RunWarm(question->tenant, question->query, question->count,
                                      question->online, fresh);
      if (warm.has_value()) {
        if (warm->ok()) WriteNext(*question, **warm, response);
        return pending->Finish(warm->status());
      }
      rpc::Pending::FinishOnPool(
          pending, [this, question, response](const rpc::CallInfo& call) -> absl::Status {
            ASSIGN_OR_RETURN(const app::NextSlots found,
                             next_.Run(question->tenant, question->query, question->count,
                                       question->online, call.deadline));
            WriteNext(*question, found, response);
            return absl::OkStatus();
          });
    };
    search_.AskFreshness(question->tenant, then);
  };
  return rpc::UnaryPending(edge_, context, "AvailabilityService.FindNextSlots", begin);
}

}  // namespace stillpoint::booking::edge

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

}  // namespace

grpc::ServerUnaryReactor* AvailabilityServiceImpl::FindNextSlots(
    grpc::CallbackServerContext* context, const pb::FindNextSlotsRequest* request,
    pb::FindNextSlotsResponse* response) {
  return rpc::Unary(
      edge_, context, "AvailabilityService.FindNextSlots",
      [this, request, response](const rpc::CallInfo& call) -> absl::Status {
        ASSIGN_OR_RETURN(const Tenant tenant, ReadParent(call, request->parent()));
        ASSIGN_OR_RETURN(const domain::SlotQuery query,
                         ReadNextFilter(request->filter(), tenant.organization(), next_.Now()));
        ASSIGN_OR_RETURN(const int count, ReadCount(request->max_slots()));
        ASSIGN_OR_RETURN(const app::NextSlots found,
                         next_.Run(tenant, query, count, IsOnline(call), call.deadline));
        for (const domain::FreeSlot& slot : found.slots) {
          SlotToProto(tenant.organization(), slot, query.length_minutes, response->add_slots());
        }
        if (found.searched_until.has_value()) {
          *response->mutable_searched_until_time() = rpc::ToProto(*found.searched_until);
        }
        return absl::OkStatus();
      });
}

}  // namespace stillpoint::booking::edge

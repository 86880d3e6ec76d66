#include "services/booking/edge/availability_service.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/status_macros.h"
#include "services/booking/edge/names.h"
#include "services/booking/edge/paging.h"
#include "services/booking/edge/ranked_page.h"
#include "services/booking/edge/slot_filter.h"
#include "services/booking/edge/slot_proto.h"

namespace stillpoint::booking::edge {
namespace {

// Ids hold no spaces.
std::string CursorOf(const domain::FreeSlot& slot) {
  return absl::StrCat(slot.start, " ", slot.practitioner->id, " ", slot.clinic->id);
}

// Tokens are authenticated, so a cursor is one of ours.
std::optional<domain::SlotPosition> ReadCursor(const std::string& cursor) {
  const std::vector<std::string> parts = absl::StrSplit(cursor, ' ');
  domain::SlotPosition position;
  if (parts.size() != 3 || !absl::SimpleAtoi(parts[0], &position.start)) return std::nullopt;
  position.practitioner = parts[1];
  position.clinic = parts[2];
  return position;
}

}  // namespace

grpc::ServerUnaryReactor* AvailabilityServiceImpl::SearchSlots(
    grpc::CallbackServerContext* context, const pb::SearchSlotsRequest* request,
    pb::SearchSlotsResponse* response) {
  return rpc::Unary(
      edge_, context, "AvailabilityService.SearchSlots",
      [this, request, response](const rpc::CallInfo& call) -> absl::Status {
        ASSIGN_OR_RETURN(const Tenant tenant, ReadParent(call, request->parent()));
        ASSIGN_OR_RETURN(domain::SlotQuery query,
                         ReadFilter(request->filter(), tenant.organization()));
        RETURN_IF_ERROR(ReadOrder(*request, query));
        ASSIGN_OR_RETURN(const Page page, ReadPage(tokens_, call, *request));
        ASSIGN_OR_RETURN(const app::FoundSlots found,
                         search_.Run(tenant, query, IsOnline(call), call.deadline));
        if (query.gaps) {
          WriteRankedPage(tokens_, page, found.plan, tenant.organization(), query.length_minutes,
                          response);
          return absl::OkStatus();
        }
        // One more than the page holds tells whether there is another.
        std::vector<domain::FreeSlot> slots =
            domain::ListSlots(found.plan, ReadCursor(page.after), page.size + 1);
        if (slots.size() > static_cast<size_t>(page.size)) {
          slots.resize(page.size);
          response->set_next_page_token(tokens_.Make(CursorOf(slots.back()), page.binding));
        }
        for (const domain::FreeSlot& slot : slots) {
          SlotToProto(tenant.organization(), slot, query.length_minutes, response->add_slots());
        }
        return absl::OkStatus();
      });
}

grpc::ServerUnaryReactor* AvailabilityServiceImpl::ListFreeTimes(
    grpc::CallbackServerContext* context, const pb::ListFreeTimesRequest* request,
    pb::ListFreeTimesResponse* response) {
  return rpc::Unary(edge_, context, "AvailabilityService.ListFreeTimes",
                    [this, request, response](const rpc::CallInfo& call) -> absl::Status {
                      ASSIGN_OR_RETURN(const Tenant tenant, ReadParent(call, request->parent()));
                      ASSIGN_OR_RETURN(const domain::SlotQuery query,
                                       ReadFilter(request->filter(), tenant.organization()));
                      ASSIGN_OR_RETURN(const app::FoundSlots found,
                                       search_.Run(tenant, query, IsOnline(call), call.deadline));
                      *response->mutable_window_start_time() =
                          request->filter().window().start_time();
                      for (const domain::Candidate& candidate : found.plan.candidates) {
                        const domain::Bits& free = candidate.starts;
                        domain::Tick at = free.NextSet(free.begin());
                        if (at == free.end()) continue;
                        pb::FreeTimes* times = response->add_free_times();
                        times->set_practitioner(
                            NameIn(tenant.organization(), candidate.practitioner->resource()));
                        times->set_clinic(NameIn(tenant.organization(),
                                                 absl::StrCat("clinics/", candidate.clinic->id)));
                        for (; at != free.end(); at = free.NextSet(at + 1)) {
                          times->add_start_minutes(
                              static_cast<uint32_t>((at - query.begin) * domain::kTickMinutes));
                        }
                      }
                      return absl::OkStatus();
                    });
}

}  // namespace stillpoint::booking::edge

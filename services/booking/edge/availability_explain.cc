// AvailabilityService.ExplainSlot on the wire.
#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "services/booking/app/reach.h"
#include "services/booking/domain/errors.h"
#include "services/booking/edge/availability_service.h"
#include "services/booking/edge/booking_proto.h"
#include "services/booking/edge/names.h"
#include "services/booking/edge/slot_proto.h"

namespace stillpoint::booking::edge {
namespace {

// Of practitioners, of rooms and of devices each: more than any clinic has, and far below what a
// message holds.
constexpr size_t kExplainedMax = 200;

void ObstacleToProto(const std::string& organization, const domain::Obstacle& obstacle,
                     pb::Obstacle* out) {
  out->set_code(static_cast<pb::Obstacle::Code>(obstacle.code));
  out->set_reach(static_cast<pb::Obstacle::Reach>(obstacle.reach()));
  out->set_text(obstacle.text);
  out->set_reason(std::string(obstacle.reason()));
  if (!obstacle.booking.empty()) {
    out->set_booking(NameIn(organization, absl::StrCat("bookings/", obstacle.booking)));
  }
  if (obstacle.start < obstacle.end) {
    *out->mutable_range()->mutable_start_time() = rpc::ToProto(obstacle.start);
    *out->mutable_range()->mutable_end_time() = rpc::ToProto(obstacle.end);
  }
  if (obstacle.expires.has_value()) *out->mutable_expire_time() = rpc::ToProto(*obstacle.expires);
}

// The client's id; empty: none is asked about.
absl::StatusOr<std::string> ReadClient(const rpc::CallInfo& call, const std::string& organization,
                                       const pb::ExplainSlotRequest& request) {
  if (request.client().empty()) return std::string();
  ASSIGN_OR_RETURN(std::string client,
                   ReadNameIn(organization, request.client(), kClientPattern, "client"));
  // What their record says is for those who book; a practitioner sees it with their own bookings.
  if (!call.reach().practitioner.empty() || !call.reach().HasClient(client)) {
    return error::ReferenceUnknown("client");
  }
  return client;
}

void ResourcesToProto(const std::string& organization,
                      std::vector<domain::ResourceObstacles> resources,
                      google::protobuf::RepeatedPtrField<pb::ResourceExplanation>* out) {
  if (resources.size() > kExplainedMax) {
    std::stable_partition(resources.begin(), resources.end(),
                          [](const auto& each) { return each.obstacles.empty(); });
    resources.resize(kExplainedMax);
  }
  for (const domain::ResourceObstacles& each : resources) {
    pb::ResourceExplanation* explained = out->Add();
    explained->set_resource(NameIn(organization, each.resource));
    for (const domain::Obstacle& obstacle : each.obstacles) {
      ObstacleToProto(organization, obstacle, explained->add_obstacles());
    }
  }
}

}  // namespace

grpc::ServerUnaryReactor* AvailabilityServiceImpl::ExplainSlot(
    grpc::CallbackServerContext* context, const pb::ExplainSlotRequest* request,
    pb::ExplainSlotResponse* response) {
  return rpc::Unary(
      edge_, context, "AvailabilityService.ExplainSlot",
      [this, request, response](const rpc::CallInfo& call) -> absl::Status {
        ASSIGN_OR_RETURN(const Tenant tenant, ReadParent(call, request->parent()));
        const std::string& organization = tenant.organization();
        ASSIGN_OR_RETURN(
            domain::SlotRequest wanted,
            FromProto(organization, request->slot(), /*online=*/false, /*partial=*/false));
        app::Restrict(call.reach(), wanted);
        ASSIGN_OR_RETURN(const std::string client, ReadClient(call, organization, *request));
        ASSIGN_OR_RETURN(const app::ExplainedSlot explained,
                         explain_.Run(tenant, wanted, client, call.deadline));
        const domain::Explanation& why = explained.explanation;
        response->set_bookable(why.Bookable());
        response->set_offered(why.Offered());
        response->set_offered_online(why.OfferedOnline());
        response->set_local_start(
            absl::FormatTime(absl::RFC3339_sec, wanted.start, explained.zone));
        for (const domain::Obstacle& obstacle : why.obstacles) {
          ObstacleToProto(organization, obstacle, response->add_obstacles());
        }
        ResourcesToProto(organization, why.practitioners, response->mutable_practitioners());
        ResourcesToProto(organization, why.rooms, response->mutable_rooms());
        ResourcesToProto(organization, why.devices, response->mutable_devices());
        return absl::OkStatus();
      });
}

}  // namespace stillpoint::booking::edge

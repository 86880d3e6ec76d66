// BookingService.FollowZoneData on the wire.
#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "services/booking/edge/booking_proto.h"
#include "services/booking/edge/booking_service.h"
#include "services/booking/edge/names.h"
#include "services/booking/edge/paging.h"

namespace stillpoint::booking::edge {
namespace {

// Nearly each is a transaction: a call ends within seconds.
constexpr int kZoneMovesMax = 200;

// Tokens are authenticated, so a cursor is one of ours: "PASS", or "PASS START BOOKING".
app::ZonePosition ReadPosition(const std::string& cursor) {
  app::ZonePosition at;
  const std::vector<std::string> parts = absl::StrSplit(cursor, absl::MaxSplits(' ', 2));
  if (parts[0] == "2") at.pass = app::ZonePass::kEarlier;
  int64_t start_us = 0;
  if (parts.size() == 3 && absl::SimpleAtoi(parts[1], &start_us)) {
    at.after = ports::BookingPosition{absl::FromUnixMicros(start_us), parts[2]};
  }
  return at;
}

std::string CursorOf(const app::ZonePosition& at) {
  const int pass = static_cast<int>(at.pass);
  if (!at.after.has_value()) return absl::StrCat(pass);
  return absl::StrCat(pass, " ", absl::ToUnixMicros(at.after->start), " ", at.after->id);
}

const char* ConcernText(domain::ZoneConcern concern) {
  switch (concern) {
    case domain::ZoneConcern::kNone:
      return "";
    case domain::ZoneConcern::kBuffer:
      return "BUFFER_SHORT";
    case domain::ZoneConcern::kTravel:
      return "PRACTITIONER_TRAVELS";
  }
  return "";
}

}  // namespace

grpc::ServerUnaryReactor* BookingServiceImpl::FollowZoneData(
    grpc::CallbackServerContext* context, const pb::FollowZoneDataRequest* request,
    pb::FollowZoneDataResponse* response) {
  return rpc::Unary(
      edge_, context, "BookingService.FollowZoneData",
      [this, request, response](const rpc::CallInfo& info) -> absl::Status {
        std::string organization;
        RETURN_IF_ERROR(
            ReadName(request->parent(), kOrganizationPattern, "parent", {&organization}));
        ASSIGN_OR_RETURN(const Tenant tenant, info.TenantFor(organization));
        ASSIGN_OR_RETURN(const Page page, ReadPage(tokens_, info, *request));
        ASSIGN_OR_RETURN(const app::ZoneReport report,
                         follow_zones_.Run({.tenant = tenant,
                                            .from = ReadPosition(page.after),
                                            .bookings_max = std::min(page.size, kZoneMovesMax),
                                            .validate_only = request->validate_only(),
                                            .deadline = info.deadline}));
        for (const app::ZoneMove& move : report.moves) {
          pb::ZoneMove* out = response->add_moves();
          ToProto(organization, move.booking, out->mutable_booking());
          *out->mutable_previous_start_time() = rpc::ToProto(move.before);
          *out->mutable_start_time() = rpc::ToProto(move.after);
          out->set_reason(std::string(ReasonOf(move.refusal)));
          out->set_concern(ConcernText(move.concern));
        }
        response->set_seen(report.seen);
        response->set_unknown(report.unknown);
        if (report.next.has_value()) {
          response->set_next_page_token(tokens_.Make(CursorOf(*report.next), page.binding));
        }
        return absl::OkStatus();
      });
}

}  // namespace stillpoint::booking::edge

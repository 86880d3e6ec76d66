#include "services/booking/edge/booking_service.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "common/rpc/request_key.h"
#include "services/booking/domain/errors.h"
#include "services/booking/edge/booking_proto.h"
#include "services/booking/edge/names.h"
#include "services/booking/edge/paging.h"
#include "services/booking/edge/reply.h"
#include "services/booking/edge/slot_proto.h"

namespace stillpoint::booking::edge {
namespace {

absl::StatusOr<absl::Duration> ReadTtl(const pb::HoldSlotRequest& request) {
  if (!request.has_ttl()) return domain::kHoldDefault;
  const absl::Duration ttl =
      absl::Seconds(request.ttl().seconds()) + absl::Nanoseconds(request.ttl().nanos());
  if (ttl < domain::kHoldMin || ttl > domain::kHoldMax) {
    return InvalidField("ttl", "must be 1 second to 30 minutes");
  }
  return ttl;
}

// An operator brings an organization's bookings along when it moves in.
int HoldsMax(rpc::Role role) {
  switch (role) {
    case rpc::Role::kOperator:
      return 0;
    case rpc::Role::kPartner:
      return domain::kHoldsOfPartner;
    case rpc::Role::kClientProxy:
      return domain::kHoldsOfClient;
    default:
      return domain::kHoldsOfStaff;
  }
}

absl::StatusOr<domain::CancelReason> ReadReason(const pb::CancelBookingRequest& request) {
  if (request.reason() == pb::Booking::CANCEL_REASON_UNSPECIFIED ||
      !pb::Booking::CancelReason_IsValid(request.reason())) {
    return InvalidField("reason", "required");
  }
  return static_cast<domain::CancelReason>(request.reason());
}
absl::StatusOr<domain::FeeWaiver> ReadReason(const pb::WaiveFeeRequest& request) {
  if (request.reason() == pb::Booking::FEE_WAIVER_UNSPECIFIED ||
      !pb::Booking::FeeWaiver_IsValid(request.reason())) {
    return InvalidField("reason", "required");
  }
  return static_cast<domain::FeeWaiver>(request.reason());
}

// What some verbs say besides.
absl::Status ReadMore(const pb::CancelBookingRequest& request, app::MoveCommand& command) {
  ASSIGN_OR_RETURN(command.reason, ReadReason(request));
  return absl::OkStatus();
}
absl::Status ReadMore(const pb::WaiveFeeRequest& request, app::MoveCommand& command) {
  ASSIGN_OR_RETURN(command.waiver, ReadReason(request));
  return absl::OkStatus();
}
template <typename Request>
absl::Status ReadMore(const Request&, app::MoveCommand&) {
  return absl::OkStatus();
}

absl::StatusOr<ports::BookingFilter> ReadFilter(const std::string& organization,
                                                const pb::ListBookingsRequest& request) {
  ports::BookingFilter filter;
  const auto read = [&](const std::string& name, absl::string_view pattern, absl::string_view field,
                        std::string& id) -> absl::Status {
    if (name.empty()) return absl::OkStatus();
    ASSIGN_OR_RETURN(id, ReadNameIn(organization, name, pattern, field));
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(read(request.clinic(), kClinicPattern, "clinic", filter.clinic));
  RETURN_IF_ERROR(
      read(request.practitioner(), kPractitionerPattern, "practitioner", filter.practitioner));
  RETURN_IF_ERROR(read(request.client(), kClientPattern, "client", filter.client));
  if (request.states_size() > pb::Booking::State_ARRAYSIZE) {
    return InvalidField("states", "names states more than once");
  }
  for (const int state : request.states()) {
    if (state == 0 || !pb::Booking::State_IsValid(state)) {
      return InvalidField("states", "not a state");
    }
    filter.states.push_back(static_cast<domain::BookingState>(state));
  }
  if (request.has_window_start_time()) {
    ASSIGN_OR_RETURN(filter.ends_after,
                     rpc::ReadTime(&request.window_start_time(), "window_start_time"));
  }
  if (request.has_window_end_time()) {
    ASSIGN_OR_RETURN(filter.starts_before,
                     rpc::ReadTime(&request.window_end_time(), "window_end_time"));
  }
  if (request.has_window_start_time() && request.has_window_end_time() &&
      *filter.starts_before <= *filter.ends_after) {
    return error::RangeReversed("window_end_time");
  }
  return filter;
}

// Tokens are authenticated, so a cursor is one of ours.
std::optional<ports::BookingPosition> ReadCursor(const std::string& cursor) {
  const std::pair<std::string, std::string> parts = absl::StrSplit(cursor, absl::MaxSplits(' ', 1));
  int64_t start_us = 0;
  if (!absl::SimpleAtoi(parts.first, &start_us)) return std::nullopt;
  return ports::BookingPosition{absl::FromUnixMicros(start_us), parts.second};
}

std::string CursorOf(const ports::BookingPosition& last) {
  return absl::StrCat(absl::ToUnixMicros(last.start), " ", last.id);
}

}  // namespace

grpc::ServerUnaryReactor* BookingServiceImpl::HoldSlot(grpc::CallbackServerContext* context,
                                                       const pb::HoldSlotRequest* request,
                                                       pb::HoldSlotResponse* response) {
  return rpc::Unary(
      edge_, context, "BookingService.HoldSlot",
      [this, request, response](const rpc::CallInfo& info) -> absl::Status {
        std::string organization;
        RETURN_IF_ERROR(
            ReadName(request->parent(), kOrganizationPattern, "parent", {&organization}));
        ASSIGN_OR_RETURN(app::Call call, CallOf(info, *request, organization));
        ASSIGN_OR_RETURN(std::string client,
                         ReadNameIn(organization, request->client(), kClientPattern, "client"));
        ASSIGN_OR_RETURN(domain::SlotRequest slot, FromProto(organization, request->slot(),
                                                             IsOnline(info), /*partial=*/false));
        ASSIGN_OR_RETURN(const absl::Duration ttl, ReadTtl(*request));
        return rpc::Answer(
            book_.Run({.call = std::move(call),
                       .client = std::move(client),
                       .slot = std::move(slot),
                       .hold = ttl,
                       .holds_max = HoldsMax(info.principal.role),
                       .validate_only = request->validate_only()},
                      EncodeIn(organization, &pb::HoldSlotResponse::mutable_booking)),
            response);
      });
}

grpc::ServerUnaryReactor* BookingServiceImpl::CreateBooking(grpc::CallbackServerContext* context,
                                                            const pb::CreateBookingRequest* request,
                                                            pb::CreateBookingResponse* response) {
  return rpc::Unary(
      edge_, context, "BookingService.CreateBooking",
      [this, request, response](const rpc::CallInfo& info) -> absl::Status {
        std::string organization;
        RETURN_IF_ERROR(
            ReadName(request->parent(), kOrganizationPattern, "parent", {&organization}));
        ASSIGN_OR_RETURN(app::Call call, CallOf(info, *request, organization));
        ASSIGN_OR_RETURN(std::string client,
                         ReadNameIn(organization, request->client(), kClientPattern, "client"));
        ASSIGN_OR_RETURN(domain::SlotRequest slot, FromProto(organization, request->slot(),
                                                             IsOnline(info), /*partial=*/false));
        if (request->has_policy_override()) {
          RETURN_IF_ERROR(ReadOverride(request->policy_override(), info.principal.subject, slot));
        }
        return rpc::Answer(
            book_.Run({.call = std::move(call),
                       .client = std::move(client),
                       .slot = std::move(slot),
                       .hold = std::nullopt,
                       .validate_only = request->validate_only()},
                      EncodeIn(organization, &pb::CreateBookingResponse::mutable_booking)),
            response);
      });
}

grpc::ServerUnaryReactor* BookingServiceImpl::GetBooking(grpc::CallbackServerContext* context,
                                                         const pb::GetBookingRequest* request,
                                                         pb::GetBookingResponse* response) {
  return rpc::Unary(
      edge_, context, "BookingService.GetBooking",
      [this, request, response](const rpc::CallInfo& info) -> absl::Status {
        std::string organization, id;
        RETURN_IF_ERROR(ReadName(request->name(), kBookingPattern, "name", {&organization, &id}));
        ASSIGN_OR_RETURN(const Tenant tenant, info.TenantFor(organization));
        ASSIGN_OR_RETURN(const domain::Booking booking,
                         read_.Get(tenant, info.reach(), id, info.deadline));
        ToProto(organization, booking, response->mutable_booking());
        return absl::OkStatus();
      });
}

grpc::ServerUnaryReactor* BookingServiceImpl::ListBookings(grpc::CallbackServerContext* context,
                                                           const pb::ListBookingsRequest* request,
                                                           pb::ListBookingsResponse* response) {
  return rpc::Unary(
      edge_, context, "BookingService.ListBookings",
      [this, request, response](const rpc::CallInfo& info) -> absl::Status {
        std::string organization;
        RETURN_IF_ERROR(
            ReadName(request->parent(), kOrganizationPattern, "parent", {&organization}));
        ASSIGN_OR_RETURN(const Tenant tenant, info.TenantFor(organization));
        ASSIGN_OR_RETURN(const ports::BookingFilter filter, ReadFilter(organization, *request));
        ASSIGN_OR_RETURN(const Page page, ReadPage(tokens_, info, *request));
        // One more than shown tells whether there is another page.
        ASSIGN_OR_RETURN(std::vector<domain::Booking> bookings,
                         read_.List(tenant, info.reach(), filter, ReadCursor(page.after),
                                    page.size + 1, info.deadline));
        if (bookings.size() > static_cast<size_t>(page.size)) {
          bookings.resize(page.size);
          response->set_next_page_token(
              tokens_.Make(CursorOf({bookings.back().start, bookings.back().id}), page.binding));
        }
        for (const domain::Booking& booking : bookings) {
          ToProto(organization, booking, response->add_bookings());
        }
        return absl::OkStatus();
      });
}

grpc::ServerUnaryReactor* BookingServiceImpl::ListOrphanedBookings(
    grpc::CallbackServerContext* context, const pb::ListOrphanedBookingsRequest* request,
    pb::ListOrphanedBookingsResponse* response) {
  return rpc::Unary(
      edge_, context, "BookingService.ListOrphanedBookings",
      [this, request, response](const rpc::CallInfo& info) -> absl::Status {
        std::string organization;
        RETURN_IF_ERROR(
            ReadName(request->parent(), kOrganizationPattern, "parent", {&organization}));
        ASSIGN_OR_RETURN(const Tenant tenant, info.TenantFor(organization));
        app::OrphanWindow window;
        if (!request->clinic().empty()) {
          ASSIGN_OR_RETURN(window.clinic,
                           ReadNameIn(organization, request->clinic(), kClinicPattern, "clinic"));
        }
        if (!request->practitioner().empty()) {
          ASSIGN_OR_RETURN(window.practitioner, ReadNameIn(organization, request->practitioner(),
                                                           kPractitionerPattern, "practitioner"));
        }
        if (request->has_window_start_time()) {
          ASSIGN_OR_RETURN(window.start,
                           rpc::ReadTime(&request->window_start_time(), "window_start_time"));
        }
        if (request->has_window_end_time()) {
          ASSIGN_OR_RETURN(window.end,
                           rpc::ReadTime(&request->window_end_time(), "window_end_time"));
        }
        ASSIGN_OR_RETURN(const Page page, ReadPage(tokens_, info, *request));
        ASSIGN_OR_RETURN(const app::Orphans orphans,
                         orphans_.Run(tenant, info.reach(), window, ReadCursor(page.after),
                                      static_cast<size_t>(page.size), info.deadline));
        for (const app::Orphan& orphan : orphans.found) {
          pb::OrphanedBooking& shown = *response->add_orphaned_bookings();
          ToProto(organization, orphan.booking, shown.mutable_booking());
          for (const domain::OrphanReason reason : orphan.reasons) {
            shown.add_reasons(static_cast<pb::OrphanedBooking::Reason>(reason));
          }
        }
        if (orphans.next.has_value()) {
          response->set_next_page_token(tokens_.Make(CursorOf(*orphans.next), page.binding));
        }
        return absl::OkStatus();
      });
}

grpc::ServerUnaryReactor* BookingServiceImpl::RescheduleBooking(
    grpc::CallbackServerContext* context, const pb::RescheduleBookingRequest* request,
    pb::RescheduleBookingResponse* response) {
  return rpc::Unary(
      edge_, context, "BookingService.RescheduleBooking",
      [this, request, response](const rpc::CallInfo& info) -> absl::Status {
        std::string organization, id;
        RETURN_IF_ERROR(ReadName(request->name(), kBookingPattern, "name", {&organization, &id}));
        ASSIGN_OR_RETURN(app::Call call, CallOf(info, *request, organization));
        ASSIGN_OR_RETURN(domain::SlotRequest slot, FromProto(organization, request->slot(),
                                                             IsOnline(info), /*partial=*/true));
        if (request->has_policy_override()) {
          RETURN_IF_ERROR(ReadOverride(request->policy_override(), info.principal.subject, slot));
        }
        return rpc::Answer(
            reschedule_.Run(
                {.call = std::move(call),
                 .booking = std::move(id),
                 .etag = request->etag(),
                 .slot = std::move(slot),
                 .validate_only = request->validate_only()},
                EncodeIn(organization, &pb::RescheduleBookingResponse::mutable_booking)),
            response);
      });
}

template <typename Request, typename Response>
grpc::ServerUnaryReactor* BookingServiceImpl::Move(grpc::CallbackServerContext* context,
                                                   absl::string_view method, const Request* request,
                                                   Response* response, domain::BookingMove move) {
  return rpc::Unary(
      edge_, context, method,
      [this, request, response, move](const rpc::CallInfo& info) -> absl::Status {
        std::string organization, id;
        RETURN_IF_ERROR(ReadName(request->name(), kBookingPattern, "name", {&organization, &id}));
        ASSIGN_OR_RETURN(app::Call call, CallOf(info, *request, organization));
        app::MoveCommand command{.call = std::move(call),
                                 .booking = std::move(id),
                                 .move = move,
                                 .etag = request->etag(),
                                 .online = IsOnline(info),
                                 .validate_only = request->validate_only()};
        RETURN_IF_ERROR(ReadMore(*request, command));
        return rpc::Answer(move_.Run(command, EncodeIn(organization, &Response::mutable_booking)),
                           response);
      });
}

grpc::ServerUnaryReactor* BookingServiceImpl::ConfirmBooking(
    grpc::CallbackServerContext* context, const pb::ConfirmBookingRequest* request,
    pb::ConfirmBookingResponse* response) {
  return Move(context, "BookingService.ConfirmBooking", request, response,
              domain::BookingMove::kConfirm);
}

grpc::ServerUnaryReactor* BookingServiceImpl::ReleaseHold(grpc::CallbackServerContext* context,
                                                          const pb::ReleaseHoldRequest* request,
                                                          pb::ReleaseHoldResponse* response) {
  return Move(context, "BookingService.ReleaseHold", request, response,
              domain::BookingMove::kRelease);
}

grpc::ServerUnaryReactor* BookingServiceImpl::CancelBooking(grpc::CallbackServerContext* context,
                                                            const pb::CancelBookingRequest* request,
                                                            pb::CancelBookingResponse* response) {
  return Move(context, "BookingService.CancelBooking", request, response,
              domain::BookingMove::kCancel);
}

grpc::ServerUnaryReactor* BookingServiceImpl::CheckInBooking(
    grpc::CallbackServerContext* context, const pb::CheckInBookingRequest* request,
    pb::CheckInBookingResponse* response) {
  return Move(context, "BookingService.CheckInBooking", request, response,
              domain::BookingMove::kCheckIn);
}

grpc::ServerUnaryReactor* BookingServiceImpl::StartBooking(grpc::CallbackServerContext* context,
                                                           const pb::StartBookingRequest* request,
                                                           pb::StartBookingResponse* response) {
  return Move(context, "BookingService.StartBooking", request, response,
              domain::BookingMove::kStart);
}

grpc::ServerUnaryReactor* BookingServiceImpl::CompleteBooking(
    grpc::CallbackServerContext* context, const pb::CompleteBookingRequest* request,
    pb::CompleteBookingResponse* response) {
  return Move(context, "BookingService.CompleteBooking", request, response,
              domain::BookingMove::kComplete);
}

grpc::ServerUnaryReactor* BookingServiceImpl::MarkNoShow(grpc::CallbackServerContext* context,
                                                         const pb::MarkNoShowRequest* request,
                                                         pb::MarkNoShowResponse* response) {
  return Move(context, "BookingService.MarkNoShow", request, response,
              domain::BookingMove::kMarkNoShow);
}

grpc::ServerUnaryReactor* BookingServiceImpl::WaiveFee(grpc::CallbackServerContext* context,
                                                       const pb::WaiveFeeRequest* request,
                                                       pb::WaiveFeeResponse* response) {
  return Move(context, "BookingService.WaiveFee", request, response,
              domain::BookingMove::kWaiveFee);
}

}  // namespace stillpoint::booking::edge

#include <utility>

#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "services/notification/adapters/grpc_peers.h"
#include "stillpoint/booking/v1/booking_service.grpc.pb.h"
#include "stillpoint/booking/v1/event_service.grpc.pb.h"

namespace stillpoint::notification::adapters {
namespace {

namespace pb = stillpoint::booking::v1;

// The numbers of our enums are those of booking's API; what a newer version adds means nothing to
// us.
template <typename Enum>
Enum KnownOr(int number, int known_max, Enum other) {
  return number > 0 && number <= known_max ? static_cast<Enum>(number) : other;
}

absl::StatusOr<domain::BookingFacts> FromProto(const pb::Booking& in) {
  domain::BookingFacts facts;
  facts.name = in.name();
  facts.client = in.client();
  facts.clinic = in.clinic();
  facts.practitioner = in.practitioner();
  facts.zone = in.zone();
  facts.state = KnownOr(in.state(), 9, domain::BookingState::kOther);
  facts.revision = in.revision();
  ASSIGN_OR_RETURN(facts.start, rpc::ReadTime(&in.start_time(), "booking.start_time"));
  ASSIGN_OR_RETURN(facts.end, rpc::ReadTime(&in.end_time(), "booking.end_time"));
  return facts;
}

absl::StatusOr<domain::BookingEvent> FromProto(const pb::BookingEvent& in) {
  domain::BookingEvent event;
  event.kind = in.kind() == pb::BookingEvent::KIND_ZONE_CHANGED
                   ? domain::EventKind::kZoneChanged
                   : KnownOr(in.kind(), 8, domain::EventKind::kOther);
  ASSIGN_OR_RETURN(event.booking, FromProto(in.booking()));
  event.booking.clinic_name = in.clinic_display_name();
  if (!in.clinic_zone().empty()) event.booking.zone = in.clinic_zone();
  ASSIGN_OR_RETURN(event.time, rpc::ReadTime(&in.event_time(), "event_time"));
  return event;
}

class GrpcBookings final : public ports::Bookings {
 public:
  explicit GrpcBookings(rpc::Peer peer)
      : peer_(std::move(peer)),
        bookings_(pb::BookingService::NewStub(peer_.channel())),
        events_(pb::EventService::NewStub(peer_.channel())) {}

  absl::StatusOr<ports::EventPage> ListEvents(absl::string_view cursor, int limit,
                                              absl::Duration wait, Deadline deadline) override {
    pb::ListEventsRequest request;
    request.set_cursor(std::string(cursor));
    request.set_page_size(limit);
    request.mutable_wait()->set_seconds(absl::ToInt64Seconds(wait));
    pb::ListEventsResponse response;
    RETURN_IF_ERROR(peer_.Call(deadline, request, &response,
                               [&](grpc::ClientContext* context, const auto& in, auto* out) {
                                 return events_->ListEvents(context, in, out);
                               }));
    ports::EventPage page;
    page.next_cursor =
        response.next_cursor().empty() ? std::string(cursor) : response.next_cursor();
    for (const pb::BookingEvent& in : response.events()) {
      ASSIGN_OR_RETURN(domain::BookingEvent event, FromProto(in));
      page.events.push_back(std::move(event));
    }
    return page;
  }

  absl::StatusOr<std::optional<domain::BookingFacts>> Get(absl::string_view booking,
                                                          Deadline deadline) override {
    pb::GetBookingRequest request;
    request.set_name(std::string(booking));
    pb::GetBookingResponse response;
    const absl::Status status = peer_.Call(
        deadline, request, &response, [&](grpc::ClientContext* context, const auto& in, auto* out) {
          return bookings_->GetBooking(context, in, out);
        });
    if (status.code() == absl::StatusCode::kNotFound) return std::nullopt;
    RETURN_IF_ERROR(status);
    ASSIGN_OR_RETURN(domain::BookingFacts facts, FromProto(response.booking()));
    return facts;
  }

 private:
  const rpc::Peer peer_;
  const std::unique_ptr<pb::BookingService::Stub> bookings_;
  const std::unique_ptr<pb::EventService::Stub> events_;
};

}  // namespace

std::unique_ptr<ports::Bookings> MakeGrpcBookings(rpc::Peer peer) {
  return std::make_unique<GrpcBookings>(std::move(peer));
}

}  // namespace stillpoint::notification::adapters

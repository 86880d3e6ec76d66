#include "services/cli/bookings.h"

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "services/cli/output.h"
#include "stillpoint/booking/v1/catalog_service.grpc.pb.h"

namespace stillpoint::cli {

namespace pb = ::stillpoint::booking::v1;

absl::StatusOr<absl::TimeZone> ZoneOfClinic(Session& session, const std::string& clinic) {
  if (clinic.empty()) return absl::UTCTimeZone();
  auto stub = pb::CatalogService::NewStub(session.booking().channel());
  pb::GetClinicRequest request;
  request.set_name(clinic);
  pb::GetClinicResponse response;
  RETURN_IF_ERROR(session.Call(
      session.booking(), request, &response,
      [&](auto* context, auto& req, auto* resp) { return stub->GetClinic(context, req, resp); }));
  absl::TimeZone zone;
  if (!absl::LoadTimeZone(response.clinic().time_zone(), &zone)) {
    return Error(absl::StatusCode::kFailedPrecondition, "ZONE_UNKNOWN",
                 absl::StrCat("this machine does not know the zone ", response.clinic().time_zone(),
                              "; install tzdata"));
  }
  return zone;
}

void SetTime(absl::Time time, google::protobuf::Timestamp* to) { *to = rpc::ToProto(time); }

std::string DescribeBooking(const pb::Booking& booking) {
  std::string text = absl::StrCat(
      ShortId(booking.name()), "  ",
      WithoutPrefix(pb::Booking::State_Name(booking.state()), "STATE_"), "\n  ",
      LocalTime(booking.start_time(), booking.zone()), " to ",
      LocalTime(booking.end_time(), booking.zone()), "\n  ", ShortId(booking.offering()), " at ",
      ShortId(booking.clinic()), ", ", ShortId(booking.room()), ", with ",
      ShortId(booking.practitioner()), "\n  client ", ShortId(booking.client()), ", revision ",
      booking.revision(), "\n");
  if (booking.fee_due() || booking.fee_waiver() != pb::Booking::FEE_WAIVER_UNSPECIFIED) {
    absl::StrAppend(&text, "  ", booking.late_cancelled() ? "cancelled" : "moved",
                    " late: the fee is ", booking.fee_due() ? "due" : "waived", "\n");
  }
  if (booking.state() == pb::Booking::STATE_HELD) {
    absl::StrAppend(&text, "  held until ", LocalTime(booking.hold_expire_time(), booking.zone()),
                    "; then: stillpoint confirm ", ShortId(booking.name()), "\n");
  }
  return text;
}

}  // namespace stillpoint::cli

#include "services/booking/edge/booking_proto.h"

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/rpc/call.h"
#include "common/rpc/status.h"
#include "services/booking/domain/errors.h"
#include "services/booking/edge/names.h"
#include "stillpoint/booking/v1/event_service.pb.h"

namespace stillpoint::booking::edge {
namespace {

int MinutesOf(absl::Duration duration) { return static_cast<int>(absl::ToInt64Minutes(duration)); }

}  // namespace

void ToProto(const std::string& organization, const domain::Booking& booking, pb::Booking* out) {
  // What is only validated has no name yet.
  if (!booking.id.empty()) {
    out->set_name(NameIn(organization, absl::StrCat("bookings/", booking.id)));
  }
  out->set_client(NameIn(organization, absl::StrCat("clients/", booking.client)));
  out->set_clinic(NameIn(organization, absl::StrCat("clinics/", booking.clinic)));
  out->set_offering(NameIn(organization, absl::StrCat("offerings/", booking.offering)));
  out->set_practitioner(NameIn(organization, domain::PractitionerResource(booking.practitioner)));
  out->set_room(NameIn(organization, domain::RoomResource(booking.clinic, booking.room)));
  if (!booking.device.empty()) {
    out->set_device(NameIn(organization, domain::DeviceResource(booking.clinic, booking.device)));
    out->set_device_turnover_minutes(MinutesOf(booking.device_turnover));
  }
  *out->mutable_start_time() = rpc::ToProto(booking.start);
  *out->mutable_end_time() = rpc::ToProto(booking.end);
  out->set_zone(booking.zone);
  if (booking.local_start.has_value()) {
    out->set_local_start(absl::FormatCivilTime(*booking.local_start));
  }
  // The numbers are the same by contract (domain/booking.h).
  out->set_state(static_cast<pb::Booking::State>(booking.state));
  if (booking.hold_expires.has_value()) {
    *out->mutable_hold_expire_time() = rpc::ToProto(*booking.hold_expires);
  }
  out->set_revision(booking.revision);
  out->set_etag(domain::EtagOf(booking));
  out->set_cancel_reason(static_cast<pb::Booking::CancelReason>(booking.cancel_reason));
  out->set_buffer_before_minutes(MinutesOf(booking.buffer_before));
  out->set_buffer_after_minutes(MinutesOf(booking.buffer_after));
  out->set_turnover_minutes(MinutesOf(booking.turnover));
  out->set_buffer_policy(static_cast<pb::BufferPolicy>(booking.buffers));
  *out->mutable_create_time() = rpc::ToProto(booking.created);
  *out->mutable_update_time() = rpc::ToProto(booking.updated);
  if (booking.policy_version > 0) {
    out->set_policy(PolicyName(organization, booking.policy_clinic, booking.policy_version));
  }
  out->set_late_cancelled(booking.late_cancelled);
  out->set_late_changed(booking.late_changed);
  out->set_fee_due(booking.fee_due);
  for (const domain::PolicyRule rule : booking.override_of.rules) {
    out->add_overridden_rules(static_cast<pb::Booking::PolicyRule>(rule));
  }
  out->set_override_reason(static_cast<pb::Booking::OverrideReason>(booking.override_of.reason));
  out->set_fee_waiver(static_cast<pb::Booking::FeeWaiver>(booking.fee_waiver));
}

std::string EncodeEvent(const Tenant& tenant, domain::BookingEventKind kind,
                        const domain::Booking& after, const domain::Clinic& clinic,
                        absl::Time time) {
  pb::BookingEvent event;
  event.set_kind(static_cast<pb::BookingEvent::Kind>(kind));
  ToProto(tenant.organization(), after, event.mutable_booking());
  event.set_clinic_display_name(clinic.display_name);
  event.set_clinic_zone(clinic.zone_name);
  *event.mutable_event_time() = rpc::ToProto(time);
  if (kind == domain::BookingEventKind::kFeeWaived) event.set_actor(after.fee_waived_by);
  if (kind == domain::BookingEventKind::kConfirmed ||
      kind == domain::BookingEventKind::kRescheduled) {
    event.set_actor(after.override_of.by);
  }
  return event.SerializeAsString();
}

absl::StatusOr<std::string> ReadNameIn(const std::string& organization, absl::string_view name,
                                       absl::string_view pattern, absl::string_view field) {
  std::string owner, id;
  RETURN_IF_ERROR(ReadName(name, pattern, field, {&owner, &id}));
  if (owner != organization) return error::ReferenceUnknown(field);
  return id;
}

absl::Status ReadOverride(const pb::PolicyOverride& from, std::string by,
                          domain::SlotRequest& slot) {
  if (slot.online) return error::OverrideNotAllowed();
  for (const int rule : from.rules()) {
    if (rule == 0 || !pb::Booking::PolicyRule_IsValid(rule)) {
      return InvalidField("policy_override.rules", "not a rule that can be set aside");
    }
    slot.override_of.rules.insert(static_cast<domain::PolicyRule>(rule));
  }
  if (from.rules().empty()) return InvalidField("policy_override.rules", "required");
  if (from.reason() == 0 || !pb::Booking::OverrideReason_IsValid(from.reason())) {
    return InvalidField("policy_override.reason", "required");
  }
  slot.override_of.reason = static_cast<domain::OverrideReason>(from.reason());
  slot.override_of.by = std::move(by);
  return absl::OkStatus();
}

absl::StatusOr<domain::SlotRequest> FromProto(const std::string& organization,
                                              const pb::SlotRequest& slot, bool online,
                                              bool partial) {
  domain::SlotRequest wanted;
  wanted.online = online;
  if (!partial || !slot.clinic().empty()) {
    ASSIGN_OR_RETURN(wanted.clinic,
                     ReadNameIn(organization, slot.clinic(), kClinicPattern, "slot.clinic"));
  }
  if (!partial || !slot.offering().empty()) {
    ASSIGN_OR_RETURN(wanted.offering,
                     ReadNameIn(organization, slot.offering(), kOfferingPattern, "slot.offering"));
  }
  if (slot.duration_minutes() < 0) {
    return InvalidField("slot.duration_minutes", "must not be negative");
  }
  wanted.minutes = slot.duration_minutes();
  if (!slot.practitioner().empty()) {
    ASSIGN_OR_RETURN(wanted.practitioner, ReadNameIn(organization, slot.practitioner(),
                                                     kPractitionerPattern, "slot.practitioner"));
  }
  if (!slot.room().empty()) {
    std::string owner, clinic;
    RETURN_IF_ERROR(
        ReadName(slot.room(), kRoomPattern, "slot.room", {&owner, &clinic, &wanted.room}));
    if (owner != organization) return error::ReferenceUnknown("slot.room");
    // A room names its clinic; a move may name the room alone.
    if (wanted.clinic.empty()) wanted.clinic = clinic;
    if (clinic != wanted.clinic) return InvalidField("slot.room", "is not a room of slot.clinic");
  }
  ASSIGN_OR_RETURN(wanted.start, rpc::ReadTime(slot.has_start_time() ? &slot.start_time() : nullptr,
                                               "slot.start_time"));
  return wanted;
}

}  // namespace stillpoint::booking::edge

#include "services/booking/domain/claim.h"

#include "absl/strings/str_cat.h"

namespace stillpoint::booking::domain {

bool Excludes(const Claim& a, const Claim& b) {
  return a.resource == b.resource && a.start < b.end && b.start < a.end &&
         a.kind == ClaimKind::kVisit && b.kind == ClaimKind::kVisit;
}

bool Clash(const Claim& a, const Claim& b, absl::Duration travel) {
  const auto before = [&](const Claim& first, const Claim& then) {
    return first.end + travel <= then.start && first.visit_end + travel <= then.start - then.lead;
  };
  return !before(a, b) && !before(b, a);
}

Margins PractitionerMargins(const Offering& offering) {
  return {.before = absl::Minutes(offering.buffer_before_minutes),
          .after = absl::Minutes(offering.buffer_after_minutes)};
}

Margins RoomMargins(const Room& room) {
  return {.before = absl::ZeroDuration(), .after = absl::Minutes(room.turnover_minutes)};
}

Margins DeviceMargins(const Device& device) {
  return {.before = absl::ZeroDuration(), .after = absl::Minutes(device.turnover_minutes)};
}

std::vector<Claim> ClaimsOf(const Booking& booking) {
  if (!OccupiesTime(booking.state)) return {};
  const std::optional<absl::Time> expires =
      booking.state == BookingState::kHeld ? booking.hold_expires : std::nullopt;
  const bool leads = booking.buffers == BufferPolicy::kMax;
  const absl::Duration lead = leads ? booking.buffer_before : absl::ZeroDuration();
  const bool beside = booking.override_of.rules.count(PolicyRule::kOneVisitAtATime) > 0;
  // The ids follow from the booking, so that moving it replaces its own claims and no others.
  std::vector<Claim> claims = {
      {.id = absl::StrCat(booking.id, "-p"),
       .resource = PractitionerResource(booking.practitioner),
       .start = booking.start - booking.buffer_before + lead,
       .end = booking.end + booking.buffer_after,
       .kind = beside ? ClaimKind::kBeside : ClaimKind::kVisit,
       .expires = expires,
       .booking = booking.id,
       .visit_start = booking.start,
       .visit_end = booking.end,
       .clinic = booking.clinic,
       .lead = lead},
      {.id = absl::StrCat(booking.id, "-r"),
       .resource = RoomResource(booking.clinic, booking.room),
       .start = booking.start,
       .end = booking.end + booking.turnover,
       .expires = expires,
       .booking = booking.id},
  };
  if (!booking.device.empty()) {
    claims.push_back({.id = absl::StrCat(booking.id, "-d"),
                      .resource = DeviceResource(booking.clinic, booking.device),
                      .start = booking.start,
                      .end = booking.end + booking.device_turnover,
                      .expires = expires,
                      .booking = booking.id});
  }
  return claims;
}

}  // namespace stillpoint::booking::domain

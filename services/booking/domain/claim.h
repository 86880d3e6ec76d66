// What occupies a practitioner, a room or a device, and for how long. The one place that says so:
// writes store these ranges, searches subtract them.
#ifndef STILLPOINT_SERVICES_BOOKING_DOMAIN_CLAIM_H_
#define STILLPOINT_SERVICES_BOOKING_DOMAIN_CLAIM_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/booking/domain/booking.h"
#include "services/booking/domain/catalogue.h"
#include "services/booking/domain/resource.h"

namespace stillpoint::booking::domain {

// Stored as these numbers.
enum class ClaimKind {
  kVisit = 1,   // Exclusive: no two of one resource overlap, ever.
  kBeside = 2,  // Of a practitioner: staff put it beside what was there. In everybody else's way.
};

// A claim on one resource.
struct Claim {
  std::string id;  // Unique in the organization.
  ResourceId resource;
  absl::Time start;  // Half-open: [start, end), at most kClaimMax long.
  absl::Time end;
  ClaimKind kind = ClaimKind::kVisit;
  std::optional<absl::Time> expires;  // Of a hold, by the store's clock; none for what is agreed.
  std::string booking;                // Id of the owner.
  // A practitioner's: when the visit itself is, without buffers. Others: both the same instant.
  absl::Time visit_start = {};
  absl::Time visit_end = {};
  std::string clinic = {};  // Of a practitioner's: where. Of a room's: empty.
  // A practitioner's, of BufferPolicy::kMax: so long before `start`, which is that of the visit,
  // there may be a buffer after another visit, but no visit.
  absl::Duration lead = absl::ZeroDuration();

  // True for what a hold that has ended left behind: it occupies nothing.
  bool HasRunOut(absl::Time now) const { return expires.has_value() && *expires <= now; }
};

// True if the schema forbids that both are there: they overlap, and neither was put beside the
// other by staff.
bool Excludes(const Claim& a, const Claim& b);

// How much longer than the visit a resource is occupied. Both >= 0.
struct Margins {
  absl::Duration before;
  absl::Duration after;
};

// True if one practitioner cannot have both: between the one's end and the other's start, and
// between the one's visit and the other's lead, there must be `travel`, the way between their
// clinics. Buffers are spent at the clinics, so the way lies beside them. The one place that says
// so; the schema knows only that claims do not overlap.
bool Clash(const Claim& a, const Claim& b, absl::Duration travel);

// The offering's buffers.
Margins PractitionerMargins(const Offering& offering);
// The room's turnover. Buffers are the practitioner's: another may use the room meanwhile.
Margins RoomMargins(const Room& room);
// The device's turnover, likewise.
Margins DeviceMargins(const Device& device);

// The claims of a booking on its practitioner, its room and its device, with the margins that were
// frozen when its time was booked. Empty for one that occupies nothing.
std::vector<Claim> ClaimsOf(const Booking& booking);

}  // namespace stillpoint::booking::domain

#endif  // STILLPOINT_SERVICES_BOOKING_DOMAIN_CLAIM_H_

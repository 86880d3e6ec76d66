// After a change of the zone data: which bookings can go to the instant that their local time has
// become, where they stand in each other's way.
#ifndef STILLPOINT_SERVICES_BOOKING_DOMAIN_ZONE_MOVES_H_
#define STILLPOINT_SERVICES_BOOKING_DOMAIN_ZONE_MOVES_H_

#include <optional>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "services/booking/domain/booking.h"
#include "services/booking/domain/catalogue.h"
#include "services/booking/domain/claim.h"

namespace stillpoint::booking::domain {

// What is not as it should be where a booking has gone. Nothing of it is in the way of its claims,
// and the agreed local time goes first.
enum class ZoneConcern {
  kNone,
  kBuffer,  // Less time than the buffer before it, or before the visit after it.
  kTravel,  // Less time than the way from or to a visit at another clinic.
};

// A booking that belongs at another instant.
struct ZoneMover {
  Booking before;
  Booking after;  // At its new time, and otherwise the same.
  // What of its new place is not to be had, so that it stays; none: it goes. DecideZoneMoves finds
  // it, or is told it.
  std::optional<ResourceId> taken = {};
  ZoneConcern concern = ZoneConcern::kNone;  // Of one that goes.
};

// True if `a` and `b`, on the same resource, cannot both be, or not without a concern.
bool ZoneClaimsMeet(const Catalogue& catalogue, const Claim& a, const Claim& b);

// Decides for all of `movers` at once, so that a row of them goes and two change places. `fixed`
// are the claims of those that go nowhere. A mover stays if its new place is fixed, or that of one
// that stays, or is also the new place of another who was booked before it. The last holds whether
// or not that other one goes, so that what becomes of a booking does not depend on the order in
// which groups are looked at. O(movers * (movers + fixed)).
void DecideZoneMoves(const Catalogue& catalogue, absl::Span<const Claim> fixed,
                     absl::Span<ZoneMover> movers);

}  // namespace stillpoint::booking::domain

#endif  // STILLPOINT_SERVICES_BOOKING_DOMAIN_ZONE_MOVES_H_

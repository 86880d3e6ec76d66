// Keeping "any room" and "any device" assignable: a visit that did not ask for the one it has gives
// it up for another that will do as well, when somebody comes who needs it.
#ifndef STILLPOINT_SERVICES_BOOKING_DOMAIN_REARRANGE_H_
#define STILLPOINT_SERVICES_BOOKING_DOMAIN_REARRANGE_H_

#include <optional>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "services/booking/domain/booking.h"
#include "services/booking/domain/catalogue.h"
#include "services/booking/domain/claim.h"
#include "services/booking/domain/slot.h"

namespace stillpoint::booking::domain {

// How far around the wanted time rooms and devices are looked at; a visit that would reach further
// stays where it is.
inline constexpr absl::Duration kRearrangeReach = absl::Hours(6);
// Visits of one clinic that are looked at; those after them stay where they are.
inline constexpr int kRearrangeBookingsMax = 1000;
// So many rooms, or devices, are vacated for one visit, each for the sake of the one before.
inline constexpr int kRearrangeDepthMax = 4;
// Rooms, or devices, looked at on the way, whatever the clinic's size: bounds the time that others
// wait.
inline constexpr int kRearrangeStepsMax = 1000;

// A visit that changes its room or its device, and nothing else.
struct ResourceMove {
  Booking booking;  // As it is before all moves.
  // To which one; the other is null.
  const Room* room = nullptr;
  const Device* device = nullptr;
};

// T: Room or Device.
template <typename T>
struct Rearrangement {
  const T* vacated = nullptr;       // Is free after the moves.
  std::vector<ResourceMove> moves;  // In an order in which no two visits ever share one.
};

// The moves by which one of the candidates' rooms (or devices), the first in their order that can
// be, becomes free for the wanted time; nullopt: none can. Moved are only those of `bookings`
// (confirmed, at the clinic) that did not ask for their room and have not begun at `now`, each to
// one that suits its offering: nobody loses their time, their practitioner or a feature. Nobody
// asks for a device, so each may be exchanged. `moving`, which may be null, is in nobody's way.
// `claims` hold all that are on the clinic's rooms (or devices) within kRearrangeReach.
template <typename T>
std::optional<Rearrangement<T>> FindRearrangement(const Catalogue& catalogue,
                                                  const SlotCandidates& candidates,
                                                  absl::Span<const Claim> claims,
                                                  absl::Span<const Booking> bookings,
                                                  const Booking* moving, absl::Time now);

}  // namespace stillpoint::booking::domain

#endif  // STILLPOINT_SERVICES_BOOKING_DOMAIN_REARRANGE_H_

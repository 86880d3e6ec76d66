// Whether a booking can still take place where and when it was agreed. A change of hours, of
// credentials, of a room or a device can take the ground from under bookings that were made before
// it. Such a booking is orphaned: it keeps its time, which nobody else gets, until it is moved,
// called off, or supported again.
//
// That is worked out whenever it is asked for and stored nowhere, so there is nothing to restore
// when the hours come back. Pure.
#ifndef STILLPOINT_SERVICES_BOOKING_DOMAIN_ORPHANS_H_
#define STILLPOINT_SERVICES_BOOKING_DOMAIN_ORPHANS_H_

#include <vector>

#include "absl/time/time.h"
#include "services/booking/domain/booking.h"
#include "services/booking/domain/catalogue.h"

namespace stillpoint::booking::domain {

// Numbers as in stillpoint.booking.v1.OrphanedBooking.Reason. As if the time were asked for anew:
// OUTSIDE_HOURS, PRACTITIONER_UNQUALIFIED, ROOM_UNSUITABLE, DEVICE_UNSUITABLE.
enum class OrphanReason {
  kOutsideHours = 1,
  kPractitionerUnqualified = 2,
  kRoomUnsuitable = 3,
  kDeviceUnsuitable = 4,
};

// What of a catalogue a change replaces; null: none of that kind. The pointers outlive the value.
struct ChangedPart {
  const Clinic* clinic = nullptr;
  const Practitioner* practitioner = nullptr;
  const Room* room = nullptr;
  const Device* device = nullptr;
};

// The states in which a booking is still to take place, or under way.
inline constexpr BookingState kLiveStates[] = {BookingState::kHeld, BookingState::kConfirmed,
                                               BookingState::kCheckedIn, BookingState::kInSession};

// In one of kLiveStates, not over at `now`, and no hold that has run out.
bool IsLive(const Booking& booking, absl::Time now);

// Everything that `catalogue`, with `changed`, has against the booking's practitioner, room and
// device at its time, by the same rules as FindCandidates (slot.h); none: it is supported. Its
// buffers are those that it was booked with, and rules about new bookings (notice, step, where and
// for how long the offering is given, devices that are archived) say nothing about old ones. Reads
// only where, when and with whom it is, and its buffers.
std::vector<OrphanReason> WhyOrphaned(const Booking& booking, const Catalogue& catalogue,
                                      const ChangedPart& changed = {});

}  // namespace stillpoint::booking::domain

#endif  // STILLPOINT_SERVICES_BOOKING_DOMAIN_ORPHANS_H_

// What of bookings and people a call reaches. What it does not reach is answered as what does not
// exist, by the same code: so there is nothing to tell the two apart by.
#ifndef STILLPOINT_SERVICES_BOOKING_APP_REACH_H_
#define STILLPOINT_SERVICES_BOOKING_APP_REACH_H_

#include <string>

#include "absl/status/status.h"
#include "common/base/reach.h"
#include "services/booking/domain/booking.h"
#include "services/booking/domain/catalogue.h"
#include "services/booking/domain/slot.h"
#include "services/booking/ports/ledger.h"

namespace stillpoint::booking::app {

// An id that nothing has: no valid id begins with a hyphen.
inline constexpr char kNobody[] = "-";

// NotFound NOT_FOUND: a booking of another clinic, practitioner or client than the call reaches.
absl::Status CheckReach(const Reach& reach, const domain::Booking& booking);

// `found`, or null if it is null or works in a clinic that the call does not reach: whoever changes
// when somebody works answers for all of their clinics. Somebody without hours is reached by all.
const domain::Practitioner* InReach(const Reach& reach, const domain::Practitioner* found);

// `found`, or null if it is null or out of reach.
const domain::Clinic* InReach(const Reach& reach, const domain::Clinic* found);

// Puts kNobody in the place of a clinic or a practitioner out of reach, and the one practitioner
// that is in reach in the place of anybody. An empty clinic stays empty.
void Restrict(const Reach& reach, domain::SlotRequest& wanted);

// Narrows a list to what is in reach.
void Restrict(const Reach& reach, ports::BookingFilter& filter);

}  // namespace stillpoint::booking::app

#endif  // STILLPOINT_SERVICES_BOOKING_APP_REACH_H_

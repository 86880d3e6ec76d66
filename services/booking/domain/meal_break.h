// The break that a practitioner keeps, whatever is booked (policy.h): searching, booking and
// explaining come here.
//
// What counts is what occupies the practitioner, at any clinic: visits with their buffers, holds. A
// buffer before a visit counts in full under BufferPolicy::kMax too, where it is the claim's lead:
// what may lie over it is another visit's buffer, in which nobody is free either, and a meal is no
// buffer. The way between two clinics does not count: it has no place between the visits, and may
// be gone before the meal or after it. Whoever wants it kept free as well asks for a longer break.
// Whoever is not at work, or has time off, has a break; so a shift that ends within the window
// needs none in it. A visit that does not meet the window is never refused for it. One that does is
// refused if no break is left, also when there was none before (staff may set the rule aside):
// whatever little is left is all the rest that there is, and what was booked may yet be called off.
// On a date on which a change of the clocks leaves a window shorter than the break there is no
// rule.
#ifndef STILLPOINT_SERVICES_BOOKING_DOMAIN_MEAL_BREAK_H_
#define STILLPOINT_SERVICES_BOOKING_DOMAIN_MEAL_BREAK_H_

#include <vector>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "services/booking/domain/bits.h"
#include "services/booking/domain/booking.h"
#include "services/booking/domain/catalogue.h"
#include "services/booking/domain/claim.h"
#include "services/booking/domain/policy.h"

namespace stillpoint::booking::domain {

// In which the break of one local day lies. All half-open.
struct MealWindow {
  Tick begin = 0;
  Tick end = 0;
  Tick day_begin = 0;  // The whole local day.
  Tick day_end = 0;
};

// Those of the local days in `zone` that [begin, end) meets, which can hold a break, ascending.
std::vector<MealWindow> MealWindows(const MealBreak& rule, const absl::TimeZone& zone, Tick begin,
                                    Tick end);

// What a search knows of one practitioner at one clinic, each bit for itself.
struct MealFacts {
  const Bits& open;       // At work there, occupied or not.
  const Bits& unclaimed;  // Occupied by nothing, at work or not.
};

// Takes out of `starts` those that leave no break. A visit occupies [start - before, start + after)
// of the practitioner, where `unclaimed` is set. `windows`: those of all days that such a visit may
// meet. O(words of the windows), no allocation.
void KeepBreaks(const MealBreak& rule, absl::Span<const MealWindow> windows, const MealFacts& facts,
                Tick before, Tick after, Bits& starts);

// Whether a visit that occupies [start, end) of `who` leaves them their break, besides `claims`:
// live ones, all that meet the local days of [start, end) at `clinic`; those of `moving`, which may
// be null, do not count. True where there is no rule.
bool LeavesBreak(const MealBreak& rule, const Clinic& clinic, const Practitioner& who,
                 absl::Time start, absl::Time end, absl::Span<const Claim> claims,
                 const Booking* moving);

}  // namespace stillpoint::booking::domain

#endif  // STILLPOINT_SERVICES_BOOKING_DOMAIN_MEAL_BREAK_H_

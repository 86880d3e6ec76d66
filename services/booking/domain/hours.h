// From the wall clock to instants: working hours, opening hours and time off as ranges of UTC.
//
// A local time that a DST change skips moves forward by the gap; one that happens twice is the
// earlier. Every range belongs to the local date on which it starts, also when it ends past
// midnight. Pure, but 10-20 times the cost of a search: searches keep the results
// (app/hours_cache.h).
#ifndef STILLPOINT_SERVICES_BOOKING_DOMAIN_HOURS_H_
#define STILLPOINT_SERVICES_BOOKING_DOMAIN_HOURS_H_

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "services/booking/domain/bits.h"
#include "services/booking/domain/catalogue.h"

namespace stillpoint::booking::domain {

// The instant of `minutes` (0..2880) after midnight of `date` on the wall clock of `zone`: 1500 is
// 01:00 on the day after, whatever happens in between.
absl::Time InstantOf(absl::CivilDay date, int minutes, const absl::TimeZone& zone);

// When `practitioner` works at `clinic`: the shifts there, within the clinic's openings (both of
// day_hours.h), without time off. A tick that is open only in part counts as closed.
Bits OpenTicks(const Practitioner& practitioner, const Clinic& clinic, Tick begin, Tick end);

// True if [start, end) lies wholly in OpenTicks. False for names that `catalogue` does not know and
// for an empty range. Writers pass the visit with its buffers: buffers lie within the shift too.
bool IsOpen(const Catalogue& catalogue, absl::string_view practitioner, absl::string_view clinic,
            absl::Time start, absl::Time end);
bool IsOpen(const Practitioner& practitioner, const Clinic& clinic, absl::Time start,
            absl::Time end);

// The starts that a clinic offers: from the start of each of its openings, every `step_minutes`
// (>= 5, on the grid) on the wall clock. So the grid begins anew with every local date, a step of
// 50 minutes does not wander through the week, and a DST change leaves the afternoon where it was.
Bits StartGrid(const Clinic& clinic, int step_minutes, Tick begin, Tick end);

// Ticks whose local time of day is in [from_minute, until_minute) (0..1440; until <= from wraps
// round midnight) and whose local weekday is in `weekdays` (bit 0 = Monday ... bit 6 = Sunday).
Bits LocalWindow(const absl::TimeZone& zone, int from_minute, int until_minute, unsigned weekdays,
                 Tick begin, Tick end);

// Ticks whose local date at the clinic is one on which `practitioner` has a credential of `kind`.
Bits CredentialTicks(const Practitioner& practitioner, absl::string_view kind,
                     const absl::TimeZone& zone, Tick begin, Tick end);

}  // namespace stillpoint::booking::domain

#endif  // STILLPOINT_SERVICES_BOOKING_DOMAIN_HOURS_H_

// What keeps two visits of one practitioner apart beside their claims: the way between two clinics,
// of which a practitioner may have visits on one day.
#ifndef STILLPOINT_SERVICES_BOOKING_DOMAIN_TRAVEL_H_
#define STILLPOINT_SERVICES_BOOKING_DOMAIN_TRAVEL_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "services/booking/domain/bits.h"
#include "services/booking/domain/busy_month.h"
#include "services/booking/domain/catalogue.h"

namespace stillpoint::booking::domain {

// Further apart than this nobody works in one day.
inline constexpr int kTravelMinutesMax = 480;
// So many pairs of clinics: all ways between 32 clinics.
inline constexpr size_t kTravelPairsMax = 500;

// The way between two clinics, there as back.
struct TravelTime {
  std::string clinic{};
  std::string other{};
  int minutes = 0;
};

// What an organization's catalogue keeps of them. `field` is their path in the request.
// InvalidArgument INVALID_FIELD (too many, out of bounds, from a clinic to itself, a pair twice),
// OFF_GRID, REFERENCE_UNKNOWN.
absl::StatusOr<TravelTimes> MakeTravelTimes(absl::Span<const TravelTime> times,
                                            const Catalogue& catalogue, absl::string_view field);
// Each pair once, by the ids of its clinics.
std::vector<TravelTime> ListTravelTimes(const TravelTimes& times);

// How far it is by `ways` (null: there are none) to `clinic`.
absl::Duration WayTo(const Ways* ways, const std::string& clinic);
// The longest of `ways`; 0 if null.
absl::Duration LongestWay(const Ways* ways);

// Of a practitioner who is `free` at the clinic that `ways` start from: clears the time that they
// need to go to visits elsewhere and to come from them. Visits held until after `now` count.
void TakeTravel(const BusyMonth& busy, const Ways& ways, absl::Time now, Bits& free);

// Where visits have leads (claim.h): clears from `for_visit` those of others and from `for_lead`
// their visits, both with the way to and from there (`ways` may be null).
void TakeLeads(const BusyMonth& busy, const Ways* ways, absl::Time now, Bits& for_visit,
               Bits& for_lead);

}  // namespace stillpoint::booking::domain

#endif  // STILLPOINT_SERVICES_BOOKING_DOMAIN_TRAVEL_H_

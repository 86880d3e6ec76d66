// In which order rooms and devices are considered: the same for those who search and those who
// book.
#ifndef STILLPOINT_SERVICES_BOOKING_DOMAIN_ROOMS_H_
#define STILLPOINT_SERVICES_BOOKING_DOMAIN_ROOMS_H_

#include <algorithm>
#include <string>
#include <vector>

#include "services/booking/domain/catalogue.h"

namespace stillpoint::booking::domain {

// Special ones stay free for those who need them; those that are equally plain keep their order.
// T: Room or Device.
template <typename T>
void PlainestFirst(std::vector<const T*>& all) {
  std::stable_sort(all.begin(), all.end(),
                   [](const T* a, const T* b) { return a->features.size() < b->features.size(); });
}

// The rooms of `clinic` in which `offering` can be given; plainest first, then by id.
std::vector<const Room*> SuitableRooms(const Catalogue& catalogue, const Offering& offering,
                                       const Clinic& clinic);

// The devices of `clinic`, none archived, of which `offering` takes one, in the same order; none if
// it takes none.
std::vector<const Device*> SuitableDevices(const Catalogue& catalogue, const Offering& offering,
                                           const Clinic& clinic);

// Turns each stretch of equally plain rooms round by `by` places, so that callers with the same
// choice begin with different ones.
void SpreadRooms(std::vector<const Room*>& rooms, size_t by);
void SpreadDevices(std::vector<const Device*>& devices, size_t by);

// By how much rooms, and devices, are turned for one practitioner: their place among all of them.
// With as many rooms as people everybody has their own usual room, and seldom finds it taken.
size_t UsualRoomOf(const Catalogue& catalogue, const std::string& practitioner);

}  // namespace stillpoint::booking::domain

#endif  // STILLPOINT_SERVICES_BOOKING_DOMAIN_ROOMS_H_

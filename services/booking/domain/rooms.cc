#include "services/booking/domain/rooms.h"

#include <algorithm>
#include <iterator>

namespace stillpoint::booking::domain {

std::vector<const Room*> SuitableRooms(const Catalogue& catalogue, const Offering& offering,
                                       const Clinic& clinic) {
  std::vector<const Room*> rooms = catalogue.RoomsAt(clinic.id);
  std::erase_if(rooms, [&](const Room* room) { return !offering.Suits(*room); });
  std::stable_sort(rooms.begin(), rooms.end(), [](const Room* a, const Room* b) {
    return a->features.size() < b->features.size();
  });
  return rooms;
}

void SpreadRooms(std::vector<const Room*>& rooms, size_t by) {
  for (auto plain = rooms.begin(); plain != rooms.end();) {
    const size_t features = (*plain)->features.size();
    const auto others = std::find_if(
        plain, rooms.end(), [&](const Room* room) { return room->features.size() != features; });
    std::rotate(plain, plain + static_cast<ptrdiff_t>(by % (others - plain)), others);
    plain = others;
  }
}

size_t UsualRoomOf(const Catalogue& catalogue, const std::string& practitioner) {
  const auto& all = catalogue.practitioners;
  return static_cast<size_t>(std::distance(all.begin(), all.find(practitioner)));
}

}  // namespace stillpoint::booking::domain

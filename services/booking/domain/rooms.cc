#include "services/booking/domain/rooms.h"

#include <algorithm>
#include <iterator>

namespace stillpoint::booking::domain {
namespace {

// T: Room or Device.
template <typename T>
std::vector<const T*> Suitable(std::vector<const T*> all, const Offering& offering) {
  std::erase_if(all, [&](const T* each) { return !offering.Suits(*each); });
  PlainestFirst(all);
  return all;
}

template <typename T>
void Spread(std::vector<const T*>& all, size_t by) {
  for (auto plain = all.begin(); plain != all.end();) {
    const size_t features = (*plain)->features.size();
    const auto others = std::find_if(
        plain, all.end(), [&](const T* each) { return each->features.size() != features; });
    std::rotate(plain, plain + static_cast<ptrdiff_t>(by % (others - plain)), others);
    plain = others;
  }
}

}  // namespace

std::vector<const Room*> SuitableRooms(const Catalogue& catalogue, const Offering& offering,
                                       const Clinic& clinic) {
  return Suitable(catalogue.RoomsAt(clinic.id), offering);
}

std::vector<const Device*> SuitableDevices(const Catalogue& catalogue, const Offering& offering,
                                           const Clinic& clinic) {
  if (!offering.NeedsDevice()) return {};
  std::vector<const Device*> devices = Suitable(catalogue.DevicesAt(clinic.id), offering);
  std::erase_if(devices, [](const Device* device) { return device->archived; });
  return devices;
}

void SpreadRooms(std::vector<const Room*>& rooms, size_t by) { Spread(rooms, by); }

void SpreadDevices(std::vector<const Device*>& devices, size_t by) { Spread(devices, by); }

size_t UsualRoomOf(const Catalogue& catalogue, const std::string& practitioner) {
  const auto& all = catalogue.practitioners;
  return static_cast<size_t>(std::distance(all.begin(), all.find(practitioner)));
}

}  // namespace stillpoint::booking::domain

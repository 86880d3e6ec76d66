// The part of model.h about visits that lost what they rest on.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tests/chaos/model.h"

namespace stillpoint::chaos {

constexpr size_t kNamed = 100;  // As the API says.

std::set<int> Model::Orphans() {
  std::set<int> orphans;
  for (size_t i = 0; i < visits.size(); ++i) {
    const Visit& visit = visits[i];
    const bool is_over = (visit.start + visit.length) * kMinuteMicros <= now_us;
    if (!IsLive(visit) || is_over || visit.state == State::kCompleted ||
        visit.state == State::kNoShow) {
      continue;
    }
    const Person& person = people.at(visit.person);
    const Offering& offering = offerings.at(visit.offering);
    const bool has_person =
        IsAtWork(person, visit.clinic, visit.start - visit.before,
                 visit.start + visit.length + visit.after) &&
        IsLicensed(person, offering.licence, Clock(visit.clinic).Day(visit.start));
    const bool has_room = Suits(offering, rooms.at(RoomKey(visit.clinic, visit.room)));
    bool has_device = true;
    if (!visit.device.empty()) {
      Device device = devices.at(DeviceKey(visit.clinic, visit.device));
      device.archived = false;  // Those who have it keep it.
      has_device = Suits(offering, device);
    }
    if (!has_person || !has_room || !has_device) orphans.insert(static_cast<int>(i));
  }
  return orphans;
}

std::string Model::TextOfNew(const std::set<int>& before, const std::set<int>& after) const {
  std::vector<std::pair<Minute, std::string>> found;
  for (const int at : after) {
    if (before.count(at) > 0) continue;
    const Visit& visit = visits[static_cast<size_t>(at)];
    found.emplace_back(visit.start, visit.id);
  }
  std::sort(found.begin(), found.end());
  const size_t count = found.size();
  if (count > kNamed) found.resize(kNamed);
  return absl::StrCat(count, " ", absl::StrJoin(found, ",", [](std::string* out, const auto& each) {
                        out->append(each.second);
                      }));
}

}  // namespace stillpoint::chaos

#include "services/booking/domain/catalogue.h"

#include <algorithm>

#include "absl/strings/match.h"

namespace stillpoint::booking::domain {
namespace {

template <typename T>
const T* Find(const std::map<std::string, T>& values, absl::string_view id) {
  const auto found = values.find(std::string(id));
  return found == values.end() ? nullptr : &found->second;
}

}  // namespace

bool Practitioner::HasCredential(absl::string_view kind, absl::CivilDay on) const {
  if (kind.empty()) return true;
  return std::any_of(credentials.begin(), credentials.end(), [&](const Credential& credential) {
    return credential.kind == kind && on >= credential.valid_from.value_or(on) &&
           on <= credential.valid_until.value_or(on);
  });
}

bool Practitioner::WorksAt(absl::string_view clinic) const {
  return std::any_of(hours.begin(), hours.end(),
                     [&](const WorkingHours& range) { return range.clinic == clinic; });
}

bool Offering::HasVariant(int minutes) const {
  return std::find(variants.begin(), variants.end(), minutes) != variants.end();
}

bool Offering::IsOfferedAt(absl::string_view clinic) const {
  return clinics.empty() || std::find(clinics.begin(), clinics.end(), clinic) != clinics.end();
}

bool Offering::Suits(const Room& room) const {
  if (!room_kind.empty() && room.kind != room_kind) return false;
  return std::includes(room.features.begin(), room.features.end(), room_features.begin(),
                       room_features.end());
}

const Clinic* Catalogue::FindClinic(absl::string_view id) const { return Find(clinics, id); }

const Room* Catalogue::FindRoom(absl::string_view clinic, absl::string_view id) const {
  return Find(rooms, RoomResource(clinic, id));
}

const Room* Catalogue::FindRoom(const ResourceId& resource) const { return Find(rooms, resource); }

const Practitioner* Catalogue::FindPractitioner(absl::string_view id) const {
  return Find(practitioners, id);
}

const Offering* Catalogue::FindOffering(absl::string_view id) const { return Find(offerings, id); }

std::vector<const Room*> Catalogue::RoomsAt(absl::string_view clinic) const {
  std::vector<const Room*> found;
  const std::string prefix = RoomResource(clinic, "");
  for (auto it = rooms.lower_bound(prefix);
       it != rooms.end() && absl::StartsWith(it->first, prefix); ++it) {
    found.push_back(&it->second);
  }
  return found;
}

}  // namespace stillpoint::booking::domain

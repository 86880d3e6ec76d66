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

// What of one kind a clinic has; `prefix` is that of its resource names.
template <typename T>
std::vector<const T*> WithPrefix(const std::map<ResourceId, T>& values, const std::string& prefix) {
  std::vector<const T*> found;
  for (auto it = values.lower_bound(prefix);
       it != values.end() && absl::StartsWith(it->first, prefix); ++it) {
    found.push_back(&it->second);
  }
  return found;
}

// `needed` and `has` are ascending.
bool HasAll(const std::vector<std::string>& has, const std::vector<std::string>& needed) {
  return std::includes(has.begin(), has.end(), needed.begin(), needed.end());
}

template <typename Condition>
bool AnyVersion(const std::map<std::string, PolicyVersions>& policies, Condition condition) {
  return std::any_of(policies.begin(), policies.end(), [&](const auto& entry) {
    return std::any_of(entry.second.begin(), entry.second.end(), condition);
  });
}

constexpr absl::CivilDay kSomeMonday(1970, 1, 5);

// Monday to Sunday of one week have one number; weeks before 1970 have negative ones.
int64_t WeekNumber(absl::CivilDay date) {
  const int64_t days = date - kSomeMonday;
  return (days - (days % 7 + 7) % 7) / 7;
}

}  // namespace

bool WeeklyHours::StartsOn(absl::CivilDay date) const {
  if (absl::GetWeekday(date) != weekday || date < valid_from.value_or(date) ||
      date > valid_until.value_or(date)) {
    return false;
  }
  if (weeks.every > 1 && (WeekNumber(date) - WeekNumber(weeks.anchor)) % weeks.every != 0) {
    return false;
  }
  if (weeks.of_month == 0) return true;
  if (weeks.of_month == kLastOfMonth) return (date + 7).month() != date.month();
  return (date.day() - 1) / 7 + 1 == weeks.of_month;
}

bool Practitioner::HasCredential(absl::string_view kind, absl::CivilDay on) const {
  if (kind.empty()) return true;
  return std::any_of(credentials.begin(), credentials.end(), [&](const Credential& credential) {
    return credential.kind == kind && on >= credential.valid_from.value_or(on) &&
           on <= credential.valid_until.value_or(on);
  });
}

bool Practitioner::WorksAt(absl::string_view clinic) const {
  return std::any_of(hours.begin(), hours.end(),
                     [&](const WorkingHours& range) { return range.clinic == clinic; }) ||
         std::any_of(overrides.begin(), overrides.end(), [&](const DateOverride& day) {
           return day.clinic == clinic && !day.ranges.empty();
         });
}

bool Offering::HasVariant(int minutes) const {
  return std::find(variants.begin(), variants.end(), minutes) != variants.end();
}

bool Offering::IsOfferedAt(absl::string_view clinic) const {
  return clinics.empty() || std::find(clinics.begin(), clinics.end(), clinic) != clinics.end();
}

bool Offering::Suits(const Room& room) const {
  if (!room_kind.empty() && room.kind != room_kind) return false;
  return HasAll(room.features, room_features);
}

bool Offering::Suits(const Device& device) const {
  if (!device_kind.empty() && device.kind != device_kind) return false;
  return HasAll(device.features, device_features);
}

const Clinic* Catalogue::FindClinic(absl::string_view id) const { return Find(clinics, id); }

const Room* Catalogue::FindRoom(absl::string_view clinic, absl::string_view id) const {
  return Find(rooms, RoomResource(clinic, id));
}

const Room* Catalogue::FindRoom(const ResourceId& resource) const { return Find(rooms, resource); }

const Device* Catalogue::FindDevice(absl::string_view clinic, absl::string_view id) const {
  return Find(devices, DeviceResource(clinic, id));
}

const Device* Catalogue::FindDevice(const ResourceId& resource) const {
  return Find(devices, resource);
}

const Practitioner* Catalogue::FindPractitioner(absl::string_view id) const {
  return Find(practitioners, id);
}

const Offering* Catalogue::FindOffering(absl::string_view id) const { return Find(offerings, id); }

const Ways* Catalogue::WaysFrom(absl::string_view clinic) const {
  return travel.empty() ? nullptr : Find(travel, clinic);
}

const BookingPolicy* Catalogue::PolicyAt(absl::string_view clinic, absl::Time now) const {
  if (policies.empty()) return nullptr;
  const PolicyVersions* own = Find(policies, clinic);
  const BookingPolicy* policy = own == nullptr ? nullptr : InForce(*own, now);
  if (policy != nullptr && !policy->withdrawn) return policy;
  const PolicyVersions* general = Find(policies, "");
  return general == nullptr ? nullptr : InForce(*general, now);
}

BufferPolicy Catalogue::BuffersAt(absl::string_view clinic, absl::Time now) const {
  const BookingPolicy* policy = PolicyAt(clinic, now);
  return policy == nullptr ? BufferPolicy::kSum : policy->buffers;
}

bool Catalogue::limits_days() const {
  return AnyVersion(policies, [](const BookingPolicy& one) { return one.practitioner.IsRule(); });
}

bool Catalogue::keeps_breaks() const {
  return AnyVersion(policies, [](const BookingPolicy& one) { return one.meal_break.IsRule(); });
}

bool Catalogue::limits_clients() const {
  return AnyVersion(policies, [](const BookingPolicy& one) {
    return one.client.IsRule() || one.first_visit_consultation;
  });
}

bool Catalogue::has_leads() const {
  return AnyVersion(policies,
                    [](const BookingPolicy& one) { return one.buffers == BufferPolicy::kMax; });
}

const BookingPolicy* Catalogue::FindPolicy(absl::string_view clinic, int64_t number) const {
  const PolicyVersions* versions = Find(policies, clinic);
  if (versions == nullptr || number < 1 || number > static_cast<int64_t>(versions->size())) {
    return nullptr;
  }
  return &(*versions)[number - 1];
}

std::vector<const Room*> Catalogue::RoomsAt(absl::string_view clinic) const {
  return WithPrefix(rooms, RoomResource(clinic, ""));
}

std::vector<const Device*> Catalogue::DevicesAt(absl::string_view clinic) const {
  return WithPrefix(devices, DeviceResource(clinic, ""));
}

}  // namespace stillpoint::booking::domain

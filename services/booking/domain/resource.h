// What a claim can occupy, by name.
#ifndef STILLPOINT_SERVICES_BOOKING_DOMAIN_RESOURCE_H_
#define STILLPOINT_SERVICES_BOOKING_DOMAIN_RESOURCE_H_

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace stillpoint::booking::domain {

// The tail of a resource name, without `organizations/{o}/`: "practitioners/{p}",
// "clinics/{c}/rooms/{r}" or "clinics/{c}/devices/{d}". Unique within its organization only.
using ResourceId = std::string;

inline ResourceId PractitionerResource(absl::string_view practitioner) {
  return absl::StrCat("practitioners/", practitioner);
}

inline ResourceId RoomResource(absl::string_view clinic, absl::string_view room) {
  return absl::StrCat("clinics/", clinic, "/rooms/", room);
}

inline ResourceId DeviceResource(absl::string_view clinic, absl::string_view device) {
  return absl::StrCat("clinics/", clinic, "/devices/", device);
}

// Stands for the catalogue as a whole where versions of resources are told: ResourceVersion of it
// is Catalogue::version. Nothing can claim it.
inline constexpr char kCatalogueResource[] = "catalogue";

// How often what is known about a resource's time has changed.
struct ResourceVersion {
  ResourceId resource;
  int64_t version = 0;  // 1 at the first change; a resource without a row has version 0.
  friend bool operator==(const ResourceVersion&, const ResourceVersion&) = default;
};

// What sql::Transaction::Lock takes for one resource. Whoever decides about a resource's time, or
// changes what such a decision rests on, holds it.
inline std::string LockKey(absl::string_view organization, absl::string_view resource) {
  return absl::StrCat(organization, "/", resource);
}

// Serialises the changes of one organization's catalogue. Bookings do not take it.
inline std::string CatalogueLockKey(absl::string_view organization) {
  return absl::StrCat(organization, "/catalogue");
}

}  // namespace stillpoint::booking::domain

#endif  // STILLPOINT_SERVICES_BOOKING_DOMAIN_RESOURCE_H_

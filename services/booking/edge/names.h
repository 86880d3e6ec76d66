// Resource names of the booking service, as in requests and answers.
#ifndef STILLPOINT_SERVICES_BOOKING_EDGE_NAMES_H_
#define STILLPOINT_SERVICES_BOOKING_EDGE_NAMES_H_

#include <initializer_list>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/base/ids.h"
#include "common/base/resource_name.h"
#include "common/error/error.h"

namespace stillpoint::booking::edge {

inline constexpr char kOrganizationPattern[] = "organizations/{}";
inline constexpr char kClinicPattern[] = "organizations/{}/clinics/{}";
inline constexpr char kRoomPattern[] = "organizations/{}/clinics/{}/rooms/{}";
inline constexpr char kDevicePattern[] = "organizations/{}/clinics/{}/devices/{}";
inline constexpr char kPractitionerPattern[] = "organizations/{}/practitioners/{}";
inline constexpr char kTimeOffPattern[] = "organizations/{}/practitioners/{}/timeOffs/{}";
inline constexpr char kBookingPattern[] = "organizations/{}/bookings/{}";
inline constexpr char kClientPattern[] = "organizations/{}/clients/{}";
inline constexpr char kOfferingPattern[] = "organizations/{}/offerings/{}";

// Writes the ids of `name`. InvalidArgument INVALID_FIELD: not of that form, which says nothing
// about what exists.
inline absl::Status ReadName(absl::string_view name, absl::string_view pattern,
                             absl::string_view field, std::initializer_list<std::string*> ids) {
  if (MatchName(name, pattern, ids)) return absl::OkStatus();
  return InvalidField(field, absl::StrCat("must be a name like ", pattern));
}

// An id that the caller chose, or none. InvalidArgument INVALID_FIELD.
inline absl::Status CheckNewId(absl::string_view id, absl::string_view field) {
  if (id.empty() || IsValidId(id)) return absl::OkStatus();
  return InvalidField(field, "1-63 characters of [a-z0-9-], no hyphen at either end");
}

inline std::string OrganizationName(absl::string_view organization) {
  return absl::StrCat("organizations/", organization);
}

// `tail` is a ResourceId or alike: "clinics/c", "practitioners/p".
inline std::string NameIn(absl::string_view organization, absl::string_view tail) {
  return absl::StrCat("organizations/", organization, "/", tail);
}

// Of an organization's own policy if `clinic` is empty.
inline std::string PolicyName(absl::string_view organization, absl::string_view clinic,
                              int64_t version) {
  return NameIn(organization, absl::StrCat(clinic.empty() ? "" : "clinics/", clinic,
                                           clinic.empty() ? "" : "/", "policies/", version));
}

}  // namespace stillpoint::booking::edge

#endif  // STILLPOINT_SERVICES_BOOKING_EDGE_NAMES_H_

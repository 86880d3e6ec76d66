// Many resources as one parameter: a statement has one text, prepared once, however many there are.
#ifndef STILLPOINT_SERVICES_BOOKING_ADAPTERS_RESOURCE_LIST_H_
#define STILLPOINT_SERVICES_BOOKING_ADAPTERS_RESOURCE_LIST_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "services/booking/domain/resource.h"

namespace stillpoint::booking::adapters {

// A JSON list, for json_each (SQLite) and json_array_elements_text (PostgreSQL). Ids hold nothing
// that JSON would escape (IsValidId).
inline std::string ListOf(absl::Span<const domain::ResourceId> resources) {
  std::string list = "[";
  for (const domain::ResourceId& resource : resources) {
    absl::StrAppend(&list, list.size() > 1 ? "," : "", "\"", resource, "\"");
  }
  list += "]";
  return list;
}

}  // namespace stillpoint::booking::adapters

#endif  // STILLPOINT_SERVICES_BOOKING_ADAPTERS_RESOURCE_LIST_H_

// What a caller looks for, between the wire and the domain.
#ifndef STILLPOINT_SERVICES_BOOKING_EDGE_SLOT_FILTER_H_
#define STILLPOINT_SERVICES_BOOKING_EDGE_SLOT_FILTER_H_

#include <string>

#include "absl/status/statusor.h"
#include "services/booking/domain/slots.h"
#include "stillpoint/booking/v1/availability_service.pb.h"

namespace stillpoint::booking::edge {

// A calendar that shows more clinics or people than this at once leaves the list empty: everyone.
inline constexpr int kFilterNamesMax = 100;
// Nobody speaks more, and no list of styles or weekdays is longer without repeating itself.
inline constexpr int kFilterCodesMax = 20;

// The query for `organization`. InvalidArgument INVALID_FIELD, OFF_GRID, RANGE_REVERSED,
// WINDOW_TOO_LONG, or REFERENCE_UNKNOWN for a name of another organization.
absl::StatusOr<domain::SlotQuery> ReadFilter(const ::stillpoint::booking::v1::SlotFilter& filter,
                                             const std::string& organization);

// The same for a search that may reach a year ahead: a window without a start begins at `now`, one
// without an end is app::kNextWindowMax long, the most there may be.
absl::StatusOr<domain::SlotQuery> ReadNextFilter(
    const ::stillpoint::booking::v1::SlotFilter& filter, const std::string& organization,
    absl::Time now);

}  // namespace stillpoint::booking::edge

#endif  // STILLPOINT_SERVICES_BOOKING_EDGE_SLOT_FILTER_H_

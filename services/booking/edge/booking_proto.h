// Bookings and slot requests on the wire.
#ifndef STILLPOINT_SERVICES_BOOKING_EDGE_BOOKING_PROTO_H_
#define STILLPOINT_SERVICES_BOOKING_EDGE_BOOKING_PROTO_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/base/tenant.h"
#include "services/booking/domain/booking.h"
#include "services/booking/domain/catalogue.h"
#include "services/booking/domain/slot.h"
#include "stillpoint/booking/v1/booking.pb.h"

namespace stillpoint::booking::edge {

namespace pb = ::stillpoint::booking::v1;

void ToProto(const std::string& organization, const domain::Booking& booking, pb::Booking* out);

// A serialised BookingEvent without its cursor, for the outbox. No personal data.
std::string EncodeEvent(const Tenant& tenant, domain::BookingEventKind kind,
                        const domain::Booking& after, const domain::Clinic& clinic,
                        absl::Time time);

// The id in a name of `pattern` ("organizations/{}/clients/{}") of that organization.
// InvalidArgument INVALID_FIELD: malformed. REFERENCE_UNKNOWN: another organization's.
absl::StatusOr<std::string> ReadNameIn(const std::string& organization, absl::string_view name,
                                       absl::string_view pattern, absl::string_view field);

// Adds to `slot` what `by`, the subject of a key, sets aside. PermissionDenied
// OVERRIDE_NOT_ALLOWED: `slot` is asked for by a partner.
absl::Status ReadOverride(const pb::PolicyOverride& from, std::string by,
                          domain::SlotRequest& slot);

// Names become ids. `partial` (to move a booking): clinic, offering and duration may be missing.
// Errors as ReadNameIn, with fields below `slot`.
absl::StatusOr<domain::SlotRequest> FromProto(const std::string& organization,
                                              const pb::SlotRequest& slot, bool online,
                                              bool partial);

}  // namespace stillpoint::booking::edge

#endif  // STILLPOINT_SERVICES_BOOKING_EDGE_BOOKING_PROTO_H_

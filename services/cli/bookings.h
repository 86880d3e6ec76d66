// What several booking commands need.
#ifndef STILLPOINT_SERVICES_CLI_BOOKINGS_H_
#define STILLPOINT_SERVICES_CLI_BOOKINGS_H_

#include <string>

#include "absl/status/statusor.h"
#include "services/cli/session.h"
#include "stillpoint/booking/v1/booking.pb.h"

namespace stillpoint::cli {

// The zone of a clinic by its full name, asked of the catalogue; UTC for an empty name.
absl::StatusOr<absl::TimeZone> ZoneOfClinic(Session& session, const std::string& clinic);

// Writes an instant to a message, to the microsecond.
void SetTime(absl::Time time, google::protobuf::Timestamp* to);

// One booking for people: what, when, where, with whom.
std::string DescribeBooking(const booking::v1::Booking& booking);

}  // namespace stillpoint::cli

#endif  // STILLPOINT_SERVICES_CLI_BOOKINGS_H_

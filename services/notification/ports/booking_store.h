// What this service remembers of bookings: the newest revision it was told of, and how far it read.
#ifndef STILLPOINT_SERVICES_NOTIFICATION_PORTS_BOOKING_STORE_H_
#define STILLPOINT_SERVICES_NOTIFICATION_PORTS_BOOKING_STORE_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/tenant.h"
#include "common/sql/database.h"
#include "services/notification/domain/notification.h"

namespace stillpoint::notification::ports {

// Nullopt: never heard of it. `clinic_name` and `zone` are as of that revision.
absl::StatusOr<std::optional<domain::BookingFacts>> FindBooking(sql::Transaction& tx,
                                                                const Tenant& tenant,
                                                                absl::string_view booking);
// Inserts or overwrites.
absl::Status SaveBooking(sql::Transaction& tx, const Tenant& tenant,
                         const domain::BookingFacts& booking);

// Where the relay stands in booking's stream; "" before the first event.
absl::StatusOr<std::string> ReadCursor(sql::Transaction& tx);
absl::Status SaveCursor(sql::Transaction& tx, absl::string_view cursor);

// The lock under which everything about one booking's notifications is decided.
std::string BookingLock(absl::string_view booking);

}  // namespace stillpoint::notification::ports

#endif  // STILLPOINT_SERVICES_NOTIFICATION_PORTS_BOOKING_STORE_H_

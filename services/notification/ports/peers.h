// The other services as this one sees them. gRPC in production, values in tests.
#ifndef STILLPOINT_SERVICES_NOTIFICATION_PORTS_PEERS_H_
#define STILLPOINT_SERVICES_NOTIFICATION_PORTS_PEERS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/base/clock.h"
#include "services/notification/domain/check.h"
#include "services/notification/domain/notification.h"
#include "services/notification/domain/plan.h"

namespace stillpoint::notification::ports {

struct EventPage {
  std::vector<domain::BookingEvent> events;  // In the order in which they became true.
  std::string next_cursor;                   // Equal to the one asked with if nothing is new.
};

// The booking service. Thread-safe. Unavailable and DeadlineExceeded beside what is listed.
class Bookings {
 public:
  virtual ~Bookings() = default;
  // Waits up to `wait` for something new. InvalidArgument: not a cursor of booking's.
  virtual absl::StatusOr<EventPage> ListEvents(absl::string_view cursor, int limit,
                                               absl::Duration wait, Deadline deadline) = 0;
  // As it is now; `clinic_name` is empty. Nullopt: it does not exist.
  virtual absl::StatusOr<std::optional<domain::BookingFacts>> Get(absl::string_view booking,
                                                                  Deadline deadline) = 0;
};

// The client record. Thread-safe. Unavailable and DeadlineExceeded.
class Contacts {
 public:
  virtual ~Contacts() = default;
  // Nullopt: the client does not exist.
  virtual absl::StatusOr<std::optional<domain::Contact>> Get(absl::string_view client,
                                                             Deadline deadline) = 0;
};

}  // namespace stillpoint::notification::ports

#endif  // STILLPOINT_SERVICES_NOTIFICATION_PORTS_PEERS_H_

// Turns what happened to bookings into what should be said about it.
#ifndef STILLPOINT_SERVICES_NOTIFICATION_APP_RELAY_H_
#define STILLPOINT_SERVICES_NOTIFICATION_APP_RELAY_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "common/base/ids.h"
#include "common/sql/database.h"
#include "services/notification/domain/plan.h"
#include "services/notification/ports/peers.h"

namespace stillpoint::notification::app {

// Events read and applied in one transaction; a page of them takes a few milliseconds.
inline constexpr int kRelayPage = 100;

// Several replicas may relay: the cursor's lock lets one page be applied by one of them.
// Thread-safe.
class Relay {
 public:
  Relay(sql::Database& database, ports::Bookings& bookings, IdSource& ids)
      : database_(database), bookings_(bookings), ids_(ids) {}

  // Reads one page after the stored cursor, waiting up to `wait` for one, and applies it: cursor
  // and effects in one transaction, so that a death at any moment loses and repeats nothing.
  // Returns how many events changed something; older revisions than known are passed over.
  absl::StatusOr<int> RunOnce(absl::Duration wait, Deadline deadline);

 private:
  absl::StatusOr<bool> Apply(sql::Transaction& tx, const domain::BookingEvent& event,
                             absl::Time now);

  sql::Database& database_;
  ports::Bookings& bookings_;
  IdSource& ids_;
};

}  // namespace stillpoint::notification::app

#endif  // STILLPOINT_SERVICES_NOTIFICATION_APP_RELAY_H_

// What is around one wanted time at its clinic: from it follows whether others can make way.
#ifndef STILLPOINT_SERVICES_BOOKING_APP_SURROUNDINGS_H_
#define STILLPOINT_SERVICES_BOOKING_APP_SURROUNDINGS_H_

#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/booking/domain/rearrange.h"
#include "services/booking/ports/ledger.h"

namespace stillpoint::booking::app {

// As domain::FindRearrangement takes them.
struct Surroundings {
  std::vector<domain::Claim> claims;  // Live ones on all rooms and devices of the clinic.
  std::vector<domain::Booking> bookings;
  std::set<std::string> run_out;  // Holds that have ended, but still have claims there.
};

// Reads them in `tx`, by the store's clock `now`.
absl::StatusOr<Surroundings> ReadSurroundings(sql::Transaction& tx, const Tenant& tenant,
                                              const ports::Ledger& ledger,
                                              const domain::Catalogue& catalogue,
                                              const domain::SlotCandidates& candidates,
                                              absl::Time now);

}  // namespace stillpoint::booking::app

#endif  // STILLPOINT_SERVICES_BOOKING_APP_SURROUNDINGS_H_

// What one client has already, where a policy asks: for booking and for explaining.
#ifndef STILLPOINT_SERVICES_BOOKING_APP_CLIENT_VISITS_H_
#define STILLPOINT_SERVICES_BOOKING_APP_CLIENT_VISITS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "services/booking/domain/booking.h"
#include "services/booking/domain/catalogue.h"
#include "services/booking/domain/policy.h"
#include "services/booking/ports/ledger.h"

namespace stillpoint::booking::app {

// Of one transaction: Ask, a round trip, Read. `ledger` outlives it.
class ClientVisits {
 public:
  explicit ClientVisits(const ports::Ledger& ledger) : ledger_(ledger) {}

  // About a visit at `start`. Its clinic is kept, not copied, until Read.
  absl::Status Ask(sql::Transaction& tx, const Tenant& tenant, const std::string& client,
                   const domain::Clinic& clinic, absl::Time start);
  // `moving`, which may be null, does not count. Nothing where nothing was asked.
  domain::ClientHistory Read(absl::Time now, const domain::Booking* moving) const;
  void Forget();

 private:
  const ports::Ledger& ledger_;
  const domain::Clinic* clinic_ = nullptr;
  absl::Time start_;
  sql::Rows starts_, before_;
};

}  // namespace stillpoint::booking::app

#endif  // STILLPOINT_SERVICES_BOOKING_APP_CLIENT_VISITS_H_

// Holds that have run out.
#ifndef STILLPOINT_SERVICES_BOOKING_APP_EXPIRE_HOLDS_H_
#define STILLPOINT_SERVICES_BOOKING_APP_EXPIRE_HOLDS_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/base/tenant.h"
#include "common/sql/database.h"
#include "services/booking/domain/catalogue.h"
#include "services/booking/ports/catalogues.h"
#include "services/booking/ports/ledger.h"
#include "services/booking/ports/version_pointers.h"

namespace stillpoint::booking::app {

// The clinic of a booking; one made from what the booking itself keeps if it has left the
// catalogue.
domain::Clinic ClinicOf(const domain::Catalogue& catalogue, const domain::Booking& booking);

// Marks one hold as run out, within a transaction. Thread-safe.
class ExpireHold {
 public:
  explicit ExpireHold(const ports::Ledger& ledger) : ledger_(ledger) {}
  // The caller holds the lock of at least one resource of `hold`, which every other change of it
  // needs too. Does nothing unless it is HELD and ran out at or before `now`.
  absl::Status Run(sql::Transaction& tx, const Tenant& tenant, const domain::Booking& hold,
                   const domain::Catalogue& catalogue, absl::Time now,
                   ports::RaisedVersions& raised) const;

 private:
  const ports::Ledger& ledger_;
};

// Expires what has run out, of every organization, so that lists and searches agree with what a
// write would find. Any number of replicas may sweep at the same time. Thread-safe.
class ExpireHolds {
 public:
  // In one sweep; the rest waits for the next one.
  static constexpr int kPerSweepMax = 200;

  ExpireHolds(sql::Database& database, ports::Catalogues& catalogues, const ports::Ledger& ledger,
              ports::VersionPointers& pointers)
      : database_(database),
        catalogues_(catalogues),
        ledger_(ledger),
        expire_(ledger),
        pointers_(pointers) {}

  // Returns how many it found.
  absl::StatusOr<int> Run(Deadline deadline);

  // One of them, in a transaction of its own; nothing if it has not run out, or is none.
  absl::Status ExpireOne(const ports::ExpiredHold& expired, Deadline deadline);

 private:
  sql::Database& database_;
  ports::Catalogues& catalogues_;
  const ports::Ledger& ledger_;
  const ExpireHold expire_;
  ports::VersionPointers& pointers_;
};

}  // namespace stillpoint::booking::app

#endif  // STILLPOINT_SERVICES_BOOKING_APP_EXPIRE_HOLDS_H_

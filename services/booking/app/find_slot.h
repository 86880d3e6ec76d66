// The claim transaction's first half: locking, reading and deciding about one wanted time.
#ifndef STILLPOINT_SERVICES_BOOKING_APP_FIND_SLOT_H_
#define STILLPOINT_SERVICES_BOOKING_APP_FIND_SLOT_H_

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/booking/app/expire_holds.h"
#include "services/booking/domain/slot.h"
#include "services/booking/ports/catalogues.h"
#include "services/booking/ports/ledger.h"

namespace stillpoint::booking::app {

// A time that is free, with everything locked that it will occupy.
struct FoundSlot {
  std::shared_ptr<const domain::Catalogue> catalogue;  // Keeps the pointers below alive.
  domain::SlotCandidates candidates;
  domain::SlotChoice choice;
  absl::Time now;
  std::vector<domain::ResourceVersion> versions;  // Of holds that had to be expired on the way.
};

// Thread-safe.
class FindSlot {
 public:
  FindSlot(ports::Catalogues& catalogues, const ports::Ledger& ledger)
      : catalogues_(catalogues), ledger_(ledger), expire_(ledger) {}

  // Locks all candidates at once (and `moving`, with its resources, when a booking is moved; may be
  // null), then judges by the store's clock: hours, rules, overlaps. Holds that ran out and are in
  // the way are expired in the same transaction. Errors: those of domain/slot.h, and Aborted
  // TX_CONFLICT when the catalogue or `moving` changed before the locks were had.
  absl::StatusOr<FoundSlot> Run(sql::Transaction& tx, const Tenant& tenant,
                                const domain::SlotRequest& wanted, const domain::Booking* moving);

 private:
  absl::StatusOr<std::vector<domain::Claim>> LiveClaims(sql::Transaction& tx, const Tenant& tenant,
                                                        FoundSlot& found);

  ports::Catalogues& catalogues_;
  const ports::Ledger& ledger_;
  const ExpireHold expire_;
};

}  // namespace stillpoint::booking::app

#endif  // STILLPOINT_SERVICES_BOOKING_APP_FIND_SLOT_H_

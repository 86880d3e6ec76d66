// RescheduleBooking: the same booking at another time.
#ifndef STILLPOINT_SERVICES_BOOKING_APP_RESCHEDULE_BOOKING_H_
#define STILLPOINT_SERVICES_BOOKING_APP_RESCHEDULE_BOOKING_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/booking/app/ask_clearance.h"
#include "services/booking/app/call.h"
#include "services/booking/app/find_slot.h"
#include "services/booking/ports/version_pointers.h"

namespace stillpoint::booking::app {

struct RescheduleCommand {
  Call call;
  std::string booking;  // Id.
  std::string etag;
  // Empty clinic and offering and 0 minutes keep those of the booking.
  domain::SlotRequest slot;
  bool validate_only = false;
};

// Thread-safe.
class RescheduleBooking {
 public:
  RescheduleBooking(sql::Database& database, ports::Catalogues& catalogues,
                    const ports::Ledger& ledger, ports::Alternatives& alternatives,
                    ports::VersionPointers& pointers, ports::Clearance& clearance)
      : database_(database),
        catalogues_(catalogues),
        ledger_(ledger),
        alternatives_(alternatives),
        pointers_(pointers),
        clearance_(clearance) {}

  // The reply. Claims and booking change in one transaction, so a refusal or a crash leaves the old
  // time as it was. The record is asked again, for the new time and offering: what was harmless
  // then and there may not be now. Errors: NOT_FOUND, ETAG_MISMATCH, BOOKING_STATE,
  // CHANGE_CUTOFF_PASSED, those of AskClearance and of FindSlot.
  absl::StatusOr<std::string> Run(const RescheduleCommand& command, Encode encode);

 private:
  // The booking as it is after the move, before it is stored.
  struct Moved {
    domain::Booking before;
    domain::Booking after;
    domain::BookingEventKind kind;
    FoundSlot found;
  };
  // The modality that the record was asked for; none if the offering is not known.
  absl::StatusOr<std::optional<domain::Modality>> CheckClearance(const RescheduleCommand& command);
  // What was found out in earlier runs about what to lock is in `find`.
  // Aborted TX_CONFLICT if the visit would be of another modality than was asked about.
  absl::StatusOr<Moved> Move(sql::Transaction& tx, const RescheduleCommand& command,
                             std::optional<domain::Modality> asked, domain::SlotRequest& wanted,
                             FindSlot& find);

  sql::Database& database_;
  ports::Catalogues& catalogues_;
  const ports::Ledger& ledger_;
  ports::Alternatives& alternatives_;
  ports::VersionPointers& pointers_;
  ports::Clearance& clearance_;
};

}  // namespace stillpoint::booking::app

#endif  // STILLPOINT_SERVICES_BOOKING_APP_RESCHEDULE_BOOKING_H_

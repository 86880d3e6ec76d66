// The steps of a booking's life that leave its time alone or free it: confirm, release, cancel,
// check in, start, complete, no-show; and the waiver of a fee.
#ifndef STILLPOINT_SERVICES_BOOKING_APP_MOVE_BOOKING_H_
#define STILLPOINT_SERVICES_BOOKING_APP_MOVE_BOOKING_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "services/booking/app/ask_clearance.h"
#include "services/booking/app/call.h"
#include "services/booking/ports/catalogues.h"
#include "services/booking/ports/ledger.h"
#include "services/booking/ports/version_pointers.h"

namespace stillpoint::booking::app {

struct MoveCommand {
  Call call;
  std::string booking;  // Id.
  domain::BookingMove move;
  std::string etag;
  domain::CancelReason reason = domain::CancelReason::kNone;  // For kCancel.
  domain::FeeWaiver waiver = domain::FeeWaiver::kNone;        // For kWaiveFee.
  bool online = false;                                        // A partner asks.
  bool validate_only = false;
};

// Thread-safe.
class MoveBooking {
 public:
  MoveBooking(sql::Database& database, ports::Catalogues& catalogues, const ports::Ledger& ledger,
              ports::Clearance& clearance, ports::VersionPointers& pointers)
      : database_(database),
        catalogues_(catalogues),
        ledger_(ledger),
        clearance_(clearance),
        pointers_(pointers) {}

  // The reply. NOT_FOUND, ETAG_MISMATCH, BOOKING_STATE; HOLD_EXPIRED (confirm), CHECK_IN_WRONG_DAY,
  // NO_SHOW_TOO_EARLY; CANCEL_CUTOFF_PASSED; FEE_NOT_DUE; those of AskClearance (confirm, start).
  absl::StatusOr<std::string> Run(const MoveCommand& command, Encode encode);

 private:
  absl::Status CheckClearance(const MoveCommand& command);
  // What becomes of `before`, by the rules of the move.
  static absl::StatusOr<domain::Booking> Judge(const MoveCommand& command,
                                               const domain::Booking& before,
                                               const domain::Catalogue& catalogue,
                                               const domain::BookingStep& step, absl::Time now);
  // Under the lock of the booking and of its resources.
  struct Locked {
    domain::Booking booking;
    std::shared_ptr<const domain::Catalogue> catalogue;
  };
  absl::StatusOr<Locked> ReadLocked(sql::Transaction& tx, const MoveCommand& command,
                                    const domain::Booking& seen);

  sql::Database& database_;
  ports::Catalogues& catalogues_;
  const ports::Ledger& ledger_;
  ports::Clearance& clearance_;
  ports::VersionPointers& pointers_;
};

}  // namespace stillpoint::booking::app

#endif  // STILLPOINT_SERVICES_BOOKING_APP_MOVE_BOOKING_H_

// HoldSlot and CreateBooking: a new booking on a free time.
#ifndef STILLPOINT_SERVICES_BOOKING_APP_BOOK_SLOT_H_
#define STILLPOINT_SERVICES_BOOKING_APP_BOOK_SLOT_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "common/base/ids.h"
#include "services/booking/app/ask_clearance.h"
#include "services/booking/app/call.h"
#include "services/booking/app/find_slot.h"
#include "services/booking/ports/version_pointers.h"

namespace stillpoint::booking::app {

struct BookSlotCommand {
  Call call;
  std::string client;  // Id.
  domain::SlotRequest slot;
  // A hold of this length, kHoldMin..kHoldMax; none: confirmed at once.
  std::optional<absl::Duration> hold;
  // How many live holds the caller may have, this one included; 0: no limit.
  int holds_max = 0;
  bool validate_only = false;
};

// Thread-safe.
class BookSlot {
 public:
  BookSlot(sql::Database& database, ports::Catalogues& catalogues, const ports::Ledger& ledger,
           ports::Clearance& clearance, ports::Alternatives& alternatives,
           ports::VersionPointers& pointers, IdSource& ids)
      : database_(database),
        catalogues_(catalogues),
        ledger_(ledger),
        clearance_(clearance),
        alternatives_(alternatives),
        pointers_(pointers),
        ids_(ids) {}

  // The reply. Errors: those of FindSlot and AskClearance; HOLD_QUOTA; SLOT_TAKEN comes with
  // alternatives; Aborted TX_CONFLICT also when the offering's modality changed after the record
  // was asked.
  absl::StatusOr<std::string> Run(const BookSlotCommand& command, Encode encode);

 private:
  using Snapshot = std::shared_ptr<const domain::Catalogue>;

  // A catalogue that has the wanted offering: the newest known, so that most calls need no
  // transaction for it; what follows from it is judged again in the one that books.
  absl::StatusOr<Snapshot> CatalogueFor(const BookSlotCommand& command);
  // Everything that can be asked before the transaction. Returns the catalogue it was asked by.
  absl::StatusOr<Snapshot> CheckClient(const BookSlotCommand& command);
  domain::Booking NewBooking(const BookSlotCommand& command, const FoundSlot& found,
                             std::string id) const;

  sql::Database& database_;
  ports::Catalogues& catalogues_;
  const ports::Ledger& ledger_;
  ports::Clearance& clearance_;
  ports::Alternatives& alternatives_;
  ports::VersionPointers& pointers_;
  IdSource& ids_;
};

}  // namespace stillpoint::booking::app

#endif  // STILLPOINT_SERVICES_BOOKING_APP_BOOK_SLOT_H_

#include "services/booking/app/book_slot.h"

#include <memory>
#include <utility>
#include <vector>

#include "common/base/status_macros.h"
#include "services/booking/domain/errors.h"

namespace stillpoint::booking::app {

absl::StatusOr<std::string> BookSlot::Run(const BookSlotCommand& command, Encode encode) {
  const Call& call = command.call;
  if (const absl::Status refusal = CheckClient(command); !refusal.ok()) {
    return ReplyOr(database_, call, refusal);
  }
  if (command.validate_only) return Validate(command, encode);

  std::vector<domain::ResourceVersion> versions;
  absl::StatusOr<std::string> reply =
      RunOnce(database_, call, [&](sql::Transaction& tx) -> absl::StatusOr<std::string> {
        ASSIGN_OR_RETURN(FoundSlot found,
                         find_slot_.Run(tx, call.tenant, command.slot, /*moving=*/nullptr));
        domain::Booking booking = NewBooking(command, found);
        booking.id = ids_.Next();
        const auto kind = command.hold.has_value() ? domain::BookingEventKind::kHeld
                                                   : domain::BookingEventKind::kConfirmed;
        ASSIGN_OR_RETURN(
            versions,
            ledger_.Store(tx, call.tenant, {.before = std::nullopt, .after = booking, .kind = kind},
                          *found.candidates.clinic));
        versions.insert(versions.end(), found.versions.begin(), found.versions.end());
        return encode(booking);
      });
  if (!reply.ok()) {
    return WithAlternatives(reply.status(), alternatives_, call.tenant, command.slot,
                            call.deadline);
  }
  // After the commit and best effort; a replay raises nothing, its versions are old news.
  pointers_.Raise(call.tenant, versions);
  return reply;
}

absl::Status BookSlot::CheckClient(const BookSlotCommand& command) {
  const Call& call = command.call;
  std::shared_ptr<const domain::Catalogue> catalogue;
  RETURN_IF_ERROR(database_.Read(call.deadline, [&](sql::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(catalogue, catalogues_.Get(tx, call.tenant));
    return absl::OkStatus();
  }));
  const domain::Offering* offering = catalogue->FindOffering(command.slot.offering);
  if (offering == nullptr) return error::ReferenceUnknown("slot.offering");
  return AskClearance(clearance_, call.tenant, command.client, offering->modality,
                      command.slot.start, /*must_be_cleared=*/!command.hold.has_value(),
                      call.deadline);
}

absl::StatusOr<std::string> BookSlot::Validate(const BookSlotCommand& command, Encode encode) {
  const Call& call = command.call;
  std::string reply;
  std::vector<domain::ResourceVersion> versions;
  const absl::Status status =
      database_.Write(call.deadline, [&](sql::Transaction& tx) -> absl::Status {
        ASSIGN_OR_RETURN(const FoundSlot found,
                         find_slot_.Run(tx, call.tenant, command.slot, /*moving=*/nullptr));
        versions = found.versions;
        reply = encode(NewBooking(command, found));
        return absl::OkStatus();
      });
  if (!status.ok()) {
    return WithAlternatives(status, alternatives_, call.tenant, command.slot, call.deadline);
  }
  pointers_.Raise(call.tenant, versions);
  return reply;
}

domain::Booking BookSlot::NewBooking(const BookSlotCommand& command, const FoundSlot& found) const {
  domain::Booking booking;
  booking.client = command.client;
  domain::PlaceAt(found.candidates, found.choice, booking);
  booking.state = domain::BookingState::kConfirmed;
  if (command.hold.has_value()) {
    booking.state = domain::BookingState::kHeld;
    booking.hold_expires = found.now + *command.hold;
  }
  booking.created = found.now;
  booking.updated = found.now;
  return booking;
}

}  // namespace stillpoint::booking::app

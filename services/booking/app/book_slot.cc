#include "services/booking/app/book_slot.h"

#include <functional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "services/booking/app/reach.h"
#include "services/booking/domain/errors.h"

namespace stillpoint::booking::app {
namespace {

// `ends`: of the caller's holds, as Ledger::AskHoldsOf has them.
absl::Status CheckQuota(const std::vector<absl::Time>& ends, int holds_max, absl::Time now) {
  if (ends.size() < static_cast<size_t>(holds_max) || ends.back() <= now) return absl::OkStatus();
  return error::HoldQuota(holds_max, ends.back() - now);
}

}  // namespace

absl::StatusOr<std::string> BookSlot::Run(const BookSlotCommand& command, Encode encode) {
  const Call& call = command.call;
  const absl::StatusOr<Snapshot> catalogue = CheckClient(command);
  if (!catalogue.ok()) return ReplyOr(database_, call, catalogue.status());
  const domain::Modality asked = (*catalogue)->FindOffering(command.slot.offering)->modality;

  const std::string id = ids_.Next();
  ports::RaisedVersions raised;
  FindSlot find(catalogues_, ledger_, call.tenant, raised);
  domain::SlotRequest wanted = command.slot;
  Restrict(call.reach, wanted);
  find.Plan(*catalogue, std::move(wanted), /*moving=*/nullptr, std::hash<std::string>()(id),
            command.client);
  const bool has_quota = command.hold.has_value() && command.holds_max > 0;
  // Of two holds that one caller takes at once, the second counts the first.
  if (has_quota) find.AlsoLock(absl::StrCat("holders/", call.key.caller));
  sql::Rows holds;
  const auto ask = [&](sql::Transaction& tx) -> absl::Status {
    raised.Clear();
    RETURN_IF_ERROR(find.Ask(tx));
    if (!has_quota) return absl::OkStatus();
    return ledger_.AskHoldsOf(tx, call.tenant, call.key.caller, command.holds_max, &holds);
  };
  const auto body = [&](sql::Transaction& tx) -> absl::StatusOr<std::string> {
    if (has_quota) {
      ASSIGN_OR_RETURN(const absl::Time now, tx.Now());
      RETURN_IF_ERROR(CheckQuota(ledger_.ReadHoldsOf(holds), command.holds_max, now));
    }
    ASSIGN_OR_RETURN(const FoundSlot found, find.Decide(tx));
    // Cleared for something else, by a catalogue that has changed since.
    if (found.candidates.offering->modality != asked) return ReadAgain();
    if (command.validate_only) return encode(NewBooking(command, found, ""));
    RETURN_IF_ERROR(find.MakeRoom(tx, found));
    RETURN_IF_ERROR(find.TakeTurn(tx, found));
    domain::Booking booking = NewBooking(command, found, id);
    const auto kind = command.hold.has_value() ? domain::BookingEventKind::kHeld
                                               : domain::BookingEventKind::kConfirmed;
    RETURN_IF_ERROR(ledger_.Store(tx, call.tenant,
                                  {.before = std::nullopt, .after = booking, .kind = kind},
                                  *found.candidates.clinic, raised));
    return encode(booking);
  };
  absl::StatusOr<std::string> reply;
  if (command.validate_only) {
    const absl::Status status =
        database_.Write(call.tenant, call.deadline, [&](sql::Transaction& tx) -> absl::Status {
          RETURN_IF_ERROR(ask(tx));
          RETURN_IF_ERROR(tx.Flush());
          reply = body(tx);
          return reply.status();
        });
    if (!status.ok()) reply = status;
  } else {
    reply = RunOnce(database_, call, ask, body);
  }
  if (!reply.ok()) {
    return WithAlternatives(reply.status(), alternatives_, call.tenant, command.slot,
                            call.deadline);
  }
  // After the commit and best effort; a replay raises nothing, its versions are old news.
  pointers_.Raise(call.tenant, raised.Read());
  return reply;
}

absl::StatusOr<BookSlot::Snapshot> BookSlot::CatalogueFor(const BookSlotCommand& command) {
  const Call& call = command.call;
  Snapshot catalogue = catalogues_.Known(call.tenant);
  if (catalogue == nullptr || catalogue->FindOffering(command.slot.offering) == nullptr) {
    RETURN_IF_ERROR(
        database_.Read(call.tenant, call.deadline, [&](sql::Transaction& tx) -> absl::Status {
          ASSIGN_OR_RETURN(catalogue, catalogues_.Get(tx, call.tenant));
          return absl::OkStatus();
        }));
  }
  return catalogue;
}

absl::StatusOr<BookSlot::Snapshot> BookSlot::CheckClient(const BookSlotCommand& command) {
  const Call& call = command.call;
  ASSIGN_OR_RETURN(Snapshot catalogue, CatalogueFor(command));
  const domain::Offering* offering = catalogue->FindOffering(command.slot.offering);
  if (offering == nullptr) return error::ReferenceUnknown("slot.offering");
  if (!call.reach.HasClient(command.client)) return error::ReferenceUnknown("client");
  RETURN_IF_ERROR(AskClearance(clearance_, call.tenant, command.client, offering->modality,
                               command.slot.start,
                               /*must_be_cleared=*/!command.hold.has_value(), call.deadline));
  return catalogue;
}

domain::Booking BookSlot::NewBooking(const BookSlotCommand& command, const FoundSlot& found,
                                     std::string id) const {
  domain::Booking booking;
  booking.id = std::move(id);
  booking.client = command.client;
  domain::PlaceAt(found.candidates, found.choice, booking);
  booking.room_asked = !command.slot.room.empty();
  booking.assigned = found.candidates.practitioners.size() > 1;
  booking.override_of = found.override_of;
  const domain::BookingPolicy* policy = found.catalogue->PolicyAt(booking.clinic, found.now);
  if (policy != nullptr) {
    booking.policy_clinic = policy->clinic;
    booking.policy_version = policy->version;
  }
  booking.state = domain::BookingState::kConfirmed;
  if (command.hold.has_value()) {
    booking.state = domain::BookingState::kHeld;
    booking.hold_expires = found.now + *command.hold;
    booking.held_by = command.call.key.caller;
  }
  booking.created = found.now;
  booking.updated = found.now;
  return booking;
}

}  // namespace stillpoint::booking::app

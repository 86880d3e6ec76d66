#include "services/booking/app/reschedule_booking.h"

#include <functional>
#include <utility>

#include "common/base/status_macros.h"
#include "services/booking/app/expire_holds.h"
#include "services/booking/app/reach.h"
#include "services/booking/domain/errors.h"
#include "services/booking/domain/fees.h"

namespace stillpoint::booking::app {

absl::StatusOr<std::string> RescheduleBooking::Run(const RescheduleCommand& command,
                                                   Encode encode) {
  const Call& call = command.call;
  const absl::StatusOr<std::optional<domain::Modality>> asked = CheckClearance(command);
  if (!asked.ok()) return ReplyOr(database_, call, asked.status());
  domain::SlotRequest wanted;
  ports::RaisedVersions raised;
  FindSlot find(catalogues_, ledger_, call.tenant, raised);
  absl::StatusOr<std::string> reply;
  if (command.validate_only) {
    const absl::Status status =
        database_.Write(call.tenant, call.deadline, [&](sql::Transaction& tx) -> absl::Status {
          raised.Clear();
          ASSIGN_OR_RETURN(const Moved moved, Move(tx, command, *asked, wanted, find));
          reply = encode(moved.after);
          return absl::OkStatus();
        });
    if (!status.ok()) reply = status;
  } else {
    const auto ask = [&](sql::Transaction&) {
      raised.Clear();
      return absl::OkStatus();
    };
    reply = RunOnce(database_, call, ask, [&](sql::Transaction& tx) -> absl::StatusOr<std::string> {
      ASSIGN_OR_RETURN(const Moved moved, Move(tx, command, *asked, wanted, find));
      // Whoever makes room may be sent to where this booking was.
      const bool vacate = !moved.found.moves.empty();
      if (vacate) RETURN_IF_ERROR(ledger_.Vacate(tx, call.tenant, moved.before.id));
      RETURN_IF_ERROR(find.MakeRoom(tx, moved.found));
      if (moved.after.practitioner != moved.before.practitioner) {
        RETURN_IF_ERROR(find.TakeTurn(tx, moved.found));
      }
      RETURN_IF_ERROR(ledger_.Store(
          tx, call.tenant,
          {.before = moved.before, .after = moved.after, .kind = moved.kind, .vacated = vacate},
          *moved.found.candidates.clinic, raised));
      return encode(moved.after);
    });
  }
  if (!reply.ok()) {
    return WithAlternatives(reply.status(), alternatives_, call.tenant, wanted, call.deadline);
  }
  pointers_.Raise(call.tenant, raised.Read());
  return reply;
}

absl::StatusOr<std::optional<domain::Modality>> RescheduleBooking::CheckClearance(
    const RescheduleCommand& command) {
  const Call& call = command.call;
  domain::Booking booking;
  std::shared_ptr<const domain::Catalogue> catalogue;
  RETURN_IF_ERROR(
      database_.Read(call.tenant, call.deadline, [&](sql::Transaction& tx) -> absl::Status {
        ASSIGN_OR_RETURN(booking, ledger_.Get(tx, call.tenant, command.booking));
        RETURN_IF_ERROR(CheckReach(call.reach, booking));
        ASSIGN_OR_RETURN(catalogue, catalogues_.Get(tx, call.tenant));
        return absl::OkStatus();
      }));
  RETURN_IF_ERROR(domain::CheckEtag(booking, command.etag));
  RETURN_IF_ERROR(domain::FindStep(booking.state, domain::BookingMove::kReschedule).status());
  const domain::Offering* offering = catalogue->FindOffering(
      command.slot.offering.empty() ? booking.offering : command.slot.offering);
  // An offering that does not exist is named by FindSlot, with its field.
  if (offering == nullptr) return std::nullopt;
  RETURN_IF_ERROR(AskClearance(clearance_, call.tenant, booking.client, offering->modality,
                               command.slot.start, /*must_be_cleared=*/true, call.deadline));
  return offering->modality;
}

absl::StatusOr<RescheduleBooking::Moved> RescheduleBooking::Move(
    sql::Transaction& tx, const RescheduleCommand& command, std::optional<domain::Modality> asked,
    domain::SlotRequest& wanted, FindSlot& find) {
  const Tenant& tenant = command.call.tenant;
  Moved moved;
  ASSIGN_OR_RETURN(moved.before, ledger_.Get(tx, tenant, command.booking));
  RETURN_IF_ERROR(CheckReach(command.call.reach, moved.before));
  RETURN_IF_ERROR(domain::CheckEtag(moved.before, command.etag));
  ASSIGN_OR_RETURN(const domain::BookingStep step,
                   domain::FindStep(moved.before.state, domain::BookingMove::kReschedule));
  wanted = command.slot;
  Restrict(command.call.reach, wanted);
  if (wanted.clinic.empty()) wanted.clinic = moved.before.clinic;
  if (wanted.offering.empty()) wanted.offering = moved.before.offering;
  if (wanted.minutes == 0) {
    wanted.minutes = static_cast<int>(absl::ToInt64Minutes(moved.before.end - moved.before.start));
  }
  std::shared_ptr<const domain::Catalogue> catalogue = catalogues_.Known(tenant);
  if (catalogue == nullptr) {
    ASSIGN_OR_RETURN(catalogue, catalogues_.Get(tx, tenant));
  }
  find.Plan(std::move(catalogue), wanted, &moved.before, std::hash<std::string>()(moved.before.id),
            moved.before.client);
  RETURN_IF_ERROR(find.Ask(tx));
  RETURN_IF_ERROR(tx.Flush());
  // FindSlot fails with TX_CONFLICT if the booking changes before its lock is had, so what was
  // checked above still holds when it returns.
  ASSIGN_OR_RETURN(moved.found, find.Decide(tx));
  // The booking's offering, or the offering itself, has changed since the record was asked.
  if (moved.found.candidates.offering->modality != asked) return ReadAgain();
  moved.after = domain::Advance(moved.before, step, moved.found.now);
  domain::PlaceAt(moved.found.candidates, moved.found.choice, moved.after);
  if (moved.after.practitioner != moved.before.practitioner) {
    moved.after.assigned = moved.found.candidates.practitioners.size() > 1;
  }
  moved.after.override_of = moved.found.override_of;
  const domain::Catalogue& known = *moved.found.catalogue;
  RETURN_IF_ERROR(domain::JudgeChange(
      {known, ClinicOf(known, moved.before).zone, moved.found.now, command.slot.online},
      moved.before, moved.after));
  // Asked for now, or asked for once and still had.
  const bool same_room =
      moved.after.clinic == moved.before.clinic && moved.after.room == moved.before.room;
  moved.after.room_asked = !wanted.room.empty() || (moved.before.room_asked && same_room);
  moved.kind = step.event;
  return moved;
}

}  // namespace stillpoint::booking::app

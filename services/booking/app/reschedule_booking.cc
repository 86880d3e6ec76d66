#include "services/booking/app/reschedule_booking.h"

#include <utility>

#include "common/base/status_macros.h"
#include "services/booking/domain/errors.h"

namespace stillpoint::booking::app {

absl::StatusOr<std::string> RescheduleBooking::Run(const RescheduleCommand& command,
                                                   Encode encode) {
  const Call& call = command.call;
  if (const absl::Status refusal = CheckClearance(command); !refusal.ok()) {
    return ReplyOr(database_, call, refusal);
  }
  domain::SlotRequest wanted;
  std::vector<domain::ResourceVersion> versions;
  absl::StatusOr<std::string> reply;
  if (command.validate_only) {
    const absl::Status status =
        database_.Write(call.deadline, [&](sql::Transaction& tx) -> absl::Status {
          ASSIGN_OR_RETURN(const Moved moved, Move(tx, command, wanted));
          versions = moved.found.versions;
          reply = encode(moved.after);
          return absl::OkStatus();
        });
    if (!status.ok()) reply = status;
  } else {
    reply = RunOnce(database_, call, [&](sql::Transaction& tx) -> absl::StatusOr<std::string> {
      ASSIGN_OR_RETURN(const Moved moved, Move(tx, command, wanted));
      ASSIGN_OR_RETURN(
          versions,
          ledger_.Store(tx, call.tenant,
                        {.before = moved.before, .after = moved.after, .kind = moved.kind},
                        *moved.found.candidates.clinic));
      versions.insert(versions.end(), moved.found.versions.begin(), moved.found.versions.end());
      return encode(moved.after);
    });
  }
  if (!reply.ok()) {
    return WithAlternatives(reply.status(), alternatives_, call.tenant, wanted, call.deadline);
  }
  pointers_.Raise(call.tenant, versions);
  return reply;
}

absl::Status RescheduleBooking::CheckClearance(const RescheduleCommand& command) {
  const Call& call = command.call;
  domain::Booking booking;
  std::shared_ptr<const domain::Catalogue> catalogue;
  RETURN_IF_ERROR(database_.Read(call.deadline, [&](sql::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(booking, ledger_.Get(tx, call.tenant, command.booking));
    ASSIGN_OR_RETURN(catalogue, catalogues_.Get(tx, call.tenant));
    return absl::OkStatus();
  }));
  RETURN_IF_ERROR(domain::CheckEtag(booking, command.etag));
  RETURN_IF_ERROR(domain::FindStep(booking.state, domain::BookingMove::kReschedule).status());
  const domain::Offering* offering = catalogue->FindOffering(
      command.slot.offering.empty() ? booking.offering : command.slot.offering);
  // An offering that does not exist is named by FindSlot, with its field.
  if (offering == nullptr) return absl::OkStatus();
  return AskClearance(clearance_, call.tenant, booking.client, offering->modality,
                      command.slot.start, /*must_be_cleared=*/true, call.deadline);
}

absl::StatusOr<RescheduleBooking::Moved> RescheduleBooking::Move(sql::Transaction& tx,
                                                                 const RescheduleCommand& command,
                                                                 domain::SlotRequest& wanted) {
  const Tenant& tenant = command.call.tenant;
  Moved moved;
  ASSIGN_OR_RETURN(moved.before, ledger_.Get(tx, tenant, command.booking));
  RETURN_IF_ERROR(domain::CheckEtag(moved.before, command.etag));
  ASSIGN_OR_RETURN(const domain::BookingStep step,
                   domain::FindStep(moved.before.state, domain::BookingMove::kReschedule));
  wanted = command.slot;
  if (wanted.clinic.empty()) wanted.clinic = moved.before.clinic;
  if (wanted.offering.empty()) wanted.offering = moved.before.offering;
  if (wanted.minutes == 0) {
    wanted.minutes = static_cast<int>(absl::ToInt64Minutes(moved.before.end - moved.before.start));
  }
  // FindSlot fails with TX_CONFLICT if the booking changes before its lock is had, so what was
  // checked above still holds when it returns.
  ASSIGN_OR_RETURN(moved.found, find_slot_.Run(tx, tenant, wanted, &moved.before));
  moved.after = domain::Advance(moved.before, step, moved.found.now);
  domain::PlaceAt(moved.found.candidates, moved.found.choice, moved.after);
  moved.kind = step.event;
  return moved;
}

}  // namespace stillpoint::booking::app

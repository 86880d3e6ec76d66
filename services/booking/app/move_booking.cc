#include "services/booking/app/move_booking.h"

#include <utility>
#include <vector>

#include "common/base/status_macros.h"
#include "services/booking/app/expire_holds.h"
#include "services/booking/app/reach.h"
#include "services/booking/domain/errors.h"
#include "services/booking/domain/fees.h"

namespace stillpoint::booking::app {
namespace {

using domain::Booking;
using domain::BookingMove;

// What a move needs besides the right state.
absl::Status CheckMoment(const Booking& booking, BookingMove move, absl::Time now,
                         const absl::TimeZone& zone) {
  switch (move) {
    case BookingMove::kConfirm:
      // At the very instant of expiry others may take the time, so the hold has ended.
      return booking.hold_expires > now ? absl::OkStatus() : error::HoldExpired();
    case BookingMove::kCheckIn:
      return domain::CheckArrivalDay(booking, now, zone);
    case BookingMove::kMarkNoShow:
      return now >= booking.start ? absl::OkStatus() : error::NoShowTooEarly();
    default:
      return absl::OkStatus();
  }
}

bool NeedsClearance(BookingMove move) {
  return move == BookingMove::kConfirm || move == BookingMove::kStart;
}

}  // namespace

absl::StatusOr<std::string> MoveBooking::Run(const MoveCommand& command, Encode encode) {
  const Call& call = command.call;
  if (NeedsClearance(command.move)) {
    if (const absl::Status refusal = CheckClearance(command); !refusal.ok()) {
      return ReplyOr(database_, call, refusal);
    }
  }
  ports::RaisedVersions raised;
  sql::Rows seen;
  const auto ask = [&](sql::Transaction& tx) {
    raised.Clear();
    return ledger_.AskBooking(tx, call.tenant, command.booking, &seen);
  };
  const auto body = [&](sql::Transaction& tx) -> absl::StatusOr<std::string> {
    ASSIGN_OR_RETURN(const Booking before_locks, ledger_.ReadBooking(seen));
    RETURN_IF_ERROR(CheckReach(call.reach, before_locks));
    ASSIGN_OR_RETURN(const Locked locked, ReadLocked(tx, command, before_locks));
    const Booking& before = locked.booking;
    RETURN_IF_ERROR(domain::CheckEtag(before, command.etag));
    ASSIGN_OR_RETURN(const domain::BookingStep step, domain::FindStep(before.state, command.move));
    ASSIGN_OR_RETURN(const absl::Time now, tx.Now());
    ASSIGN_OR_RETURN(const Booking after, Judge(command, before, *locked.catalogue, step, now));
    if (command.validate_only) return encode(after);
    RETURN_IF_ERROR(ledger_.Store(tx, call.tenant,
                                  {.before = before, .after = after, .kind = step.event},
                                  ClinicOf(*locked.catalogue, before), raised));
    return encode(after);
  };
  if (command.validate_only) {
    std::string reply;
    RETURN_IF_ERROR(
        database_.Write(call.tenant, call.deadline, [&](sql::Transaction& tx) -> absl::Status {
          RETURN_IF_ERROR(ask(tx));
          RETURN_IF_ERROR(tx.Flush());
          ASSIGN_OR_RETURN(reply, body(tx));
          return absl::OkStatus();
        }));
    return reply;
  }
  ASSIGN_OR_RETURN(std::string reply, RunOnce(database_, call, ask, body));
  pointers_.Raise(call.tenant, raised.Read());
  return reply;
}

absl::StatusOr<Booking> MoveBooking::Judge(const MoveCommand& command, const Booking& before,
                                           const domain::Catalogue& catalogue,
                                           const domain::BookingStep& step, absl::Time now) {
  const domain::Clinic clinic = ClinicOf(catalogue, before);
  RETURN_IF_ERROR(CheckMoment(before, command.move, now, clinic.zone));
  Booking after = domain::Advance(before, step, now);
  if (command.move == BookingMove::kCancel) {
    after.cancel_reason = command.reason;
    RETURN_IF_ERROR(
        domain::JudgeCancel({catalogue, clinic.zone, now, command.online}, before, after));
  }
  if (command.move == BookingMove::kWaiveFee) {
    RETURN_IF_ERROR(domain::WaiveFee(command.waiver, command.call.key.caller, after));
  }
  return after;
}

absl::Status MoveBooking::CheckClearance(const MoveCommand& command) {
  const Call& call = command.call;
  Booking booking;
  std::shared_ptr<const domain::Catalogue> catalogue;
  absl::Time now;
  RETURN_IF_ERROR(
      database_.Read(call.tenant, call.deadline, [&](sql::Transaction& tx) -> absl::Status {
        ASSIGN_OR_RETURN(booking, ledger_.Get(tx, call.tenant, command.booking));
        RETURN_IF_ERROR(CheckReach(call.reach, booking));
        ASSIGN_OR_RETURN(catalogue, catalogues_.Get(tx, call.tenant));
        ASSIGN_OR_RETURN(now, tx.Now());
        return absl::OkStatus();
      }));
  // Refused here, not left to the transaction: until then another call may bring the booking into
  // the right state, and the move would happen without the record having been asked.
  RETURN_IF_ERROR(domain::CheckEtag(booking, command.etag));
  RETURN_IF_ERROR(domain::FindStep(booking.state, command.move).status());
  const domain::Offering* offering = catalogue->FindOffering(booking.offering);
  if (offering == nullptr) return error::OfferingUnavailable();
  return AskClearance(clearance_, call.tenant, booking.client, offering->modality,
                      command.move == BookingMove::kStart ? now : booking.start,
                      /*must_be_cleared=*/true, call.deadline);
}

absl::StatusOr<MoveBooking::Locked> MoveBooking::ReadLocked(sql::Transaction& tx,
                                                            const MoveCommand& command,
                                                            const Booking& seen) {
  const Tenant& tenant = command.call.tenant;
  std::vector<std::string> keys = {BookingLockKey(tenant, seen.id)};
  for (const domain::Claim& claim : domain::ClaimsOf(seen)) {
    keys.push_back(domain::LockKey(tenant.organization(), claim.resource));
  }
  RETURN_IF_ERROR(tx.Lock(std::move(keys)));
  sql::Rows again;
  RETURN_IF_ERROR(ledger_.AskBooking(tx, tenant, command.booking, &again));
  Locked locked;
  // Its version is asked for in the same round trip.
  ASSIGN_OR_RETURN(locked.catalogue, catalogues_.Get(tx, tenant));
  RETURN_IF_ERROR(tx.Flush());
  ASSIGN_OR_RETURN(locked.booking, ledger_.ReadBooking(again));
  // Moved meanwhile: these are no longer the locks of its resources.
  if (locked.booking.revision != seen.revision) return ReadAgain();
  return locked;
}

}  // namespace stillpoint::booking::app

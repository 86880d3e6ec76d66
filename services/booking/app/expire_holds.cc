#include "services/booking/app/expire_holds.h"

#include <string>
#include <vector>

#include "common/base/status_macros.h"
#include "services/booking/app/call.h"

namespace stillpoint::booking::app {

domain::Clinic ClinicOf(const domain::Catalogue& catalogue, const domain::Booking& booking) {
  const domain::Clinic* clinic = catalogue.FindClinic(booking.clinic);
  if (clinic != nullptr) return *clinic;
  domain::Clinic gone;
  gone.id = booking.clinic;
  gone.zone_name = booking.zone;
  absl::LoadTimeZone(booking.zone, &gone.zone);
  return gone;
}

absl::Status ExpireHold::Run(sql::Transaction& tx, const Tenant& tenant,
                             const domain::Booking& hold, const domain::Catalogue& catalogue,
                             absl::Time now, ports::RaisedVersions& raised) const {
  if (hold.state != domain::BookingState::kHeld || hold.hold_expires > now) {
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const domain::BookingStep step,
                   domain::FindStep(hold.state, domain::BookingMove::kExpire));
  return ledger_.Store(
      tx, tenant, {.before = hold, .after = domain::Advance(hold, step, now), .kind = step.event},
      ClinicOf(catalogue, hold), raised);
}

absl::StatusOr<int> ExpireHolds::Run(Deadline deadline) {
  std::vector<ports::ExpiredHold> expired;
  RETURN_IF_ERROR(
      database_.Read(sql::AllOrganizations(), deadline, [&](sql::Transaction& tx) -> absl::Status {
        ASSIGN_OR_RETURN(const absl::Time now, tx.Now());
        ASSIGN_OR_RETURN(expired, ledger_.ExpiredHolds(tx, now, kPerSweepMax));
        return absl::OkStatus();
      }));
  // One organization's trouble must not keep the holds of all others.
  absl::Status failure;
  for (const ports::ExpiredHold& hold : expired) failure.Update(ExpireOne(hold, deadline));
  RETURN_IF_ERROR(failure);
  return static_cast<int>(expired.size());
}

absl::Status ExpireHolds::ExpireOne(const ports::ExpiredHold& expired, Deadline deadline) {
  const Tenant tenant(expired.organization);
  ports::RaisedVersions raised;
  RETURN_IF_ERROR(database_.Write(tenant, deadline, [&](sql::Transaction& tx) -> absl::Status {
    raised.Clear();
    ASSIGN_OR_RETURN(const domain::Booking hold, ledger_.Get(tx, tenant, expired.booking));
    std::vector<std::string> keys = {BookingLockKey(tenant, hold.id)};
    for (const domain::Claim& claim : domain::ClaimsOf(hold)) {
      keys.push_back(domain::LockKey(tenant.organization(), claim.resource));
    }
    RETURN_IF_ERROR(tx.Lock(std::move(keys)));
    ASSIGN_OR_RETURN(const absl::Time now, tx.Now());
    // It may have been confirmed, released or expired by another while we waited.
    ASSIGN_OR_RETURN(const domain::Booking again, ledger_.Get(tx, tenant, expired.booking));
    ASSIGN_OR_RETURN(const auto catalogue, catalogues_.Get(tx, tenant));
    return expire_.Run(tx, tenant, again, *catalogue, now, raised);
  }));
  pointers_.Raise(tenant, raised.Read());
  return absl::OkStatus();
}

}  // namespace stillpoint::booking::app

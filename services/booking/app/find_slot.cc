#include "services/booking/app/find_slot.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "common/base/status_macros.h"
#include "services/booking/app/call.h"

namespace stillpoint::booking::app {

absl::StatusOr<FoundSlot> FindSlot::Run(sql::Transaction& tx, const Tenant& tenant,
                                        const domain::SlotRequest& wanted,
                                        const domain::Booking* moving) {
  FoundSlot found;
  ASSIGN_OR_RETURN(const auto before, catalogues_.Get(tx, tenant));
  ASSIGN_OR_RETURN(found.candidates, domain::FindCandidates(*before, wanted));

  std::vector<std::string> keys;
  for (const domain::ResourceId& resource : found.candidates.resources()) {
    keys.push_back(domain::LockKey(tenant.organization(), resource));
  }
  if (moving != nullptr) {
    keys.push_back(BookingLockKey(tenant, moving->id));
    for (const domain::Claim& claim : domain::ClaimsOf(*moving)) {
      keys.push_back(domain::LockKey(tenant.organization(), claim.resource));
    }
  }
  RETURN_IF_ERROR(tx.Lock(std::move(keys)));
  ASSIGN_OR_RETURN(found.now, tx.Now());
  // Under the locks nobody changes hours, rooms or qualifications of the candidates; what was read
  // before them counts only if it is still so.
  ASSIGN_OR_RETURN(found.catalogue, catalogues_.Get(tx, tenant));
  if (found.catalogue->version != before->version) return ReadAgain();
  ASSIGN_OR_RETURN(found.candidates, domain::FindCandidates(*found.catalogue, wanted));
  if (moving != nullptr) {
    ASSIGN_OR_RETURN(const domain::Booking again, ledger_.Get(tx, tenant, moving->id));
    if (again.revision != moving->revision) return ReadAgain();
  }

  RETURN_IF_ERROR(domain::CheckLeadTime(*found.candidates.offering, wanted.start, found.now));
  ASSIGN_OR_RETURN(const std::vector<domain::Claim> claims, LiveClaims(tx, tenant, found));
  ASSIGN_OR_RETURN(found.choice,
                   domain::ChooseSlot(found.candidates, claims, moving, tenant.organization()));
  return found;
}

absl::StatusOr<std::vector<domain::Claim>> FindSlot::LiveClaims(sql::Transaction& tx,
                                                                const Tenant& tenant,
                                                                FoundSlot& found) {
  const domain::SlotCandidates& candidates = found.candidates;
  const absl::Time busy_start = candidates.busy_start();
  const absl::Time busy_end = candidates.busy_end();
  // Fairness needs the whole day, but only where there is a choice of people.
  absl::Time start = busy_start;
  absl::Time end = busy_end;
  if (candidates.practitioners.size() > 1) {
    const domain::LocalDay day = domain::DayOf(candidates);
    start = std::min(start, day.start);
    end = std::max(end, day.end);
  }
  ASSIGN_OR_RETURN(std::vector<domain::Claim> claims,
                   ledger_.ClaimsOn(tx, tenant, candidates.resources(), start, end));
  std::set<std::string> in_the_way;
  std::erase_if(claims, [&](const domain::Claim& claim) {
    if (!claim.expires.has_value() || *claim.expires > found.now) return false;
    if (claim.start < busy_end && busy_start < claim.end) in_the_way.insert(claim.booking);
    return true;
  });
  for (const std::string& id : in_the_way) {
    ASSIGN_OR_RETURN(const domain::Booking hold, ledger_.Get(tx, tenant, id));
    ASSIGN_OR_RETURN(const auto versions,
                     expire_.Run(tx, tenant, hold, *found.catalogue, found.now));
    found.versions.insert(found.versions.end(), versions.begin(), versions.end());
  }
  return claims;
}

}  // namespace stillpoint::booking::app

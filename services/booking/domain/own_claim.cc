#include "services/booking/domain/own_claim.h"

#include <algorithm>
#include <utility>

namespace stillpoint::booking::domain {

std::vector<OwnClaim> OwnClaimsOf(const Booking& booking, absl::Span<const Claim> claims) {
  std::vector<OwnClaim> own;
  for (const Claim& claim : ClaimsOf(booking)) {
    const bool shared = std::any_of(claims.begin(), claims.end(), [&](const Claim& other) {
      return other.resource == claim.resource && other.booking != booking.id &&
             other.start < claim.end && claim.start < other.end;
    });
    if (shared) continue;
    own.push_back({claim.resource, TickFloor(claim.start), TickCeil(claim.end)});
  }
  return own;
}

void ForgetOwn(absl::Span<const OwnClaim> own, const ResourceId& resource,
               std::vector<std::shared_ptr<const BusyMonth>>& months) {
  for (const OwnClaim& claim : own) {
    if (claim.resource != resource) continue;
    for (auto& month : months) {
      if (claim.end <= month->agreed.begin() || claim.begin >= month->agreed.end()) continue;
      // Facts are shared and never change: the change is made to a copy.
      auto without = std::make_shared<BusyMonth>(*month);
      without->agreed.Clear(claim.begin, claim.end);
      std::erase_if(without->holds, [&](const HeldTicks& hold) {
        return hold.begin < claim.end && claim.begin < hold.end;
      });
      // A visit that begins within the claim is the claim's own.
      std::erase_if(without->visits, [&](const VisitTicks& visit) {
        const Tick begin = without->agreed.begin() + visit.begin;
        return claim.begin <= begin && begin < claim.end;
      });
      month = std::move(without);
    }
  }
}

}  // namespace stillpoint::booking::domain

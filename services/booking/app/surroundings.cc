#include "services/booking/app/surroundings.h"

#include <optional>
#include <utility>

#include "common/base/status_macros.h"

namespace stillpoint::booking::app {

absl::StatusOr<Surroundings> ReadSurroundings(sql::Transaction& tx, const Tenant& tenant,
                                              const ports::Ledger& ledger,
                                              const domain::Catalogue& catalogue,
                                              const domain::SlotCandidates& candidates,
                                              absl::Time now) {
  const std::string& clinic = candidates.clinic->id;
  const absl::Time begin = candidates.busy_start() - domain::kRearrangeReach;
  const absl::Time end = candidates.busy_end() + domain::kRearrangeReach;
  const std::vector<const domain::Room*> rooms = catalogue.RoomsAt(clinic);
  const std::vector<const domain::Device*> devices = catalogue.DevicesAt(clinic);
  std::vector<domain::ResourceId> resources;
  resources.reserve(rooms.size() + devices.size());
  for (const domain::Room* room : rooms) resources.push_back(room->resource());
  for (const domain::Device* device : devices) resources.push_back(device->resource());
  Surroundings found;
  ASSIGN_OR_RETURN(found.claims, ledger.ClaimsOn(tx, tenant, std::move(resources), begin, end));
  std::erase_if(found.claims, [&](const domain::Claim& claim) {
    if (claim.HasRunOut(now)) found.run_out.insert(claim.booking);
    return claim.HasRunOut(now);
  });
  ASSIGN_OR_RETURN(found.bookings, ledger.List(tx, tenant,
                                               {.clinic = clinic,
                                                .states = {domain::BookingState::kConfirmed},
                                                .ends_after = begin,
                                                .starts_before = end},
                                               std::nullopt, domain::kRearrangeBookingsMax));
  return found;
}

}  // namespace stillpoint::booking::app

#include "services/booking/app/edit_organization.h"

#include "common/base/status_macros.h"

namespace stillpoint::booking::app {

absl::StatusOr<std::string> EditOrganization::SetTravelTimes(
    const Call& call, const std::vector<domain::TravelTime>& times, const std::string& etag,
    EncodePart<domain::Catalogue> encode) {
  return changes_.Run(call, {}, [&](CatalogueChanges::Edit& edit) -> absl::StatusOr<std::string> {
    RETURN_IF_ERROR(CheckEtag(etag, edit.catalogue.revision));
    domain::Catalogue changed = edit.catalogue;
    ASSIGN_OR_RETURN(changed.travel,
                     domain::MakeTravelTimes(times, edit.catalogue, "travel_times"));
    ++changed.revision;
    // Nobody's time is locked for this, as for a policy: bookings that begin after the answer see
    // another version of the catalogue under their locks.
    RETURN_IF_ERROR(edit.store.SaveTravel(edit.tx, edit.tenant, changed.travel, changed.revision));
    return encode(changed);
  });
}

}  // namespace stillpoint::booking::app

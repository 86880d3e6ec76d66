// Changes of what belongs to an organization as a whole.
#ifndef STILLPOINT_SERVICES_BOOKING_APP_EDIT_ORGANIZATION_H_
#define STILLPOINT_SERVICES_BOOKING_APP_EDIT_ORGANIZATION_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/booking/app/catalogue_changes.h"
#include "services/booking/domain/travel.h"

namespace stillpoint::booking::app {

// Thread-safe.
class EditOrganization {
 public:
  explicit EditOrganization(CatalogueChanges& changes) : changes_(changes) {}

  // Replaces the travel times between its clinics. Returns the reply. Errors, beside those of
  // CatalogueChanges::Run and domain::MakeTravelTimes: ETAG_MISMATCH.
  absl::StatusOr<std::string> SetTravelTimes(const Call& call,
                                             const std::vector<domain::TravelTime>& times,
                                             const std::string& etag,
                                             EncodePart<domain::Catalogue> encode);

 private:
  CatalogueChanges& changes_;
};

}  // namespace stillpoint::booking::app

#endif  // STILLPOINT_SERVICES_BOOKING_APP_EDIT_ORGANIZATION_H_

// New versions of policies.
#ifndef STILLPOINT_SERVICES_BOOKING_APP_EDIT_POLICIES_H_
#define STILLPOINT_SERVICES_BOOKING_APP_EDIT_POLICIES_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "services/booking/app/catalogue_changes.h"

namespace stillpoint::booking::app {

// Thread-safe.
class EditPolicies {
 public:
  explicit EditPolicies(CatalogueChanges& changes) : changes_(changes) {}

  // Adds a version to those of `policy.clinic`, the organization's own if that is empty. It takes
  // effect at once unless `effective` says when. `etag`: that of the newest version as last read,
  // or empty. Returns the reply. Errors, beside those of CatalogueChanges::Run and
  // domain::CheckPolicy: NOT_FOUND (no such clinic), ETAG_MISMATCH, CATALOGUE_FULL.
  absl::StatusOr<std::string> Set(const Call& call, domain::BookingPolicy policy,
                                  std::optional<absl::Time> effective, const std::string& etag,
                                  EncodePart<domain::BookingPolicy> encode);

 private:
  CatalogueChanges& changes_;
};

}  // namespace stillpoint::booking::app

#endif  // STILLPOINT_SERVICES_BOOKING_APP_EDIT_POLICIES_H_

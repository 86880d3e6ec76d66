// Changes of what can be booked.
#ifndef STILLPOINT_SERVICES_BOOKING_APP_EDIT_OFFERINGS_H_
#define STILLPOINT_SERVICES_BOOKING_APP_EDIT_OFFERINGS_H_

#include <string>

#include "absl/status/statusor.h"
#include "common/base/ids.h"
#include "services/booking/app/catalogue_changes.h"

namespace stillpoint::booking::app {

// Each returns the reply. Errors, beside those of CatalogueChanges::Run and
// domain/catalogue_rules.h: NAME_TAKEN and CATALOGUE_FULL for Create, NOT_FOUND and ETAG_MISMATCH
// for Update. Takes no resource's lock: a booking that is being made keeps the offering that it
// read. Thread-safe.
class EditOfferings {
 public:
  EditOfferings(CatalogueChanges& changes, IdSource& ids) : changes_(changes), ids_(ids) {}

  // An empty id is chosen here.
  absl::StatusOr<std::string> Create(const Call& call, domain::Offering offering,
                                     EncodePart<domain::Offering> encode);
  // Fields: all of the API's but name and etag.
  absl::StatusOr<std::string> Update(const Call& call, const Patch<domain::Offering>& patch,
                                     EncodePart<domain::Offering> encode);

 private:
  CatalogueChanges& changes_;
  IdSource& ids_;
};

}  // namespace stillpoint::booking::app

#endif  // STILLPOINT_SERVICES_BOOKING_APP_EDIT_OFFERINGS_H_

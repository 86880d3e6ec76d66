// Get and List of everything in the catalogue.
#ifndef STILLPOINT_SERVICES_BOOKING_APP_READ_CATALOGUE_H_
#define STILLPOINT_SERVICES_BOOKING_APP_READ_CATALOGUE_H_

#include <memory>

#include "absl/status/statusor.h"
#include "services/booking/ports/catalogues.h"

namespace stillpoint::booking::app {

// Thread-safe.
class ReadCatalogue {
 public:
  ReadCatalogue(sql::Database& database, ports::Catalogues& catalogues)
      : database_(database), catalogues_(catalogues) {}

  // The committed catalogue. NotFound NOT_FOUND: no such organization.
  absl::StatusOr<std::shared_ptr<const domain::Catalogue>> Run(const Tenant& tenant,
                                                               Deadline deadline);

 private:
  sql::Database& database_;
  ports::Catalogues& catalogues_;
};

}  // namespace stillpoint::booking::app

#endif  // STILLPOINT_SERVICES_BOOKING_APP_READ_CATALOGUE_H_

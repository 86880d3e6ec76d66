// Get and List of everything in the catalogue.
#ifndef STILLPOINT_SERVICES_BOOKING_APP_READ_CATALOGUE_H_
#define STILLPOINT_SERVICES_BOOKING_APP_READ_CATALOGUE_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
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
  // What counts at `clinic` (empty: for the organization) at `time`, or now by the store's clock.
  // NOT_FOUND also if nothing does.
  absl::StatusOr<domain::BookingPolicy> PolicyAt(const Tenant& tenant, const std::string& clinic,
                                                 std::optional<absl::Time> time, Deadline deadline);

 private:
  sql::Database& database_;
  ports::Catalogues& catalogues_;
};

}  // namespace stillpoint::booking::app

#endif  // STILLPOINT_SERVICES_BOOKING_APP_READ_CATALOGUE_H_

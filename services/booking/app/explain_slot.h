// Why a time can or cannot be booked: the truth, from the database alone.
#ifndef STILLPOINT_SERVICES_BOOKING_APP_EXPLAIN_SLOT_H_
#define STILLPOINT_SERVICES_BOOKING_APP_EXPLAIN_SLOT_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/base/tenant.h"
#include "common/sql/database.h"
#include "services/booking/domain/explain.h"
#include "services/booking/ports/catalogues.h"
#include "services/booking/ports/clearance.h"
#include "services/booking/ports/ledger.h"

namespace stillpoint::booking::app {

// An explanation as a value, without anything of the catalogue.
struct ExplainedSlot {
  domain::Explanation explanation;
  absl::TimeZone zone;  // The clinic's.
};

// Thread-safe.
class ExplainSlot {
 public:
  ExplainSlot(sql::Database& database, ports::Catalogues& catalogues, const ports::Ledger& ledger,
              ports::Clearance& clearance)
      : database_(database), catalogues_(catalogues), ledger_(ledger), clearance_(clearance) {}

  // Reads catalogue, claims and clock in one snapshot. For a `client` (an id; empty: for anybody)
  // whatever their visits and their record, which is asked as booking asks it, have against it too.
  // NotFound NOT_FOUND: no such organization; InvalidArgument REFERENCE_UNKNOWN: no such client;
  // otherwise the errors of domain::AskExplanation.
  absl::StatusOr<ExplainedSlot> Run(const Tenant& tenant, const domain::SlotRequest& wanted,
                                    const std::string& client, Deadline deadline);

 private:
  // Whether the record clears the visit; not asked, and OK, where the offering is not known.
  absl::Status AskRecord(const Tenant& tenant, const domain::SlotRequest& wanted,
                         const std::string& client, Deadline deadline);

  sql::Database& database_;
  ports::Catalogues& catalogues_;
  const ports::Ledger& ledger_;
  ports::Clearance& clearance_;
};

}  // namespace stillpoint::booking::app

#endif  // STILLPOINT_SERVICES_BOOKING_APP_EXPLAIN_SLOT_H_

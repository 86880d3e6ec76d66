// Why a time can or cannot be booked: the truth, from the database alone.
#ifndef STILLPOINT_SERVICES_BOOKING_APP_EXPLAIN_SLOT_H_
#define STILLPOINT_SERVICES_BOOKING_APP_EXPLAIN_SLOT_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/base/tenant.h"
#include "common/sql/database.h"
#include "services/booking/domain/explain.h"
#include "services/booking/ports/catalogues.h"
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
  ExplainSlot(sql::Database& database, ports::Catalogues& catalogues, const ports::Ledger& ledger)
      : database_(database), catalogues_(catalogues), ledger_(ledger) {}

  // Reads catalogue, claims and clock in one snapshot. NotFound NOT_FOUND: no such organization;
  // otherwise the errors of domain::AskExplanation.
  absl::StatusOr<ExplainedSlot> Run(const Tenant& tenant, const domain::SlotRequest& wanted,
                                    Deadline deadline);

 private:
  sql::Database& database_;
  ports::Catalogues& catalogues_;
  const ports::Ledger& ledger_;
};

}  // namespace stillpoint::booking::app

#endif  // STILLPOINT_SERVICES_BOOKING_APP_EXPLAIN_SLOT_H_

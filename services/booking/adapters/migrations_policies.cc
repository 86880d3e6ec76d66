#include "services/booking/adapters/migrations_policies.h"

namespace stillpoint::booking::adapters {
namespace {

// Rows of booking_policies are added and never changed; the organization's own have an empty
// clinic. Bookings from before were made under no policy.
constexpr char kSchema[] = R"sql(
CREATE TABLE booking_policies (
  organization TEXT NOT NULL,
  clinic TEXT NOT NULL,
  version BIGINT NOT NULL,
  effective_us BIGINT NOT NULL,
  withdrawn BIGINT NOT NULL,
  notice_minutes BIGINT NOT NULL,
  notice_day_before_minute BIGINT NOT NULL,
  horizon_days BIGINT NOT NULL,
  cancellation_minutes BIGINT NOT NULL,
  cancellation_day_before_minute BIGINT NOT NULL,
  change_minutes BIGINT NOT NULL,
  change_day_before_minute BIGINT NOT NULL,
  PRIMARY KEY (organization, clinic, version)
);
ALTER TABLE bookings ADD COLUMN policy_clinic TEXT NOT NULL DEFAULT '';
ALTER TABLE bookings ADD COLUMN policy_version BIGINT NOT NULL DEFAULT 0;
ALTER TABLE bookings ADD COLUMN late_cancelled BIGINT NOT NULL DEFAULT 0;
ALTER TABLE bookings ADD COLUMN late_changed BIGINT NOT NULL DEFAULT 0;
ALTER TABLE bookings ADD COLUMN fee_due BIGINT NOT NULL DEFAULT 0;
ALTER TABLE bookings ADD COLUMN fee_waiver BIGINT NOT NULL DEFAULT 0;
ALTER TABLE bookings ADD COLUMN fee_waived_by TEXT NOT NULL DEFAULT '';
)sql";

}  // namespace

sql::Migration PoliciesMigration() { return {.version = 5, .name = "policies", .common = kSchema}; }

}  // namespace stillpoint::booking::adapters

#include "services/booking/adapters/migrations_policies.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "common/sql/row_security.h"

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

// A claim says when its visit is, so that the visits of a day can be counted where only claims are
// read. A room's claim has none.
constexpr char kLimits[] = R"sql(
ALTER TABLE booking_policies ADD COLUMN practitioner_visits BIGINT NOT NULL DEFAULT 0;
ALTER TABLE booking_policies ADD COLUMN practitioner_minutes BIGINT NOT NULL DEFAULT 0;
ALTER TABLE booking_policies ADD COLUMN client_per_day BIGINT NOT NULL DEFAULT 0;
ALTER TABLE booking_policies ADD COLUMN client_per_week BIGINT NOT NULL DEFAULT 0;
ALTER TABLE claims ADD COLUMN visit_start_us BIGINT NOT NULL DEFAULT 0;
ALTER TABLE claims ADD COLUMN visit_end_us BIGINT NOT NULL DEFAULT 0;
)sql";

// SQLite's trigger looks at every update of a claim, and finds that it still overlaps nobody's.
constexpr char kFillIn[] = R"sql(
UPDATE claims SET
  visit_start_us = (SELECT bookings.start_us FROM bookings WHERE
    bookings.organization = claims.organization AND bookings.booking = claims.booking),
  visit_end_us = (SELECT bookings.end_us FROM bookings WHERE
    bookings.organization = claims.organization AND bookings.booking = claims.booking)
  WHERE resource LIKE 'practitioners/%' AND EXISTS (SELECT 1 FROM bookings WHERE
    bookings.organization = claims.organization AND bookings.booking = claims.booking);
)sql";

}  // namespace

sql::Migration LimitsMigration() {
  static const std::string* const kCommon = new std::string(absl::StrCat(kLimits, kFillIn));
  return {.version = 7, .name = "limits", .common = kCommon->c_str()};
}

sql::Migration PoliciesMigration() { return {.version = 5, .name = "policies", .common = kSchema}; }

sql::Migration OverrideMigration() {
  // A bit for each rule, as domain::PolicyRule numbers them.
  return {.version = 8,
          .name = "override",
          .common =
              "ALTER TABLE bookings ADD COLUMN override_rules BIGINT NOT NULL DEFAULT 0;"
              "ALTER TABLE bookings ADD COLUMN override_reason BIGINT NOT NULL DEFAULT 0;"
              "ALTER TABLE bookings ADD COLUMN override_by TEXT NOT NULL DEFAULT '';"
              "ALTER TABLE booking_policies ADD COLUMN first_visit_consultation"
              " BIGINT NOT NULL DEFAULT 0;"};
}

sql::Migration MealBreakMigration() {
  return {.version = 11,
          .name = "meal_break",
          .common =
              "ALTER TABLE booking_policies ADD COLUMN break_minutes BIGINT NOT NULL DEFAULT 0;"
              "ALTER TABLE booking_policies ADD COLUMN break_from_minute BIGINT NOT NULL DEFAULT 0;"
              "ALTER TABLE booking_policies ADD COLUMN break_until_minute"
              " BIGINT NOT NULL DEFAULT 0;"
              "ALTER TABLE booking_policies ADD COLUMN break_shift_minutes"
              " BIGINT NOT NULL DEFAULT 0;"};
}

sql::Migration SharesMigration() {
  // In millionths of a visit (domain::Shares). Nobody knows which older visits fell by turn.
  static const std::string* const kPostgres =
      new std::string(sql::RowSecurity({"shares"}, /*spanning=*/{}));
  return {.version = 9,
          .name = "shares",
          .common =
              "CREATE TABLE shares ("
              " organization TEXT NOT NULL,"
              " practitioner TEXT NOT NULL,"
              " credit BIGINT NOT NULL,"
              " PRIMARY KEY (organization, practitioner));"
              "ALTER TABLE bookings ADD COLUMN assigned BIGINT NOT NULL DEFAULT 0;",
          .sqlite = "",
          .postgres = kPostgres->c_str()};
}

}  // namespace stillpoint::booking::adapters

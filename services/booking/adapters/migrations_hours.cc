#include "services/booking/adapters/migrations_hours.h"

namespace stillpoint::booking::adapters {
namespace {

// Opening hours move to a table of their own: with patterns of weeks and dates, weekday and start
// no longer tell two of them apart, and a primary key cannot be changed in SQLite. The override of
// a clinic has an empty practitioner.
constexpr char kSchema[] = R"sql(
ALTER TABLE working_hours ADD COLUMN every_weeks BIGINT NOT NULL DEFAULT 1;
ALTER TABLE working_hours ADD COLUMN anchor_day BIGINT NOT NULL DEFAULT 0;
ALTER TABLE working_hours ADD COLUMN week_of_month BIGINT NOT NULL DEFAULT 0;
CREATE TABLE opening_ranges (
  organization TEXT NOT NULL,
  clinic TEXT NOT NULL,
  position BIGINT NOT NULL,
  weekday BIGINT NOT NULL,
  start_minute BIGINT NOT NULL,
  end_minute BIGINT NOT NULL,
  every_weeks BIGINT NOT NULL,
  anchor_day BIGINT NOT NULL,
  week_of_month BIGINT NOT NULL,
  valid_from_day BIGINT,
  valid_until_day BIGINT,
  PRIMARY KEY (organization, clinic, position),
  CHECK (start_minute < end_minute)
);
INSERT INTO opening_ranges (organization, clinic, position, weekday, start_minute, end_minute,
                            every_weeks, anchor_day, week_of_month)
  SELECT organization, clinic,
         ROW_NUMBER() OVER (PARTITION BY organization, clinic ORDER BY weekday, start_minute),
         weekday, start_minute, end_minute, 1, 0, 0
  FROM opening_hours;
DROP TABLE opening_hours;
ALTER TABLE clinics ADD COLUMN holiday_region TEXT NOT NULL DEFAULT '';
CREATE TABLE date_overrides (
  organization TEXT NOT NULL,
  clinic TEXT NOT NULL,
  practitioner TEXT NOT NULL,
  day BIGINT NOT NULL,
  kind BIGINT NOT NULL,
  ranges TEXT NOT NULL,
  PRIMARY KEY (organization, clinic, practitioner, day)
);
)sql";

}  // namespace

sql::Migration HoursMigration() { return {.version = 4, .name = "hours", .common = kSchema}; }

sql::Migration OverridesMigration() {
  // A change of a practitioner reads theirs alone; the primary key has the clinic first.
  return {.version = 17,
          .name = "overrides_by_practitioner",
          .common =
              "CREATE INDEX date_overrides_by_practitioner"
              " ON date_overrides (organization, practitioner);"};
}

}  // namespace stillpoint::booking::adapters

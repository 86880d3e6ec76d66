#include "services/booking/adapters/migrations_travel.h"

#include <string>

#include "common/sql/row_security.h"

namespace stillpoint::booking::adapters {
namespace {

// Each pair of clinics once, in the order of ids as bytes. A practitioner's claim says where its
// visit is, so that the way to it is known where only claims are read.
constexpr char kSchema[] = R"sql(
CREATE TABLE travel_times (
  organization TEXT NOT NULL,
  clinic TEXT NOT NULL,
  other TEXT NOT NULL,
  minutes BIGINT NOT NULL,
  PRIMARY KEY (organization, clinic, other)
);
ALTER TABLE claims ADD COLUMN clinic TEXT NOT NULL DEFAULT '';
UPDATE claims SET
  clinic = (SELECT bookings.clinic FROM bookings WHERE
    bookings.organization = claims.organization AND bookings.booking = claims.booking)
  WHERE resource LIKE 'practitioners/%' AND EXISTS (SELECT 1 FROM bookings WHERE
    bookings.organization = claims.organization AND bookings.booking = claims.booking);
)sql";

}  // namespace

sql::Migration TravelMigration() {
  static const std::string* const kPostgres =
      new std::string(sql::RowSecurity({"travel_times"}, /*spanning=*/{}));
  return {.version = 12,
          .name = "travel",
          .common = kSchema,
          .sqlite = "",
          .postgres = kPostgres->c_str()};
}

sql::Migration BuffersMigration() {
  // As domain::BufferPolicy numbers them: until now it was the sum.
  return {.version = 15,
          .name = "buffers",
          .common =
              "ALTER TABLE booking_policies ADD COLUMN buffer_policy BIGINT NOT NULL DEFAULT 1;"
              "ALTER TABLE bookings ADD COLUMN buffer_policy BIGINT NOT NULL DEFAULT 1;"
              "ALTER TABLE claims ADD COLUMN lead_us BIGINT NOT NULL DEFAULT 0;"};
}

}  // namespace stillpoint::booking::adapters

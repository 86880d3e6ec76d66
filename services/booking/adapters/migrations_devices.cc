#include "services/booking/adapters/migrations_devices.h"

#include <string>

#include "common/sql/row_security.h"

namespace stillpoint::booking::adapters {
namespace {

// Offerings and bookings from before take no device. Claims need nothing: a device is one more
// resource to them.
constexpr char kSchema[] = R"sql(
CREATE TABLE devices (
  organization TEXT NOT NULL,
  clinic TEXT NOT NULL,
  device TEXT NOT NULL,
  display_name TEXT NOT NULL,
  kind TEXT NOT NULL,
  features TEXT NOT NULL,
  turnover_minutes BIGINT NOT NULL,
  archived BIGINT NOT NULL,
  revision BIGINT NOT NULL,
  PRIMARY KEY (organization, clinic, device)
);
ALTER TABLE offerings ADD COLUMN device_kind TEXT NOT NULL DEFAULT '';
ALTER TABLE offerings ADD COLUMN device_features TEXT NOT NULL DEFAULT '';
ALTER TABLE bookings ADD COLUMN device TEXT NOT NULL DEFAULT '';
ALTER TABLE bookings ADD COLUMN device_turnover_us BIGINT NOT NULL DEFAULT 0;
)sql";

}  // namespace

sql::Migration DevicesMigration() {
  static const std::string* const kPostgres = new std::string(sql::RowSecurity({"devices"}, {}));
  return {.version = 14,
          .name = "devices",
          .common = kSchema,
          .sqlite = "",
          .postgres = kPostgres->c_str()};
}

}  // namespace stillpoint::booking::adapters

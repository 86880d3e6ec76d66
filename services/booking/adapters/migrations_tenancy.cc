#include "services/booking/adapters/migrations_tenancy.h"

#include <string>

#include "common/sql/row_security.h"

namespace stillpoint::booking::adapters {

sql::Migration TenancyMigration() {
  // Jobs that span organizations: which holds have run out, what has happened for other services,
  // which pointers to heal. They only look; each change is made for its own organization.
  static const std::string* const kPostgres = new std::string(sql::RowSecurity(
      {"booking_policies", "bookings", "catalogues", "claims", "clinics", "credentials",
       "date_overrides", "idempotency", "offerings", "opening_ranges", "outbox", "practitioners",
       "resources", "rooms", "time_off", "working_hours"},
      {{"bookings", {"SELECT"}},
       {"catalogues", {"SELECT"}},
       {"outbox", {"SELECT"}},
       {"resources", {"SELECT"}}}));
  return {
      .version = 6, .name = "tenancy", .common = "", .sqlite = "", .postgres = kPostgres->c_str()};
}

}  // namespace stillpoint::booking::adapters

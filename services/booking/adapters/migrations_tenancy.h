// Row-level security for the tables of booking.
#ifndef STILLPOINT_SERVICES_BOOKING_ADAPTERS_MIGRATIONS_TENANCY_H_
#define STILLPOINT_SERVICES_BOOKING_ADAPTERS_MIGRATIONS_TENANCY_H_

#include "common/sql/migrate.h"

namespace stillpoint::booking::adapters {

sql::Migration TenancyMigration();

}  // namespace stillpoint::booking::adapters

#endif  // STILLPOINT_SERVICES_BOOKING_ADAPTERS_MIGRATIONS_TENANCY_H_

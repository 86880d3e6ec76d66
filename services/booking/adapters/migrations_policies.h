// Policies, and what bookings keep of them.
#ifndef STILLPOINT_SERVICES_BOOKING_ADAPTERS_MIGRATIONS_POLICIES_H_
#define STILLPOINT_SERVICES_BOOKING_ADAPTERS_MIGRATIONS_POLICIES_H_

#include "common/sql/migrate.h"

namespace stillpoint::booking::adapters {

sql::Migration PoliciesMigration();
sql::Migration LimitsMigration();
sql::Migration OverrideMigration();
sql::Migration SharesMigration();
sql::Migration MealBreakMigration();

}  // namespace stillpoint::booking::adapters

#endif  // STILLPOINT_SERVICES_BOOKING_ADAPTERS_MIGRATIONS_POLICIES_H_

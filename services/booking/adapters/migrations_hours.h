// Step 4: hours of some weeks, overrides of single dates, holiday regions. Step 17: an index of the
// overrides.
#ifndef STILLPOINT_SERVICES_BOOKING_ADAPTERS_MIGRATIONS_HOURS_H_
#define STILLPOINT_SERVICES_BOOKING_ADAPTERS_MIGRATIONS_HOURS_H_

#include "common/sql/migrate.h"

namespace stillpoint::booking::adapters {

sql::Migration HoursMigration();
sql::Migration OverridesMigration();

}  // namespace stillpoint::booking::adapters

#endif  // STILLPOINT_SERVICES_BOOKING_ADAPTERS_MIGRATIONS_HOURS_H_

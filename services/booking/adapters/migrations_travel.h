// The ways between clinics.
#ifndef STILLPOINT_SERVICES_BOOKING_ADAPTERS_MIGRATIONS_TRAVEL_H_
#define STILLPOINT_SERVICES_BOOKING_ADAPTERS_MIGRATIONS_TRAVEL_H_

#include "common/sql/migrate.h"

namespace stillpoint::booking::adapters {

sql::Migration TravelMigration();

}  // namespace stillpoint::booking::adapters

#endif  // STILLPOINT_SERVICES_BOOKING_ADAPTERS_MIGRATIONS_TRAVEL_H_

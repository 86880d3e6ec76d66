// What keeps two visits of one practitioner apart: ways between clinics, and buffers.
#ifndef STILLPOINT_SERVICES_BOOKING_ADAPTERS_MIGRATIONS_TRAVEL_H_
#define STILLPOINT_SERVICES_BOOKING_ADAPTERS_MIGRATIONS_TRAVEL_H_

#include "common/sql/migrate.h"

namespace stillpoint::booking::adapters {

sql::Migration TravelMigration();
sql::Migration BuffersMigration();

}  // namespace stillpoint::booking::adapters

#endif  // STILLPOINT_SERVICES_BOOKING_ADAPTERS_MIGRATIONS_TRAVEL_H_

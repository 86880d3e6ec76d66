// The step of the schema that adds devices.
#ifndef STILLPOINT_SERVICES_BOOKING_ADAPTERS_MIGRATIONS_DEVICES_H_
#define STILLPOINT_SERVICES_BOOKING_ADAPTERS_MIGRATIONS_DEVICES_H_

#include "common/sql/migrate.h"

namespace stillpoint::booking::adapters {

sql::Migration DevicesMigration();

}  // namespace stillpoint::booking::adapters

#endif  // STILLPOINT_SERVICES_BOOKING_ADAPTERS_MIGRATIONS_DEVICES_H_

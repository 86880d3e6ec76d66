// Step 1: the catalogue and the versions of resources.
#ifndef STILLPOINT_SERVICES_BOOKING_ADAPTERS_MIGRATIONS_CATALOGUE_H_
#define STILLPOINT_SERVICES_BOOKING_ADAPTERS_MIGRATIONS_CATALOGUE_H_

#include "common/sql/migrate.h"

namespace stillpoint::booking::adapters {

sql::Migration CatalogueMigration();

}  // namespace stillpoint::booking::adapters

#endif  // STILLPOINT_SERVICES_BOOKING_ADAPTERS_MIGRATIONS_CATALOGUE_H_

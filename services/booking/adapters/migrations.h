// The schema of the booking service, step by step.
#ifndef STILLPOINT_SERVICES_BOOKING_ADAPTERS_MIGRATIONS_H_
#define STILLPOINT_SERVICES_BOOKING_ADAPTERS_MIGRATIONS_H_

#include <vector>

#include "common/sql/migrate.h"

namespace stillpoint::booking::adapters {

// All steps, ascending. A released step never changes.
std::vector<sql::Migration> Migrations();

}  // namespace stillpoint::booking::adapters

#endif  // STILLPOINT_SERVICES_BOOKING_ADAPTERS_MIGRATIONS_H_

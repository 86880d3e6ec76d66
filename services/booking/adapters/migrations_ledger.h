// Step 2: bookings, their claims, their events, and the answers given.
#ifndef STILLPOINT_SERVICES_BOOKING_ADAPTERS_MIGRATIONS_LEDGER_H_
#define STILLPOINT_SERVICES_BOOKING_ADAPTERS_MIGRATIONS_LEDGER_H_

#include "common/sql/migrate.h"

namespace stillpoint::booking::adapters {

sql::Migration LedgerMigration();
// Which bookings name their room.
sql::Migration RoomAskedMigration();
// Who took a hold.
sql::Migration HeldByMigration();
// What the exclusion constraint compares.
sql::Migration ExclusionKeyMigration();
// At which local time visits were agreed.
sql::Migration LocalStartMigration();
// Which claims exclude each other.
sql::Migration BesideMigration();

}  // namespace stillpoint::booking::adapters

#endif  // STILLPOINT_SERVICES_BOOKING_ADAPTERS_MIGRATIONS_LEDGER_H_

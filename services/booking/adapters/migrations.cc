#include "services/booking/adapters/migrations.h"

#include "services/booking/adapters/migrations_catalogue.h"
#include "services/booking/adapters/migrations_hours.h"
#include "services/booking/adapters/migrations_ledger.h"

namespace stillpoint::booking::adapters {

std::vector<sql::Migration> Migrations() {
  return {CatalogueMigration(), LedgerMigration(), RoomAskedMigration(), HoursMigration()};
}

}  // namespace stillpoint::booking::adapters

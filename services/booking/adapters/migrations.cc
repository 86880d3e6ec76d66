#include "services/booking/adapters/migrations.h"

#include "services/booking/adapters/migrations_catalogue.h"
#include "services/booking/adapters/migrations_hours.h"
#include "services/booking/adapters/migrations_ledger.h"
#include "services/booking/adapters/migrations_policies.h"

namespace stillpoint::booking::adapters {

std::vector<sql::Migration> Migrations() {
  return {CatalogueMigration(), LedgerMigration(), RoomAskedMigration(), HoursMigration(),
          PoliciesMigration()};
}

}  // namespace stillpoint::booking::adapters

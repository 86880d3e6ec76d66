#include "services/booking/adapters/migrations.h"

#include "services/booking/adapters/migrations_catalogue.h"
#include "services/booking/adapters/migrations_devices.h"
#include "services/booking/adapters/migrations_hours.h"
#include "services/booking/adapters/migrations_ledger.h"
#include "services/booking/adapters/migrations_policies.h"
#include "services/booking/adapters/migrations_tenancy.h"
#include "services/booking/adapters/migrations_travel.h"

namespace stillpoint::booking::adapters {

std::vector<sql::Migration> Migrations() {
  return {CatalogueMigration(),    LedgerMigration(),  RoomAskedMigration(), HoursMigration(),
          PoliciesMigration(),     TenancyMigration(), LimitsMigration(),    OverrideMigration(),
          SharesMigration(),       HeldByMigration(),  MealBreakMigration(), TravelMigration(),
          ExclusionKeyMigration(), DevicesMigration(), BuffersMigration(),   LocalStartMigration(),
          OverridesMigration(),    BesideMigration()};
}

}  // namespace stillpoint::booking::adapters

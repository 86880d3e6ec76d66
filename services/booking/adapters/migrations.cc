#include "services/booking/adapters/migrations.h"

#include "services/booking/adapters/migrations_catalogue.h"

namespace stillpoint::booking::adapters {

std::vector<sql::Migration> Migrations() { return {CatalogueMigration()}; }

}  // namespace stillpoint::booking::adapters

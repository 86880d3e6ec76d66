// The tables of this service.
#ifndef STILLPOINT_SERVICES_NOTIFICATION_ADAPTERS_SCHEMA_H_
#define STILLPOINT_SERVICES_NOTIFICATION_ADAPTERS_SCHEMA_H_

#include "absl/types/span.h"
#include "common/sql/migrate.h"

namespace stillpoint::notification::adapters {

absl::Span<const sql::Migration> Migrations();

}  // namespace stillpoint::notification::adapters

#endif  // STILLPOINT_SERVICES_NOTIFICATION_ADAPTERS_SCHEMA_H_

// The tables of the client record. What an engine does differently: the triggers that lock signed
// notes.
#ifndef STILLPOINT_SERVICES_CLIENT_RECORD_ADAPTERS_SCHEMA_H_
#define STILLPOINT_SERVICES_CLIENT_RECORD_ADAPTERS_SCHEMA_H_

#include "absl/types/span.h"
#include "common/sql/migrate.h"

namespace stillpoint::client_record::adapters {

// Every step, for sql::Migrate.
absl::Span<const sql::Migration> Migrations();

}  // namespace stillpoint::client_record::adapters

#endif  // STILLPOINT_SERVICES_CLIENT_RECORD_ADAPTERS_SCHEMA_H_

// Reading a catalogue from its tables.
#ifndef STILLPOINT_SERVICES_BOOKING_ADAPTERS_CATALOGUE_LOAD_H_
#define STILLPOINT_SERVICES_BOOKING_ADAPTERS_CATALOGUE_LOAD_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "common/base/tenant.h"
#include "common/sql/database.h"
#include "services/booking/domain/catalogue.h"
#include "services/booking/ports/catalogue_store.h"

namespace stillpoint::booking::adapters {

// NotFound NOT_FOUND: no such organization.
absl::StatusOr<int64_t> CatalogueVersion(sql::Transaction& tx, const Tenant& tenant);

// Asks for it: one row, or none.
absl::Status AskCatalogueVersion(sql::Transaction& tx, const Tenant& tenant, sql::Rows* version);

// One statement per table, whatever the size. NotFound NOT_FOUND: no such organization. Internal
// ZONE_MISSING: this machine's zone data lack a zone that was accepted elsewhere.
absl::StatusOr<domain::Catalogue> LoadCatalogue(sql::Transaction& tx, const Tenant& tenant);

// See ports::CatalogueStore::Read. `part` is not the whole.
absl::StatusOr<domain::Catalogue> LoadPart(sql::Transaction& tx, const Tenant& tenant,
                                           const ports::CataloguePart& part);

}  // namespace stillpoint::booking::adapters

#endif  // STILLPOINT_SERVICES_BOOKING_ADAPTERS_CATALOGUE_LOAD_H_

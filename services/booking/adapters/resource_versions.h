// Versions of practitioners and rooms, by which availability facts are cached.
#ifndef STILLPOINT_SERVICES_BOOKING_ADAPTERS_RESOURCE_VERSIONS_H_
#define STILLPOINT_SERVICES_BOOKING_ADAPTERS_RESOURCE_VERSIONS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/tenant.h"
#include "common/sql/database.h"
#include "services/booking/domain/resource.h"

namespace stillpoint::booking::adapters {

using domain::ResourceVersion;

// As BumpVersions, below, but nobody waits for the answer: it is in `answer` (resource, version)
// when a later statement or the commit has succeeded.
absl::Status AskToBump(sql::Transaction& tx, const Tenant& tenant,
                       std::vector<domain::ResourceId> resources, sql::Rows* answer);

// Raises the version of each resource by one and stamps it with the store's clock. One statement.
// The caller holds the resources' locks. Duplicates count once; the answer is in ascending order of
// resource.
absl::StatusOr<std::vector<ResourceVersion>> BumpVersions(
    sql::Transaction& tx, const Tenant& tenant, std::vector<domain::ResourceId> resources);

}  // namespace stillpoint::booking::adapters

#endif  // STILLPOINT_SERVICES_BOOKING_ADAPTERS_RESOURCE_VERSIONS_H_

// Versions and facts as the database has them: the truth that every cache is judged by.
#ifndef STILLPOINT_SERVICES_BOOKING_ADAPTERS_FACT_STORE_H_
#define STILLPOINT_SERVICES_BOOKING_ADAPTERS_FACT_STORE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/base/tenant.h"
#include "common/sql/database.h"
#include "services/booking/ports/facts.h"

namespace stillpoint::booking::adapters {

struct StoredVersions {
  int64_t catalogue = 0;           // 0: no such organization.
  std::vector<int64_t> resources;  // In the order asked for; 0 for one that never changed.
};

// One statement. Ask... and ...Of are its halves, for more of them in one round trip: `rows` is
// filled as sql::Transaction::Ask says.
absl::StatusOr<StoredVersions> ReadVersions(sql::Transaction& tx, const Tenant& tenant,
                                            absl::Span<const domain::ResourceId> resources);
absl::Status AskVersions(sql::Transaction& tx, const Tenant& tenant,
                         absl::Span<const domain::ResourceId> resources, sql::Rows* rows);
StoredVersions VersionsOf(const sql::Rows& rows, size_t resources);

struct StoredFacts {
  int64_t version = 0;
  ports::BusyMonths months;  // [first, last], none missing.
};

// One statement, so that each version and its facts are of the same moment. In the order asked for.
absl::StatusOr<std::vector<StoredFacts>> ReadFacts(sql::Transaction& tx, const Tenant& tenant,
                                                   absl::Span<const domain::ResourceId> resources,
                                                   domain::Month first, domain::Month last);
absl::Status AskFacts(sql::Transaction& tx, const Tenant& tenant,
                      absl::Span<const domain::ResourceId> resources, domain::Month first,
                      domain::Month last, sql::Rows* rows);
std::vector<StoredFacts> FactsOf(const sql::Rows& rows, size_t resources, domain::Month first,
                                 domain::Month last);

struct ChangedResource {
  std::string organization;
  domain::ResourceVersion version;
  absl::Time changed;
};

// Where a reading of changes ended. Several resources may have changed in one microsecond.
struct ChangePosition {
  absl::Time changed = absl::UnixEpoch();
  std::string organization;
  std::string resource;
};

// Up to `limit` resources of every organization that changed after `after`, the oldest change
// first.
absl::StatusOr<std::vector<ChangedResource>> ReadChanged(sql::Transaction& tx,
                                                         const ChangePosition& after, int limit);

// The catalogue of every organization, as a resource; `changed` is not set.
absl::StatusOr<std::vector<ChangedResource>> ReadCatalogueVersions(sql::Transaction& tx);

}  // namespace stillpoint::booking::adapters

#endif  // STILLPOINT_SERVICES_BOOKING_ADAPTERS_FACT_STORE_H_

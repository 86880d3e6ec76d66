// Catalogues that this process has loaded.
#ifndef STILLPOINT_SERVICES_BOOKING_ADAPTERS_CATALOGUE_CACHE_H_
#define STILLPOINT_SERVICES_BOOKING_ADAPTERS_CATALOGUE_CACHE_H_

#include <list>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "absl/status/statusor.h"
#include "common/base/mutex.h"
#include "services/booking/ports/catalogues.h"

namespace stillpoint::booking::adapters {

// Keeps the newest snapshot of each organization and uses it while the version that the transaction
// reads is the same, so a cached one is never older than the transaction. Thread-safe.
class CatalogueCache final : public ports::Catalogues {
 public:
  // A snapshot takes some 100 KB; beyond this many organizations the least recently used one goes.
  static constexpr size_t kOrganizationsMax = 1'000;

  absl::StatusOr<std::shared_ptr<const domain::Catalogue>> Get(sql::Transaction& tx,
                                                               const Tenant& tenant) override;
  std::shared_ptr<const domain::Catalogue> Known(const Tenant& tenant) override;
  absl::Status AskVersion(sql::Transaction& tx, const Tenant& tenant, sql::Rows* version) override;

 private:
  using Snapshot = std::shared_ptr<const domain::Catalogue>;
  // Null: none, or of another version than this.
  Snapshot Find(const std::string& organization, std::optional<int64_t> version);
  void Keep(const Snapshot& snapshot);

  Mutex mutex_;
  std::list<Snapshot> recent_ ABSL_GUARDED_BY(mutex_);  // The last used first.
  std::unordered_map<std::string, std::list<Snapshot>::iterator> by_organization_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace stillpoint::booking::adapters

#endif  // STILLPOINT_SERVICES_BOOKING_ADAPTERS_CATALOGUE_CACHE_H_

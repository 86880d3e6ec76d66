#include "services/booking/adapters/catalogue_cache.h"

#include <utility>

#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "services/booking/adapters/catalogue_load.h"

namespace stillpoint::booking::adapters {
namespace {

// A catalogue that changes more often than this while it is being read is under an import; the
// caller tries again.
constexpr int kLoadsMax = 5;

}  // namespace

absl::StatusOr<std::shared_ptr<const domain::Catalogue>> CatalogueCache::Get(sql::Transaction& tx,
                                                                             const Tenant& tenant) {
  ASSIGN_OR_RETURN(int64_t version, CatalogueVersion(tx, tenant));
  if (Snapshot known = Find(tenant.organization(), version)) return known;

  // In a PostgreSQL write transaction each statement sees what is committed by then, so a change
  // could fall between two of them. The version before and after tells.
  for (int i = 0; i < kLoadsMax; ++i) {
    ASSIGN_OR_RETURN(domain::Catalogue loaded, LoadCatalogue(tx, tenant));
    ASSIGN_OR_RETURN(const int64_t after, CatalogueVersion(tx, tenant));
    if (after == version && loaded.version == version) {
      auto snapshot = std::make_shared<const domain::Catalogue>(std::move(loaded));
      Keep(snapshot);
      return snapshot;
    }
    version = after;
  }
  return Error(absl::StatusCode::kAborted, "TX_CONFLICT", "the catalogue is being changed");
}

std::shared_ptr<const domain::Catalogue> CatalogueCache::Known(const Tenant& tenant) {
  return Find(tenant.organization(), std::nullopt);
}

absl::Status CatalogueCache::AskVersion(sql::Transaction& tx, const Tenant& tenant,
                                        sql::Rows* version) {
  return AskCatalogueVersion(tx, tenant, version);
}

CatalogueCache::Snapshot CatalogueCache::Find(const std::string& organization,
                                              std::optional<int64_t> version) {
  MutexLock lock(mutex_);
  const auto found = by_organization_.find(organization);
  if (found == by_organization_.end()) return nullptr;
  if (version.has_value() && (*found->second)->version != *version) return nullptr;
  recent_.splice(recent_.begin(), recent_, found->second);
  return *found->second;
}

void CatalogueCache::Keep(const Snapshot& snapshot) {
  MutexLock lock(mutex_);
  const auto found = by_organization_.find(snapshot->organization);
  if (found != by_organization_.end()) {
    // A slow reader of an older version does not push out the newer one.
    if ((*found->second)->version > snapshot->version) return;
    recent_.erase(found->second);
  }
  recent_.push_front(snapshot);
  by_organization_[snapshot->organization] = recent_.begin();
  if (recent_.size() > kOrganizationsMax) {
    by_organization_.erase(recent_.back()->organization);
    recent_.pop_back();
  }
}

}  // namespace stillpoint::booking::adapters

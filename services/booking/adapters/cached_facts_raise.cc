// The writers' half of cached_facts.h.
#include "absl/time/clock.h"
#include "services/booking/adapters/cached_facts.h"

namespace stillpoint::booking::adapters {

void CachedFacts::Raise(const Tenant& tenant, absl::Span<const domain::ResourceVersion> versions) {
  TryRaise(tenant, versions, Deadline::After(kRaiseWait)).IgnoreError();
}

absl::Status CachedFacts::TryRaise(const Tenant& tenant,
                                   absl::Span<const domain::ResourceVersion> versions,
                                   Deadline deadline) {
  std::vector<domain::ResourceId> resources;
  resources.reserve(versions.size());
  for (const domain::ResourceVersion& version : versions) resources.push_back(version.resource);
  std::vector<redis::Redis::Item> items;
  local_.Visit(tenant, resources, [&](size_t i, LocalFacts::Entry& entry) {
    entry.Learn(versions[i].version);
    if (redis_ == nullptr) return;
    items.push_back({shared_.PointerKey(entry.id), shared_.Pointer(entry.id, versions[i].version)});
  });
  local_.Changed(tenant);  // Whether Redis takes it or not.
  if (items.empty()) return absl::OkStatus();
  absl::Status raised = redis_->MultiRaise(
      items, {local_.StampKey(tenant), SharedFacts::NewStamp()}, kPointerTtl, deadline);
  if (!raised.ok()) Distrust();
  // Also after a failure: the news may have arrived without our hearing of it.
  absl::SleepFor(kStampLife);
  return raised;
}

}  // namespace stillpoint::booking::adapters

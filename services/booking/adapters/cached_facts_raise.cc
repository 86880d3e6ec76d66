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
  std::vector<redis::Redis::Item> items;
  local_.Committed(tenant, versions, [&](size_t i, const LocalFacts::Entry& entry) {
    if (redis_ == nullptr) return;
    items.push_back({shared_.PointerKey(entry.id), shared_.Pointer(entry.id, versions[i].version)});
  });
  if (items.empty()) return absl::OkStatus();
  absl::Status raised = redis_->MultiRaise(
      items, {local_.StampKey(tenant), SharedFacts::NewStamp()}, kPointerTtl, deadline);
  if (!raised.ok()) Distrust();
  // Also after a failure: the news may have arrived without our hearing of it.
  absl::SleepFor(kStampLife);
  return raised;
}

}  // namespace stillpoint::booking::adapters

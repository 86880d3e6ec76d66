#include "services/booking/adapters/pointer_healer.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "common/base/status_macros.h"
#include "services/booking/adapters/fact_store.h"

namespace stillpoint::booking::adapters {
namespace {

// More changes than this in one round are healed in the next ones.
constexpr int kBatch = 5'000;
// A round that takes longer is given up and tried again.
constexpr absl::Duration kHealWait = absl::Seconds(5);

}  // namespace

PointerHealer::PointerHealer(sql::Database& database, CachedFacts& facts)
    : database_(database), facts_(facts) {}

PointerHealer::~PointerHealer() {
  {
    MutexLock lock(mutex_);
    stop_ = true;
    changed_.NotifyAll();
  }
  if (thread_.joinable()) thread_.join();
}

void PointerHealer::Start() {
  thread_ = std::thread([this] { Loop(); });
}

void PointerHealer::Loop() {
  for (;;) {
    {
      MutexLock lock(mutex_);
      const Deadline next = Deadline::After(kHealEvery);
      while (!stop_ && !next.Passed()) changed_.Wait(mutex_, next);
      if (stop_) return;
    }
    // A failure leaves `since_` where it is, so that the next round covers the outage.
    Heal(Deadline::After(kHealWait)).IgnoreError();
  }
}

absl::Status PointerHealer::Heal(Deadline deadline) {
  std::vector<ChangedResource> changed;
  std::vector<ChangedResource> catalogues;
  absl::Time now;
  RETURN_IF_ERROR(database_.Read(deadline, [&](sql::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(now, tx.Now());
    // At first only what is recent: pointers that this process never saw expire by themselves.
    if (since_ == absl::UnixEpoch()) since_ = now - kHealBack;
    ASSIGN_OR_RETURN(changed, ReadChanged(tx, since_, kBatch));
    ASSIGN_OR_RETURN(catalogues, ReadCatalogueVersions(tx));
    return absl::OkStatus();
  }));
  std::map<std::string, std::vector<domain::ResourceVersion>> by_organization;
  for (const auto* list : {&changed, &catalogues}) {
    for (const ChangedResource& one : *list) {
      by_organization[one.organization].push_back(one.version);
    }
  }
  for (const auto& [organization, versions] : by_organization) {
    RETURN_IF_ERROR(facts_.TryRaise(Tenant(organization), versions, deadline));
  }
  const bool all = changed.size() < kBatch;
  since_ = all ? now - kHealBack : std::max(since_, changed.back().changed);
  return absl::OkStatus();
}

}  // namespace stillpoint::booking::adapters

#include "services/booking/adapters/pointer_healer.h"

#include <map>
#include <string>
#include <vector>

#include "common/base/status_macros.h"

namespace stillpoint::booking::adapters {
namespace {

// A round that takes longer is given up and tried again.
constexpr absl::Duration kHealWait = absl::Seconds(5);

}  // namespace

PointerHealer::PointerHealer(sql::Database& database, CachedFacts& facts, int batch)
    : database_(database), facts_(facts), batch_(batch) {}

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
    // A failure leaves `healed_` where it is, so that the next round covers the outage.
    Heal(Deadline::After(kHealWait)).IgnoreError();
  }
}

absl::Status PointerHealer::Heal(Deadline deadline) {
  std::vector<ChangedResource> changed;
  std::vector<ChangedResource> catalogues;
  absl::Time now;
  RETURN_IF_ERROR(
      database_.Read(sql::AllOrganizations(), deadline, [&](sql::Transaction& tx) -> absl::Status {
        ASSIGN_OR_RETURN(now, tx.Now());
        // At first only what is recent: pointers that this process never saw expire by themselves.
        if (healed_.changed == absl::UnixEpoch()) healed_.changed = now - kHealBack;
        ASSIGN_OR_RETURN(changed, ReadChanged(tx, healed_, batch_));
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
  if (changed.size() < static_cast<size_t>(batch_)) {
    healed_ = ChangePosition();
    healed_.changed = now - kHealBack;
  } else {
    const ChangedResource& last = changed.back();
    healed_ = {last.changed, last.organization, last.version.resource};
  }
  return absl::OkStatus();
}

}  // namespace stillpoint::booking::adapters

#include "services/booking/adapters/local_facts.h"

#include <utility>

namespace stillpoint::booking::adapters {

void LocalFacts::Entry::Learn(int64_t newest) {
  if (newest <= version) return;
  version = newest;
  months.clear();
}

ports::BusyMonths LocalFacts::Entry::Get(domain::Month first, domain::Month last) const {
  ports::BusyMonths found;
  found.reserve(last - first + 1);
  auto next = months.find(first);
  for (domain::Month month = first; month <= last; ++month, ++next) {
    if (next == months.end() || next->first != month) return {};
    found.push_back(next->second);
  }
  return found;
}

void LocalFacts::Entry::Keep(int64_t of_version, const ports::BusyMonths& facts) {
  Learn(of_version);
  if (of_version != version) return;
  for (const auto& month : facts) months[month->month] = month;
}

LocalFacts::Entry& LocalFacts::Find(const Tenant& tenant, Organization& organization,
                                    const domain::ResourceId& resource) {
  const auto [found, is_new] = organization.entries.try_emplace(resource);
  if (!is_new) {
    recent_.splice(recent_.begin(), recent_, found->second);
    return recent_.front();
  }
  Entry& entry = recent_.emplace_front();
  entry.organization = tenant.organization();
  entry.resource = resource;
  entry.id = shared_.Id(tenant.organization(), resource);
  found->second = recent_.begin();
  return entry;
}

void LocalFacts::LetGo() {
  while (!recent_.empty() && (recent_.size() > limits_.resources || months_ > limits_.months)) {
    const Entry& last = recent_.back();
    months_ -= last.months.size();
    const auto organization = organizations_.find(last.organization);
    organization->second.entries.erase(last.resource);
    if (organization->second.entries.empty()) organizations_.erase(organization);
    recent_.pop_back();
  }
}

void LocalFacts::Visit(const Tenant& tenant, absl::Span<const domain::ResourceId> resources,
                       absl::FunctionRef<void(size_t, Entry&)> visit) {
  if (resources.empty()) return;
  MutexLock lock(mutex_);
  Organization& organization = organizations_[tenant.organization()];
  bool changed = organization.epoch == 0;
  for (size_t i = 0; i < resources.size(); ++i) {
    Entry& entry = Find(tenant, organization, resources[i]);
    months_ -= entry.months.size();
    const int64_t known = entry.version;
    visit(i, entry);
    changed = changed || (known >= 0 && entry.version != known);
    months_ += entry.months.size();
  }
  if (changed) organization.epoch = ++epochs_;
  LetGo();
}

ports::Freshness LocalFacts::SawStamp(const Tenant& tenant, const std::string& stamp,
                                      Deadline believed) {
  MutexLock lock(mutex_);
  const auto found = organizations_.find(tenant.organization());
  if (found == organizations_.end()) return {.stamp = stamp};
  Organization& organization = found->second;
  organization.believed = believed;
  if (organization.stamp != stamp) {
    organization.stamp = stamp;
    organization.epoch = ++epochs_;
    for (auto& [resource, entry] : organization.entries) entry->stamp.clear();
  }
  return {.stamp = stamp, .epoch = organization.epoch};
}

ports::Freshness LocalFacts::Believed(const Tenant& tenant) const {
  MutexLock lock(mutex_);
  const auto found = organizations_.find(tenant.organization());
  if (found == organizations_.end() || found->second.believed.Passed()) return {};
  return {.stamp = found->second.stamp, .epoch = found->second.epoch};
}

void LocalFacts::Committed(const Tenant& tenant, absl::Span<const domain::ResourceVersion> versions,
                           absl::FunctionRef<void(size_t, const Entry&)> visit) {
  std::vector<domain::ResourceId> resources;
  resources.reserve(versions.size());
  for (const domain::ResourceVersion& version : versions) resources.push_back(version.resource);
  Visit(tenant, resources, [&](size_t i, Entry& entry) {
    entry.Learn(versions[i].version);
    visit(i, entry);
  });
  MutexLock lock(mutex_);
  const auto found = organizations_.find(tenant.organization());
  if (found != organizations_.end()) found->second.epoch = ++epochs_;
}

std::string LocalFacts::StampKey(const Tenant& tenant) {
  MutexLock lock(mutex_);
  const auto found = organizations_.find(tenant.organization());
  if (found == organizations_.end()) return shared_.StampKey(tenant.organization());
  if (found->second.stamp_key.empty()) {
    found->second.stamp_key = shared_.StampKey(tenant.organization());
  }
  return found->second.stamp_key;
}

size_t LocalFacts::resources() const {
  MutexLock lock(mutex_);
  return recent_.size();
}

size_t LocalFacts::months() const {
  MutexLock lock(mutex_);
  return months_;
}

}  // namespace stillpoint::booking::adapters

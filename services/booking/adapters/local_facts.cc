#include "services/booking/adapters/local_facts.h"

#include <utility>

#include "absl/strings/str_cat.h"

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

LocalFacts::Recent::iterator LocalFacts::Find(const Tenant& tenant,
                                              const domain::ResourceId& resource) {
  std::string name = absl::StrCat(tenant.organization(), "/", resource);
  const auto found = index_.find(name);
  if (found != index_.end()) {
    recent_.splice(recent_.begin(), recent_, found->second);
    return found->second;
  }
  Entry& entry = recent_.emplace_front();
  entry.id = shared_.Id(tenant.organization(), resource);
  entry.name = name;
  index_.emplace(std::move(name), recent_.begin());
  return recent_.begin();
}

void LocalFacts::Visit(const Tenant& tenant, absl::Span<const domain::ResourceId> resources,
                       absl::FunctionRef<void(size_t, Entry&)> visit) {
  MutexLock lock(mutex_);
  for (size_t i = 0; i < resources.size(); ++i) {
    Entry& entry = *Find(tenant, resources[i]);
    months_ -= entry.months.size();
    visit(i, entry);
    months_ += entry.months.size();
  }
  while (!recent_.empty() && (recent_.size() > limits_.resources || months_ > limits_.months)) {
    months_ -= recent_.back().months.size();
    index_.erase(recent_.back().name);
    recent_.pop_back();
  }
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

#include "services/booking/adapters/cached_facts.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "services/booking/adapters/fact_store.h"

namespace stillpoint::booking::adapters {
namespace {

// One resource of a search, or the catalogue.
struct Wanted {
  std::string id;
  int64_t version = -1;      // -1: not known yet.
  ports::BusyMonths months;  // Empty: not found yet.
  bool set_pointer = false;  // Redis has none, or not this one.
  bool poisoned = false;     // What Redis has is not ours and must be overwritten.
  bool share = false;        // Redis does not have these facts.
};

}  // namespace

// The catalogue is the last of `resources`: it has a version and a pointer like any other, but no
// facts.
struct CachedFacts::Lookup {
  const Tenant& tenant;
  domain::Month first;
  domain::Month last;
  Deadline deadline;
  std::vector<domain::ResourceId> resources;
  std::vector<Wanted> wanted;
  bool stampless = false;  // Redis has pointers, but no stamp for them.

  bool IsCatalogue(size_t i) const { return i + 1 == wanted.size(); }
  bool NeedsFacts(size_t i) const { return !IsCatalogue(i) && wanted[i].months.empty(); }
};

struct CachedFacts::Seen {
  int missing = 0, poisoned = 0, hits = 0;
};

CachedFacts::CachedFacts(sql::Database& database, redis::Redis* redis, const crypto::Key& secret,
                         Metrics& metrics, LocalFacts::Limits limits, redis::SharedReader* reader)
    : database_(database),
      redis_(redis),
      reader_(reader),
      shared_(secret),
      metrics_(metrics),
      local_(shared_, limits) {}

redis::Redis* CachedFacts::Trusted() const {
  MutexLock lock(mutex_);
  return distrust_.Passed() ? redis_ : nullptr;
}

void CachedFacts::Distrust() {
  MutexLock lock(mutex_);
  distrust_ = Deadline::After(kDistrust);
}

absl::StatusOr<ports::FactsAnswer> CachedFacts::Read(const Tenant& tenant,
                                                     absl::Span<const domain::ResourceId> resources,
                                                     domain::Month first, domain::Month last,
                                                     Deadline deadline) {
  Lookup lookup{tenant, first, last, deadline, {resources.begin(), resources.end()}, {}};
  lookup.resources.push_back(domain::kCatalogueResource);
  lookup.wanted.resize(lookup.resources.size());

  FollowPointers(lookup);
  if (Trusted() == nullptr) {
    RETURN_IF_ERROR(AskStoreAlone(lookup));
  } else {
    RETURN_IF_ERROR(AskVersions(lookup));
    AskRedis(lookup);
  }
  RETURN_IF_ERROR(AskDatabase(lookup));
  ShareFacts(lookup);
  RETURN_IF_ERROR(SetPointers(lookup));

  ports::FactsAnswer answer;
  answer.catalogue_version = lookup.wanted.back().version;
  lookup.wanted.pop_back();
  answer.resources.reserve(lookup.wanted.size());
  for (Wanted& wanted : lookup.wanted) answer.resources.push_back(std::move(wanted.months));
  return answer;
}

void CachedFacts::AskFreshness(const Tenant& tenant, std::function<void(ports::Freshness)> then) {
  if (reader_ == nullptr || Trusted() == nullptr) return then({});
  ports::Freshness believed = local_.Believed(tenant);
  if (!believed.stamp.empty()) return then(std::move(believed));
  // From before Redis is asked: what it tells held at some moment after.
  const Deadline until = Deadline::After(kStampLife);
  reader_->Get(
      local_.StampKey(tenant), [this, tenant, until, then = std::move(then)](const auto& stamp) {
        if (!stamp.ok()) Distrust();
        const bool known = stamp.ok() && stamp->has_value() && SharedFacts::IsStamp(**stamp);
        const std::string seen = known ? **stamp : std::string();
        then(local_.SawStamp(tenant, seen, until));
      });
}

std::optional<ports::FactsAnswer> CachedFacts::Recall(
    const Tenant& tenant, absl::Span<const domain::ResourceId> resources, domain::Month first,
    domain::Month last, ports::Freshness fresh) {
  // While pointers are not believed, neither is their stamp.
  if (fresh.stamp.empty() || Trusted() == nullptr) return std::nullopt;
  ports::FactsAnswer answer;
  answer.resources.resize(resources.size());
  bool whole = true;
  local_.Visit(tenant, resources, [&](size_t i, LocalFacts::Entry& entry) {
    if (!whole) return;
    if (entry.stamp == fresh.stamp) answer.resources[i] = entry.Get(first, last);
    whole = !answer.resources[i].empty();
  });
  if (!whole) return std::nullopt;
  local_.Visit(tenant, {domain::kCatalogueResource}, [&](size_t, LocalFacts::Entry& entry) {
    whole = entry.stamp == fresh.stamp;
    answer.catalogue_version = entry.version;
  });
  if (!whole) return std::nullopt;
  metrics_.Count("cache_lookups", "local_hit", static_cast<double>(resources.size()));
  return answer;
}

// One round trip for the stamp and the versions of everything, then what this process has of those
// versions.
void CachedFacts::FollowPointers(Lookup& lookup) {
  std::vector<std::string> keys;
  keys.reserve(lookup.wanted.size() + 1);
  local_.Visit(lookup.tenant, lookup.resources, [&](size_t i, LocalFacts::Entry& entry) {
    lookup.wanted[i].id = entry.id;
    keys.push_back(shared_.PointerKey(entry.id));
  });
  redis::Redis* redis = Trusted();
  if (redis == nullptr) return;
  keys.push_back(local_.StampKey(lookup.tenant));
  const Deadline until = Deadline::After(kStampLife);
  const auto values = redis->MultiGet(keys, lookup.deadline);
  if (!values.ok()) {
    Distrust();
    return;
  }
  const std::optional<std::string>& stamp = values->back();
  lookup.stampless = !stamp.has_value() || !SharedFacts::IsStamp(*stamp);
  local_.SawStamp(lookup.tenant, lookup.stampless ? std::string() : *stamp, until);
  Seen seen;
  local_.Visit(lookup.tenant, lookup.resources, [&](size_t i, LocalFacts::Entry& entry) {
    FollowPointer(lookup, i, (*values)[i], entry, seen);
    // Stamp and pointer are of one moment, and the entry is not older than the pointer.
    if (lookup.wanted[i].version >= 0 && !lookup.stampless) entry.stamp = *stamp;
  });
  if (seen.missing > 0) metrics_.Count("cache_lookups", "no_pointer", seen.missing);
  if (seen.poisoned > 0) metrics_.Count("cache_lookups", "poisoned", seen.poisoned);
  if (seen.hits > 0) metrics_.Count("cache_lookups", "local_hit", seen.hits);
}

void CachedFacts::FollowPointer(Lookup& lookup, size_t i, const std::optional<std::string>& pointer,
                                LocalFacts::Entry& entry, Seen& seen) {
  Wanted& wanted = lookup.wanted[i];
  if (!pointer.has_value()) {
    ++seen.missing;
    wanted.set_pointer = true;
    return;
  }
  if (*pointer != entry.pointer) {
    const std::optional<int64_t> version = shared_.ReadPointer(entry.id, *pointer);
    if (!version.has_value()) {
      ++seen.poisoned;
      wanted.poisoned = wanted.set_pointer = true;
      return;
    }
    entry.pointer = *pointer;
    entry.pointer_version = *version;
  }
  entry.Learn(entry.pointer_version);
  wanted.version = entry.version;
  wanted.set_pointer = entry.version > entry.pointer_version;
  if (lookup.IsCatalogue(i)) return;
  wanted.months = entry.Get(lookup.first, lookup.last);
  if (!wanted.months.empty()) ++seen.hits;
}

// Where there is no pointer the database says which version is the newest.
absl::Status CachedFacts::AskVersions(Lookup& lookup) {
  std::vector<domain::ResourceId> resources;
  std::vector<size_t> places;
  bool catalogue = false;
  for (size_t i = 0; i < lookup.wanted.size(); ++i) {
    if (lookup.wanted[i].version >= 0) continue;
    if (lookup.IsCatalogue(i)) {
      catalogue = true;
    } else {
      resources.push_back(lookup.resources[i]);
      places.push_back(i);
    }
  }
  if (resources.empty() && !catalogue) return absl::OkStatus();
  StoredVersions stored;
  const auto read = [&](sql::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(stored, ReadVersions(tx, lookup.tenant, resources));
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(database_.Read(lookup.tenant, lookup.deadline, read));
  if (catalogue) lookup.wanted.back().version = stored.catalogue;
  TakeVersions(lookup, resources, places, stored);
  return absl::OkStatus();
}

void CachedFacts::TakeVersions(Lookup& lookup, const std::vector<domain::ResourceId>& resources,
                               const std::vector<size_t>& places, const StoredVersions& stored) {
  int hits = 0;
  local_.Visit(lookup.tenant, resources, [&](size_t at, LocalFacts::Entry& entry) {
    Wanted& wanted = lookup.wanted[places[at]];
    entry.Learn(stored.resources[at]);
    wanted.version = entry.version;
    wanted.months = entry.Get(lookup.first, lookup.last);
    if (!wanted.months.empty()) ++hits;
  });
  if (hits > 0) metrics_.Count("cache_lookups", "local_hit", hits);
}

// Without Redis: one snapshot of the database gives the versions of what this process remembers,
// and versions with facts of what it does not, in one round trip. Only what is remembered of an
// older version is left for AskDatabase.
absl::Status CachedFacts::AskStoreAlone(Lookup& lookup) {
  std::vector<domain::ResourceId> remembered, unknown;
  std::vector<size_t> remembered_at, unknown_at;
  local_.Visit(lookup.tenant, lookup.resources, [&](size_t i, LocalFacts::Entry& entry) {
    if (lookup.IsCatalogue(i)) return;
    const bool whole = !entry.Get(lookup.first, lookup.last).empty();
    (whole ? remembered : unknown).push_back(lookup.resources[i]);
    (whole ? remembered_at : unknown_at).push_back(i);
  });
  sql::Rows versions, facts;
  const auto read = [&](sql::Transaction& tx) -> absl::Status {
    RETURN_IF_ERROR(adapters::AskVersions(tx, lookup.tenant, remembered, &versions));
    if (unknown.empty()) return absl::OkStatus();
    return AskFacts(tx, lookup.tenant, unknown, lookup.first, lookup.last, &facts);
  };
  RETURN_IF_ERROR(database_.Read(lookup.tenant, lookup.deadline, read));
  const StoredVersions stored = VersionsOf(versions, remembered.size());
  lookup.wanted.back().version = stored.catalogue;
  TakeVersions(lookup, remembered, remembered_at, stored);
  TakeFacts(lookup, unknown, unknown_at, FactsOf(facts, unknown.size(), lookup.first, lookup.last));
  return absl::OkStatus();
}

void CachedFacts::AskRedis(Lookup& lookup) {
  std::vector<std::string> keys;
  std::vector<size_t> places;
  for (size_t i = 0; i < lookup.wanted.size(); ++i) {
    if (!lookup.NeedsFacts(i)) continue;
    places.push_back(i);
    for (domain::Month month = lookup.first; month <= lookup.last; ++month) {
      keys.push_back(shared_.FactKey(lookup.wanted[i].id, lookup.wanted[i].version, month));
    }
  }
  redis::Redis* redis = keys.empty() ? nullptr : Trusted();
  if (redis == nullptr) return;
  const auto values = redis->MultiGet(keys, lookup.deadline);
  if (!values.ok()) {
    Distrust();
    return;
  }
  int hits = 0;
  int poisoned = 0;
  auto value = values->begin();
  for (const size_t place : places) {
    Wanted& wanted = lookup.wanted[place];
    for (domain::Month month = lookup.first; month <= lookup.last; ++month, ++value) {
      if (!value->has_value()) continue;
      auto busy = shared_.ReadFact(wanted.id, wanted.version, month, **value);
      poisoned += busy == nullptr ? 1 : 0;
      if (busy != nullptr) wanted.months.push_back(std::move(busy));
    }
    const bool whole = wanted.months.size() == static_cast<size_t>(lookup.last - lookup.first + 1);
    if (!whole) wanted.months.clear();
    hits += whole ? 1 : 0;
  }
  local_.Visit(lookup.tenant, lookup.resources, [&](size_t i, LocalFacts::Entry& entry) {
    if (!lookup.IsCatalogue(i)) entry.Keep(lookup.wanted[i].version, lookup.wanted[i].months);
  });
  if (hits > 0) metrics_.Count("cache_lookups", "redis_hit", hits);
  if (poisoned > 0) metrics_.Count("cache_lookups", "poisoned", poisoned);
}

absl::Status CachedFacts::AskDatabase(Lookup& lookup) {
  std::vector<domain::ResourceId> resources;
  std::vector<size_t> places;
  for (size_t i = 0; i < lookup.wanted.size(); ++i) {
    if (!lookup.NeedsFacts(i)) continue;
    resources.push_back(lookup.resources[i]);
    places.push_back(i);
  }
  if (resources.empty()) return absl::OkStatus();
  std::vector<StoredFacts> stored;
  const auto read = [&](sql::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(stored, ReadFacts(tx, lookup.tenant, resources, lookup.first, lookup.last));
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(database_.Read(lookup.tenant, lookup.deadline, read));
  TakeFacts(lookup, resources, places, std::move(stored));
  return absl::OkStatus();
}

void CachedFacts::TakeFacts(Lookup& lookup, const std::vector<domain::ResourceId>& resources,
                            const std::vector<size_t>& places, std::vector<StoredFacts> stored) {
  if (resources.empty()) return;
  local_.Visit(lookup.tenant, resources, [&](size_t at, LocalFacts::Entry& entry) {
    Wanted& wanted = lookup.wanted[places[at]];
    // A pointer that was right about the version stays; otherwise it is behind what was just read.
    if (stored[at].version > wanted.version) wanted.set_pointer = true;
    wanted.version = stored[at].version;
    wanted.months = std::move(stored[at].months);
    wanted.share = true;
    entry.Keep(wanted.version, wanted.months);
  });
  metrics_.Count("cache_lookups", "miss", static_cast<double>(resources.size()));
}

void CachedFacts::ShareFacts(const Lookup& lookup) {
  std::vector<redis::Redis::Item> items;
  redis::Redis* redis = Trusted();
  if (redis == nullptr) return;
  for (const Wanted& wanted : lookup.wanted) {
    if (!wanted.share) continue;
    for (const auto& busy : wanted.months) {
      items.push_back({shared_.FactKey(wanted.id, wanted.version, busy->month),
                       shared_.Fact(wanted.id, wanted.version, *busy)});
    }
  }
  if (!items.empty() && !redis->MultiSet(items, kFactTtl, lookup.deadline).ok()) Distrust();
}

// Sets the pointers that Redis lost, then looks whether a commit came in between: its writer may
// have raised the pointer before Redis lost it, and ours would then be the older one.
absl::Status CachedFacts::SetPointers(Lookup& lookup) {
  std::vector<redis::Redis::Item> raise;
  std::vector<redis::Redis::Item> overwrite;
  std::vector<size_t> places;
  for (size_t i = 0; i < lookup.wanted.size(); ++i) {
    const Wanted& wanted = lookup.wanted[i];
    if (!wanted.set_pointer) continue;
    places.push_back(i);
    (wanted.poisoned ? overwrite : raise)
        .push_back({shared_.PointerKey(wanted.id), shared_.Pointer(wanted.id, wanted.version)});
  }
  const redis::Redis::Item stamp = {local_.StampKey(lookup.tenant), SharedFacts::NewStamp()};
  // What is overwritten may be news, so it needs a new stamp, and needs it first: whoever reads the
  // news must find that what it knew under the old stamp has to be looked at again.
  if (!overwrite.empty() || lookup.stampless) overwrite.insert(overwrite.begin(), stamp);
  redis::Redis* redis = overwrite.empty() && raise.empty() ? nullptr : Trusted();
  if (redis == nullptr) return absl::OkStatus();
  if ((!overwrite.empty() && !redis->MultiSet(overwrite, kPointerTtl, lookup.deadline).ok()) ||
      (!raise.empty() && !redis->MultiRaise(raise, stamp, kPointerTtl, lookup.deadline).ok())) {
    Distrust();
    return absl::OkStatus();
  }
  if (places.empty()) return absl::OkStatus();
  std::vector<domain::ResourceId> resources;
  resources.reserve(places.size());
  for (const size_t place : places) resources.push_back(lookup.resources[place]);
  StoredVersions now;
  const auto read = [&](sql::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(now, ReadVersions(tx, lookup.tenant, resources));
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(database_.Read(lookup.tenant, lookup.deadline, read));
  std::vector<domain::ResourceVersion> newer;
  for (size_t at = 0; at < places.size(); ++at) {
    const int64_t version = lookup.IsCatalogue(places[at]) ? now.catalogue : now.resources[at];
    if (version > lookup.wanted[places[at]].version) newer.push_back({resources[at], version});
  }
  if (!newer.empty()) Raise(lookup.tenant, newer);
  return absl::OkStatus();
}

}  // namespace stillpoint::booking::adapters

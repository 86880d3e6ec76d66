// What this process remembers of resources: ids, newest versions, facts. Bounded.
#ifndef STILLPOINT_SERVICES_BOOKING_ADAPTERS_LOCAL_FACTS_H_
#define STILLPOINT_SERVICES_BOOKING_ADAPTERS_LOCAL_FACTS_H_

#include <list>
#include <map>
#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/types/span.h"
#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "common/base/tenant.h"
#include "services/booking/adapters/shared_facts.h"
#include "services/booking/ports/facts.h"

namespace stillpoint::booking::adapters {

// Thread-safe.
class LocalFacts {
 public:
  struct Limits {
    size_t resources = 20'000;  // About 500 bytes each without facts.
    size_t months = 40'000;     // About 1.2 KB each, and six bytes a visit.
  };

  // One resource. `version` never falls: it is the highest that a commit of this process, a pointer
  // or the database has told. `months` are of that version.
  struct Entry {
    std::string organization;
    domain::ResourceId resource;
    std::string id;  // SharedFacts::Id.
    int64_t version = -1;
    // The organization's stamp when `version` was last found to be the newest; empty: never.
    std::string stamp;
    // The pointer as Redis last gave it and what it says: the same bytes need no second MAC, which
    // would cost more than the whole search.
    std::string pointer;
    int64_t pointer_version = -1;
    std::map<domain::Month, std::shared_ptr<const domain::BusyMonth>> months;

    // Takes note of a version; forgets the facts of an older one.
    void Learn(int64_t newest);
    // The months [first, last]; empty if one is missing.
    ports::BusyMonths Get(domain::Month first, domain::Month last) const;
    // Keeps facts unless a newer version is known.
    void Keep(int64_t of_version, const ports::BusyMonths& facts);
  };

  LocalFacts(const SharedFacts& shared, Limits limits) : shared_(shared), limits_(limits) {}

  // Calls `visit(i, entry)` for every resource under one lock, which creates missing entries, and
  // then lets the least recently used go. Entries must not be kept.
  void Visit(const Tenant& tenant, absl::Span<const domain::ResourceId> resources,
             absl::FunctionRef<void(size_t, Entry&)> visit);

  // Takes note of an organization's stamp as Redis gave it, and until when it may be believed
  // without asking again; empty: none. What was found to be the newest under another one is no
  // longer believed, even if that one comes back. Returns what holds from now on.
  ports::Freshness SawStamp(const Tenant& tenant, const std::string& stamp, Deadline believed);
  // The stamp that may still be believed; empty: none.
  ports::Freshness Believed(const Tenant& tenant) const;
  // Takes note of versions that this process has committed, and ends the organization's epoch: also
  // that of what is forgotten by now, or was never known. Calls `visit(i, entry)` for each.
  void Committed(const Tenant& tenant, absl::Span<const domain::ResourceVersion> versions,
                 absl::FunctionRef<void(size_t, const Entry&)> visit);

  // SharedFacts::StampKey of an organization, remembered while it has entries.
  std::string StampKey(const Tenant& tenant);

  size_t resources() const;
  size_t months() const;

 private:
  using Recent = std::list<Entry>;
  struct Organization {
    std::string stamp_key;
    std::string stamp;  // As last seen.
    Deadline believed;  // So long without asking again.
    // Another number whenever the stamp or a known version changes; of all organizations, so that
    // none comes back when one is forgotten.
    int64_t epoch = 0;
    absl::flat_hash_map<domain::ResourceId, Recent::iterator> entries;
  };

  Entry& Find(const Tenant& tenant, Organization& organization, const domain::ResourceId& resource)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void LetGo() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const SharedFacts& shared_;
  const Limits limits_;
  mutable Mutex mutex_;
  Recent recent_ ABSL_GUARDED_BY(mutex_);  // The last used first.
  absl::flat_hash_map<std::string, Organization> organizations_ ABSL_GUARDED_BY(mutex_);
  size_t months_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t epochs_ ABSL_GUARDED_BY(mutex_) = 0;  // The last one given.
};

}  // namespace stillpoint::booking::adapters

#endif  // STILLPOINT_SERVICES_BOOKING_ADAPTERS_LOCAL_FACTS_H_

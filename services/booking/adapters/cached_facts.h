// Facts from process memory, else Redis, else the database: whichever has the version that the
// pointer names. No pointer, or no Redis, and the database says which version is the newest.
//
// Why an answer is never stale: a writer raises its pointers after its commit and before it
// answers, and no pointer is ever lowered (but for garbage, which may be overwritten by what was
// the newest a moment ago, and is looked at again at once). Redis can lose pointers, so a reader
// that sets one from what it read looks at the database again afterwards and raises it if a commit
// came in between. If a raise fails, this process still knows the version (LocalFacts), does not
// believe pointers for a while, and the healer (pointer_healer.h) of every process raises what
// changed lately, once a second: that second is all that another replica can lag behind, and only
// while Redis refuses writers and serves readers.
//
// Why a warm search reads one key and not one for each resource: whoever raises a pointer gives the
// organization a new stamp in the same step. A process that found an entry to be the newest under
// one stamp knows that it still is while Redis tells the same stamp (AskFreshness, Recall).
//
// Why most warm searches read nothing at all: a stamp is believed for kStampLife after it was asked
// for, and whoever raises pointers waits as long before it answers. So a search that begins after a
// change was answered never believes a stamp from before it, whichever process made the change. The
// time is measured as an interval within each process; no two clocks need to agree.
#ifndef STILLPOINT_SERVICES_BOOKING_ADAPTERS_CACHED_FACTS_H_
#define STILLPOINT_SERVICES_BOOKING_ADAPTERS_CACHED_FACTS_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "common/metrics/metrics.h"
#include "common/redis/redis.h"
#include "common/redis/shared_reader.h"
#include "common/sql/database.h"
#include "services/booking/adapters/fact_store.h"
#include "services/booking/adapters/local_facts.h"
#include "services/booking/adapters/shared_facts.h"
#include "services/booking/ports/facts.h"
#include "services/booking/ports/version_pointers.h"

namespace stillpoint::booking::adapters {

// How long a caller that has committed waits for Redis: its answer must not hang on a cache.
inline constexpr absl::Duration kRaiseWait = absl::Milliseconds(100);
// How long a stamp is believed, and how much longer a change takes for it: a tenth of a booking. Of
// a busy server's searches nine in ten, and of a single caller's two in three, then need no Redis.
inline constexpr absl::Duration kStampLife = absl::Microseconds(500);
// After Redis failed, pointers are not believed for this long: two rounds of the healer.
inline constexpr absl::Duration kDistrust = absl::Seconds(2);

// Thread-safe. Counts stillpoint_cache_lookups_total{kind}, one per resource asked for: local_hit,
// redis_hit, miss; and, beside these, no_pointer and poisoned.
class CachedFacts final : public ports::Facts, public ports::VersionPointers {
 public:
  // `redis` may be null: the database's versions are then read at every search, facts come from
  // memory. `reader`, to the same Redis, may be null: nothing is then ever known to be fresh. Its
  // callbacks must have ended before this does. `secret`: the service's, the same in all replicas.
  CachedFacts(sql::Database& database, redis::Redis* redis, const crypto::Key& secret,
              Metrics& metrics, LocalFacts::Limits limits = {},
              redis::SharedReader* reader = nullptr);

  void AskFreshness(const Tenant& tenant, std::function<void(ports::Freshness)> then) override;
  std::optional<ports::FactsAnswer> Recall(const Tenant& tenant,
                                           absl::Span<const domain::ResourceId> resources,
                                           domain::Month first, domain::Month last,
                                           ports::Freshness fresh) override;

  absl::StatusOr<ports::FactsAnswer> Read(const Tenant& tenant,
                                          absl::Span<const domain::ResourceId> resources,
                                          domain::Month first, domain::Month last,
                                          Deadline deadline) override;

  void Raise(const Tenant& tenant, absl::Span<const domain::ResourceVersion> versions) override;

  // Raise, telling whether Redis took it. OK without Redis. When it returns, nobody believes a
  // stamp from before it.
  absl::Status TryRaise(const Tenant& tenant, absl::Span<const domain::ResourceVersion> versions,
                        Deadline deadline);

  const LocalFacts& local() const { return local_; }

 private:
  struct Lookup;  // One Read in progress.
  struct Seen;    // Counts of one step.

  void FollowPointers(Lookup& lookup);
  // What one pointer says of its resource; counts in `seen`.
  void FollowPointer(Lookup& lookup, size_t i, const std::optional<std::string>& pointer,
                     LocalFacts::Entry& entry, Seen& seen);
  absl::Status AskVersions(Lookup& lookup);
  absl::Status AskStoreAlone(Lookup& lookup);
  // Takes versions from the database, and from memory what it has of them.
  void TakeVersions(Lookup& lookup, const std::vector<domain::ResourceId>& resources,
                    const std::vector<size_t>& places, const StoredVersions& stored);
  // Takes facts from the database, of `resources`, which are at `places` of the lookup.
  void TakeFacts(Lookup& lookup, const std::vector<domain::ResourceId>& resources,
                 const std::vector<size_t>& places, std::vector<StoredFacts> stored);
  void AskRedis(Lookup& lookup);
  absl::Status AskDatabase(Lookup& lookup);
  void ShareFacts(const Lookup& lookup);
  absl::Status SetPointers(Lookup& lookup);
  // Redis, if it is there and has not just failed.
  redis::Redis* Trusted() const;
  void Distrust();

  sql::Database& database_;
  redis::Redis* const redis_;
  redis::SharedReader* const reader_;
  const SharedFacts shared_;
  Metrics& metrics_;
  LocalFacts local_;
  mutable Mutex mutex_;
  Deadline distrust_ ABSL_GUARDED_BY(mutex_);  // Passed: pointers are believed.
};

}  // namespace stillpoint::booking::adapters

#endif  // STILLPOINT_SERVICES_BOOKING_ADAPTERS_CACHED_FACTS_H_

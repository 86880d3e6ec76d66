#include "common/rpc/rate_limiter.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/hash/hash.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/mutex.h"
#include "common/error/error.h"
#include "common/log/log.h"

namespace stillpoint::rpc {
namespace {

// So that cores seldom meet: one organization's callers are in one shard, others' mostly in
// another.
constexpr size_t kShards = 16;
// Counts of one round trip; as many calls as are busy in 200 ms, seldom more.
constexpr size_t kPerTrip = 500;
// The thread waits for nothing else, but a round should end before the next.
constexpr absl::Duration kShareWait = absl::Milliseconds(100);
// Counts in Redis that nobody adds to. Longer than a bucket takes to be full again.
constexpr absl::Duration kCountsKept = absl::Seconds(60);
constexpr size_t kKeyBytes = 16;  // Of the MAC: enough that no two callers ever share one.

// Counted in billionths: a limit of n a second is n of them in a nanosecond, without rounding.
constexpr int64_t kToken = 1'000'000'000;

struct Bucket {
  int64_t tokens = 0;           // Below zero: what others took, never what was taken here.
  int64_t kept = 0;             // For when others took it all.
  int64_t filled_ns = 0;        // When that was.
  int64_t unshared = 0;         // Calls since the last exchange.
  std::optional<int64_t> seen;  // The count in Redis after it.
  int64_t refused = 0;          // Since the last line in the log.
};

// One limit, and what it makes of a bucket.
class Rate {
 public:
  explicit Rate(int64_t per_second)
      : per_second_(per_second),
        full_(per_second * absl::ToInt64Nanoseconds(RateLimiter::kBurst)) {}

  bool IsLimit() const { return full_ > 0; }
  Bucket NewBucket(int64_t now_ns) const {
    return {.tokens = full_, .filled_ns = now_ns, .seen = {}};
  }
  bool IsFull(const Bucket& bucket) const { return bucket.tokens >= full_; }
  bool IsHalfEmpty(const Bucket& bucket) const { return bucket.tokens < full_ / 2; }

  void Fill(Bucket& bucket, int64_t now_ns) const {
    if (now_ns <= bucket.filled_ns) return;  // The clock was put back, or another was faster.
    // Twice the burst fills it from the deepest debt; more would overflow.
    const int64_t took =
        std::min(now_ns - bucket.filled_ns, 2 * absl::ToInt64Nanoseconds(RateLimiter::kBurst));
    const int64_t more = took * per_second_;
    bucket.tokens = std::min(full_, bucket.tokens + more);
    bucket.kept = std::min(std::max(kToken, full_ / RateLimiter::kKept),
                           bucket.kept + more / RateLimiter::kKept);
    bucket.filled_ns = now_ns;
  }

  // False: there is none; `*wait`: for how long. `modest`: whoever may have the last ones.
  bool Take(Bucket& bucket, bool modest, absl::Duration* wait) const {
    const int64_t left = modest ? 0 : full_ / RateLimiter::kReserved;
    const int64_t kept_left = modest ? 0 : full_ / RateLimiter::kKept / 2;
    const bool in_debt = bucket.tokens < 0;
    const int64_t missing =
        in_debt ? kept_left + kToken - bucket.kept : left + kToken - bucket.tokens;
    if (missing <= 0) {
      (in_debt ? bucket.kept : bucket.tokens) -= kToken;
      return true;
    }
    const int64_t wait_ns = missing / per_second_ * (in_debt ? RateLimiter::kKept : 1);
    *wait = absl::Milliseconds(wait_ns / 1'000'000 + (wait_ns % 1'000'000 > 0 ? 1 : 0));
    return false;
  }

  // Other replicas let `calls` through.
  void TakeForOthers(Bucket& bucket, int64_t calls) const {
    const int64_t most = bucket.tokens + full_;  // The deepest debt.
    bucket.tokens -= calls > most / kToken ? most : calls * kToken;
  }

 private:
  const int64_t per_second_;
  const int64_t full_;
};

struct Organization {
  Bucket bucket;
  absl::flat_hash_map<std::string, Bucket> callers;
};

// Which bucket: that of a caller, or of its whole organization.
struct Name {
  std::string organization;
  std::optional<std::string> caller;
};

struct Shard {
  Mutex mutex;
  absl::flat_hash_map<std::string, Organization> organizations ABSL_GUARDED_BY(mutex);
  // Organizations for which there was no room share one bucket.
  Bucket rest ABSL_GUARDED_BY(mutex);
  std::vector<Name> to_share ABSL_GUARDED_BY(mutex);  // Those with `unshared`, each once.
  std::vector<Name> to_log ABSL_GUARDED_BY(mutex);    // Those with `refused`, each once.

  Bucket* Find(const Name& name) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    const auto organization = organizations.find(name.organization);
    if (organization == organizations.end()) return nullptr;
    if (!name.caller.has_value()) return &organization->second.bucket;
    const auto caller = organization->second.callers.find(*name.caller);
    return caller == organization->second.callers.end() ? nullptr : &caller->second;
  }
};

// What is to be told of one bucket.
struct Taken {
  Shard* shard;
  Name name;
  int64_t count;
};

absl::Status RateLimited(absl::string_view limit, absl::Duration wait) {
  return Error(absl::StatusCode::kResourceExhausted, "RATE_LIMITED",
               "too many calls in a short time")
      .With("limit", limit)
      .RetryAfter(wait);
}

// Who a line of the log is about: the id of an organization, and a digest of the caller, who may be
// a person.
std::string DigestOf(const Name& name) {
  if (!name.caller.has_value()) return "";
  return absl::BytesToHexString(crypto::Hash(*name.caller).substr(0, 4));
}

}  // namespace

struct RateLimiter::Impl {
  Impl(const Options& o, std::unique_ptr<redis::Redis> r, const crypto::Key& secret, Metrics& m)
      : caller(o.caller),
        organization(o.organization),
        buckets_max(o.buckets_max),
        redis(std::move(r)),
        key(secret.Derive("rate limits")),
        metrics(m) {}

  // Null: there is no room.
  Organization* OrganizationOf(Shard& shard, absl::string_view name, int64_t now_ns)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(shard.mutex);
  Bucket* CallerOf(Organization& of, absl::string_view name, int64_t now_ns);
  // To be told to the other replicas.
  void NoteCall(Shard& shard, Bucket& bucket, const Principal& who, bool whole)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(shard.mutex);
  void NoteRefusal(Shard& shard, Bucket& bucket, const Principal& who, bool whole)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(shard.mutex);

  std::vector<Taken> Collect();
  void Exchange(const std::vector<Taken>& all, absl::Time now);
  void Believe(const Taken& taken, std::optional<int64_t> count, int64_t now_ns);
  void Forget(Shard& shard, int64_t now_ns);
  void Log();
  std::string KeyOf(const Name& name) const;

  const Rate caller;
  const Rate organization;
  const size_t buckets_max;
  const std::unique_ptr<redis::Redis> redis;
  const crypto::Key key;
  Metrics& metrics;
  std::array<Shard, kShards> shards;
  std::atomic<size_t> buckets{0};

  // By whoever shares.
  size_t next_to_forget = 0;
  absl::Time logged = absl::InfinitePast();

  Mutex mutex;
  CondVar changed;
  bool stop ABSL_GUARDED_BY(mutex) = false;
  std::thread thread;
};

Organization* RateLimiter::Impl::OrganizationOf(Shard& shard, absl::string_view name,
                                                int64_t now_ns) {
  const auto found = shard.organizations.find(name);
  if (found != shard.organizations.end()) return &found->second;
  if (buckets >= buckets_max) return nullptr;
  ++buckets;
  Organization& made = shard.organizations[name];
  made.bucket = organization.NewBucket(now_ns);
  return &made;
}

Bucket* RateLimiter::Impl::CallerOf(Organization& of, absl::string_view name, int64_t now_ns) {
  const auto found = of.callers.find(name);
  if (found != of.callers.end()) return &found->second;
  if (buckets >= buckets_max) return nullptr;
  ++buckets;
  return &of.callers.emplace(name, caller.NewBucket(now_ns)).first->second;
}

void RateLimiter::Impl::NoteCall(Shard& shard, Bucket& bucket, const Principal& who, bool whole) {
  if (redis == nullptr || bucket.unshared++ > 0) return;
  shard.to_share.push_back(
      {who.organization, whole ? std::nullopt : std::optional<std::string>(who.subject)});
}

void RateLimiter::Impl::NoteRefusal(Shard& shard, Bucket& bucket, const Principal& who,
                                    bool whole) {
  if (bucket.refused++ > 0) return;
  shard.to_log.push_back(
      {who.organization, whole ? std::nullopt : std::optional<std::string>(who.subject)});
}

RateLimiter::RateLimiter(Options options, std::unique_ptr<redis::Redis> redis,
                         const crypto::Key& secret, Metrics& metrics)
    : impl_(std::make_unique<Impl>(options, std::move(redis), secret, metrics)) {}

RateLimiter::~RateLimiter() {
  {
    MutexLock lock(impl_->mutex);
    impl_->stop = true;
    impl_->changed.NotifyAll();
  }
  if (impl_->thread.joinable()) impl_->thread.join();
}

absl::Status RateLimiter::Take(const Principal& caller, absl::Time now) {
  const Rate& own = impl_->caller;
  const Rate& whole = impl_->organization;
  if (caller.organization.empty() || (!own.IsLimit() && !whole.IsLimit())) return absl::OkStatus();
  const int64_t now_ns = absl::ToUnixNanos(now);
  Shard& shard = impl_->shards[absl::Hash<absl::string_view>()(caller.organization) % kShards];
  const char* limit = nullptr;
  absl::Duration wait;
  {
    MutexLock lock(shard.mutex);
    Organization* organization = impl_->OrganizationOf(shard, caller.organization, now_ns);
    Bucket* bucket = organization == nullptr || !own.IsLimit()
                         ? nullptr
                         : impl_->CallerOf(*organization, caller.subject, now_ns);
    bool modest = true;
    if (bucket != nullptr) {
      own.Fill(*bucket, now_ns);
      if (own.Take(*bucket, /*modest=*/true, &wait)) {
        impl_->NoteCall(shard, *bucket, caller, /*whole=*/false);
        modest = !own.IsHalfEmpty(*bucket);
      } else {
        impl_->NoteRefusal(shard, *bucket, caller, /*whole=*/false);
        limit = "caller";
      }
    }
    if (limit == nullptr && whole.IsLimit()) {
      Bucket& of_all = organization == nullptr ? shard.rest : organization->bucket;
      whole.Fill(of_all, now_ns);
      if (!whole.Take(of_all, modest, &wait)) limit = "organization";
      if (organization != nullptr && limit == nullptr) {
        impl_->NoteCall(shard, of_all, caller, /*whole=*/true);
      } else if (organization != nullptr) {
        impl_->NoteRefusal(shard, of_all, caller, /*whole=*/true);
      }
    }
  }
  if (limit == nullptr) return absl::OkStatus();
  impl_->metrics.Count("rate_limited", limit);
  return RateLimited(limit, wait);
}

size_t RateLimiter::buckets() const { return impl_->buckets; }

std::string RateLimiter::Impl::KeyOf(const Name& name) const {
  const std::string mac = crypto::Mac(
      key, name.caller.has_value() ? crypto::Frame({"caller", name.organization, *name.caller})
                                   : crypto::Frame({"organization", name.organization}));
  return absl::StrCat("stillpoint:v1:calls:",
                      absl::BytesToHexString(absl::string_view(mac).substr(0, kKeyBytes)));
}

std::vector<Taken> RateLimiter::Impl::Collect() {
  std::vector<Taken> all;
  for (Shard& shard : shards) {
    MutexLock lock(shard.mutex);
    for (Name& name : shard.to_share) {
      Bucket* bucket = shard.Find(name);
      if (bucket == nullptr) continue;
      all.push_back({&shard, std::move(name), std::exchange(bucket->unshared, 0)});
    }
    shard.to_share.clear();
  }
  return all;
}

// `count`: what Redis holds now, `taken` included; none: it is not known whether it got there.
void RateLimiter::Impl::Believe(const Taken& taken, std::optional<int64_t> count, int64_t now_ns) {
  MutexLock lock(taken.shard->mutex);
  Bucket* bucket = taken.shard->Find(taken.name);
  if (bucket == nullptr) return;
  const std::optional<int64_t> before = std::exchange(bucket->seen, count);
  // The first look tells nothing of when the others took it. A count that fell began anew.
  if (!count.has_value() || !before.has_value() || *count <= *before + taken.count) return;
  const Rate& rate = taken.name.caller.has_value() ? caller : organization;
  rate.Fill(*bucket, now_ns);
  rate.TakeForOthers(*bucket, *count - *before - taken.count);
}

void RateLimiter::Impl::Exchange(const std::vector<Taken>& all, absl::Time now) {
  const int64_t now_ns = absl::ToUnixNanos(now);
  bool away = redis == nullptr;
  for (size_t first = 0; first < all.size(); first += kPerTrip) {
    const size_t end = std::min(all.size(), first + kPerTrip);
    std::vector<redis::Redis::Increment> items;
    items.reserve(end - first);
    for (size_t i = first; i < end; ++i) items.push_back({KeyOf(all[i].name), all[i].count});
    absl::StatusOr<std::vector<int64_t>> counts = std::vector<int64_t>();
    if (!away) counts = redis->MultiAdd(items, kCountsKept, Deadline::After(kShareWait));
    away = away || !counts.ok();
    for (size_t i = first; i < end; ++i) {
      Believe(all[i], away ? std::nullopt : std::optional<int64_t>((*counts)[i - first]), now_ns);
    }
  }
}

// Whoever is full again is as if new.
void RateLimiter::Impl::Forget(Shard& shard, int64_t now_ns) {
  const auto is_idle = [&](const Rate& rate, Bucket& bucket) {
    rate.Fill(bucket, now_ns);
    return rate.IsFull(bucket) && bucket.unshared == 0 && bucket.refused == 0;
  };
  MutexLock lock(shard.mutex);
  for (auto of = shard.organizations.begin(); of != shard.organizations.end();) {
    buckets -= absl::erase_if(of->second.callers,
                              [&](auto& entry) { return is_idle(caller, entry.second); });
    if (of->second.callers.empty() && is_idle(organization, of->second.bucket)) {
      shard.organizations.erase(of++);
      --buckets;
    } else {
      ++of;
    }
  }
}

void RateLimiter::Impl::Log() {
  int lines = 0;
  for (Shard& shard : shards) {
    std::vector<std::pair<Name, int64_t>> refused;
    {
      MutexLock lock(shard.mutex);
      refused.reserve(shard.to_log.size());
      for (Name& name : shard.to_log) {
        Bucket* bucket = shard.Find(name);
        if (bucket == nullptr) continue;
        refused.emplace_back(std::move(name), std::exchange(bucket->refused, 0));
      }
      shard.to_log.clear();
    }
    for (const auto& [name, count] : refused) {
      if (++lines > kLinesMax) break;  // All of them are in the metrics.
      log::Warning(
          "rate_limited",
          {{"organization", name.organization}, {"caller", DigestOf(name)}, {"calls", count}});
    }
  }
}

void RateLimiter::Share(absl::Time now) {
  impl_->Exchange(impl_->Collect(), now);
  impl_->Forget(impl_->shards[impl_->next_to_forget++ % kShards], absl::ToUnixNanos(now));
  if (now - impl_->logged < kLogEvery) return;
  impl_->logged = now;
  impl_->Log();
}

void RateLimiter::Start() {
  impl_->thread = std::thread([this] {
    while (true) {
      {
        MutexLock lock(impl_->mutex);
        const Deadline next = Deadline::After(kShareEvery);
        while (!impl_->stop && !next.Passed()) impl_->changed.Wait(impl_->mutex, next);
        if (impl_->stop) return;
      }
      Share(absl::Now());
    }
  });
}

}  // namespace stillpoint::rpc

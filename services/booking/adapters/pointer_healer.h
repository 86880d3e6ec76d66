// Raises again the pointers of what changed lately, so that a writer that died between its commit
// and its raise, or found Redis away, hides nothing for longer than a second.
#ifndef STILLPOINT_SERVICES_BOOKING_ADAPTERS_POINTER_HEALER_H_
#define STILLPOINT_SERVICES_BOOKING_ADAPTERS_POINTER_HEALER_H_

#include <thread>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "common/sql/database.h"
#include "services/booking/adapters/cached_facts.h"
#include "services/booking/adapters/fact_store.h"

namespace stillpoint::booking::adapters {

inline constexpr absl::Duration kHealEvery = absl::Seconds(1);
// A change is stamped before its commit, so it may appear this much later than its stamp says:
// longer than any transaction may take.
inline constexpr absl::Duration kHealBack = absl::Minutes(2);

// Heals until it is destroyed. One per process, only where there is Redis.
class PointerHealer {
 public:
  // More changes than `batch` in one round are healed in the next ones.
  PointerHealer(sql::Database& database, CachedFacts& facts, int batch = 5'000);
  ~PointerHealer();

  // One round, as the thread does it: for tests.
  absl::Status Heal(Deadline deadline);

  // Starts the thread.
  void Start();

 private:
  void Loop();

  sql::Database& database_;
  CachedFacts& facts_;
  const int batch_;
  // Store's clock; changes up to here are healed. By one thread.
  ChangePosition healed_;
  Mutex mutex_;
  CondVar changed_;
  bool stop_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace stillpoint::booking::adapters

#endif  // STILLPOINT_SERVICES_BOOKING_ADAPTERS_POINTER_HEALER_H_

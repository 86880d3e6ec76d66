// Whole answers of searches, to be given again while nothing has changed: a calendar asks the same
// week again and again, and most of what an answer costs is writing it down.
//
// Never stale: what an answer followed from (AnswerBasis) is compared with what holds now, by the
// caller, before it is given again.
#ifndef STILLPOINT_SERVICES_BOOKING_APP_REMEMBERED_ANSWERS_H_
#define STILLPOINT_SERVICES_BOOKING_APP_REMEMBERED_ANSWERS_H_

#include <list>
#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "common/base/mutex.h"
#include "common/base/tenant.h"
#include "services/booking/app/search_slots.h"

namespace stillpoint::booking::app {

// Thread-safe. Bounded; the least recently given go first.
class RememberedAnswers {
 public:
  // Some 8,000 weeks of one person each.
  static constexpr size_t kBytesMax = 32 << 20;
  // A larger answer would push out many that are asked for more often.
  static constexpr size_t kAnswerBytesMax = kBytesMax / 256;

  struct Answer {
    Tenant tenant;
    AnswerBasis basis;
    std::string bytes;
  };
  using Shared = std::shared_ptr<const Answer>;

  explicit RememberedAnswers(size_t bytes_max = kBytesMax) : bytes_max_(bytes_max) {}

  // The last answer kept for `key`; null if there is none. `key` is all that an answer depends on
  // but for its basis: who asks, and every byte of the question.
  Shared Find(absl::string_view key);
  // Nothing that is too large is kept.
  void Keep(std::string key, Shared answer);

  size_t bytes() const;

 private:
  // What an entry takes beside its texts, roughly.
  static constexpr size_t kEntryBytes = 400;

  struct Entry {
    std::string key;
    Shared answer;
    size_t bytes() const { return key.size() + answer->bytes.size() + kEntryBytes; }
  };
  using Recent = std::list<Entry>;

  void Forget(Recent::iterator entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const size_t bytes_max_;
  mutable Mutex mutex_;
  Recent recent_ ABSL_GUARDED_BY(mutex_);  // The last given first.
  // Keys are those of the entries.
  absl::flat_hash_map<absl::string_view, Recent::iterator> entries_ ABSL_GUARDED_BY(mutex_);
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace stillpoint::booking::app

#endif  // STILLPOINT_SERVICES_BOOKING_APP_REMEMBERED_ANSWERS_H_

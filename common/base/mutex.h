// Locks that clang's -Wthread-safety checks and ThreadSanitizer understands. absl::Mutex is not
// used: Debian's library is not instrumented, so TSan reports false races in it.
#ifndef STILLPOINT_COMMON_BASE_MUTEX_H_
#define STILLPOINT_COMMON_BASE_MUTEX_H_

#include <chrono>
#include <condition_variable>
#include <mutex>

#include "absl/base/thread_annotations.h"
#include "common/base/clock.h"

namespace stillpoint {

class ABSL_LOCKABLE Mutex {
 public:
  void Lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() { mutex_.lock(); }
  void Unlock() ABSL_UNLOCK_FUNCTION() { mutex_.unlock(); }

 private:
  friend class CondVar;
  std::mutex mutex_;
};

class ABSL_SCOPED_LOCKABLE MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) ABSL_EXCLUSIVE_LOCK_FUNCTION(mutex) : mutex_(mutex) {
    mutex_.Lock();
  }
  ~MutexLock() ABSL_UNLOCK_FUNCTION() { mutex_.Unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

// Every wait has a deadline; spurious wake-ups happen, so callers loop on their condition.
class CondVar {
 public:
  // Returns false once `deadline` has passed.
  bool Wait(Mutex& mutex, Deadline deadline) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    std::unique_lock<std::mutex> lock(mutex.mutex_, std::adopt_lock);
    const auto wait = std::chrono::nanoseconds(absl::ToInt64Nanoseconds(deadline.Remaining()));
    const bool in_time = condition_.wait_for(lock, wait) == std::cv_status::no_timeout;
    lock.release();
    return in_time;
  }
  void NotifyOne() { condition_.notify_one(); }
  void NotifyAll() { condition_.notify_all(); }

 private:
  std::condition_variable condition_;
};

}  // namespace stillpoint

#endif  // STILLPOINT_COMMON_BASE_MUTEX_H_

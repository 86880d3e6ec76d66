#include "services/booking/app/remembered_answers.h"

#include <iterator>
#include <utility>

namespace stillpoint::booking::app {

RememberedAnswers::Shared RememberedAnswers::Find(absl::string_view key) {
  MutexLock lock(mutex_);
  const auto found = entries_.find(key);
  if (found == entries_.end()) return nullptr;
  recent_.splice(recent_.begin(), recent_, found->second);
  return found->second->answer;
}

void RememberedAnswers::Keep(std::string key, Shared answer) {
  if (answer->bytes.size() > kAnswerBytesMax) return;
  MutexLock lock(mutex_);
  const auto found = entries_.find(key);
  if (found != entries_.end()) Forget(found->second);
  recent_.push_front({std::move(key), std::move(answer)});
  entries_[recent_.front().key] = recent_.begin();
  bytes_ += recent_.front().bytes();
  while (bytes_ > bytes_max_) Forget(std::prev(recent_.end()));
}

void RememberedAnswers::Forget(Recent::iterator entry) {
  bytes_ -= entry->bytes();
  entries_.erase(entry->key);
  recent_.erase(entry);
}

size_t RememberedAnswers::bytes() const {
  MutexLock lock(mutex_);
  return bytes_;
}

}  // namespace stillpoint::booking::app

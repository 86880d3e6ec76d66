// Names for new things.
#ifndef STILLPOINT_COMMON_BASE_IDS_H_
#define STILLPOINT_COMMON_BASE_IDS_H_

#include <atomic>
#include <string>

#include "absl/strings/string_view.h"

namespace stillpoint {

// Makes identifiers that are unique over all processes. Thread-safe.
class IdSource {
 public:
  virtual ~IdSource() = default;
  // 20 characters of [a-v0-9]: 100 random bits in base 32 (RFC 4648 "extended hex", lower case).
  virtual std::string Next() = 0;
};

// Random ids from libsodium's generator: nobody can guess one from another.
class RandomIds final : public IdSource {
 public:
  std::string Next() override;
};

// `PREFIX0001`, `PREFIX0002`, ...: for tests that compare whole answers.
class SequenceIds final : public IdSource {
 public:
  explicit SequenceIds(absl::string_view prefix) : prefix_(prefix) {}
  std::string Next() override;

 private:
  const std::string prefix_;
  std::atomic<int> next_{1};
};

// True for what callers may choose as an id: 1-63 characters of [a-z0-9-], neither starting nor
// ending with a hyphen (AIP-122, and digits in front, with which ids of RandomIds may start).
bool IsValidId(absl::string_view id);

}  // namespace stillpoint

#endif  // STILLPOINT_COMMON_BASE_IDS_H_

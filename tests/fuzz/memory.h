// What earlier answers said, so that a request can name a booking that exists or carry an etag that
// is right.
#ifndef STILLPOINT_TESTS_FUZZ_MEMORY_H_
#define STILLPOINT_TESTS_FUZZ_MEMORY_H_

#include <google/protobuf/message.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace stillpoint::fuzz {

// Words that start with "@": `@bookings` is the newest name in that collection, `@etag`,
// `@page_token` and `@cursor` the newest of these; `@huge` is a text of 70,000 bytes.
class Memory {
 public:
  // The integer that stands for the newest `token` (of a lease) in a field of that name.
  static constexpr int64_t kToken = -7;

  Memory();
  // Keeps what `answer` says of organization `o`.
  void Read(const google::protobuf::Message& answer);
  // Replaces every word in `request` that is known; the others stay as they are.
  void Fill(google::protobuf::Message& request) const;
  // The words that a request may carry, known by now or not.
  static const std::vector<std::string>& Words();

 private:
  std::map<std::string, std::string> said_;
  int64_t token_ = 0;
};

}  // namespace stillpoint::fuzz

#endif  // STILLPOINT_TESTS_FUZZ_MEMORY_H_

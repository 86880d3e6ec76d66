// What the fuzzer feeds the suite: calls, one after the other, as text that a person can read.
//
//   BookingService.HoldSlot front_desk
//   parent: "organizations/o"
//   client: "organizations/o/clients/ana"
//   ---
//   Clock +15
//   ---
//   BookingService.ConfirmBooking front_desk =HOLD_EXPIRED
//   name: "@bookings"
//   etag: "@etag"
//
// First line: method, the caller's key, then perhaps `+HEX`, bytes that follow the message on the
// wire, and `=REASON`, with which a story's step is refused. Below it the request in protobuf's
// text format. A string `@WORD` stands for what an earlier answer said (memory.h).
#ifndef STILLPOINT_TESTS_FUZZ_SCRIPT_H_
#define STILLPOINT_TESTS_FUZZ_SCRIPT_H_

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace stillpoint::fuzz {

// One call, or, without a method, a move of the clock.
struct Step {
  const google::protobuf::MethodDescriptor* method = nullptr;
  std::string caller;  // Its bearer key.
  std::unique_ptr<google::protobuf::Message> request;
  std::string tail;    // Bytes after the request on the wire.
  std::string reason;  // With which it must be refused; only stories say so.
  int minutes = 0;     // Of the clock.

  Step Clone() const;
};

using Script = std::vector<Step>;

// Calls of one script; more are cut off. A journal (main.cc) is a script too.
inline constexpr size_t kStepsMax = 2000;

// Every method of some services, by "Service.Method".
class Api {
 public:
  // `services`: full proto names. Aborts if there is no such service.
  explicit Api(const std::vector<std::string>& services);

  const google::protobuf::MethodDescriptor* Find(absl::string_view name) const;
  const std::map<std::string, const google::protobuf::MethodDescriptor*, std::less<>>& methods()
      const {
    return methods_;
  }
  // Nullopt: the text is not a script.
  std::optional<Script> Parse(absl::string_view text) const;

 private:
  std::optional<Step> ParseStep(absl::string_view text) const;

  std::map<std::string, const google::protobuf::MethodDescriptor*, std::less<>> methods_;
};

// "BookingService.HoldSlot"
std::string NameOf(const google::protobuf::MethodDescriptor& method);
// An empty request of the method.
std::unique_ptr<google::protobuf::Message> NewRequest(
    const google::protobuf::MethodDescriptor& method);
std::string Print(const Step& step);
std::string Print(const Script& script);

}  // namespace stillpoint::fuzz

#endif  // STILLPOINT_TESTS_FUZZ_SCRIPT_H_

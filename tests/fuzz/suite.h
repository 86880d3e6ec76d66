// The three services in one process, wired as their mains wire them: SQLite in memory, a clock that
// only scripts move, and each asking the others over gRPC. What is served is the real edge.
#ifndef STILLPOINT_TESTS_FUZZ_SUITE_H_
#define STILLPOINT_TESTS_FUZZ_SUITE_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace stillpoint::fuzz {

// Monday 2027-03-08, 06:00 in Edmonton.
inline constexpr absl::Time kFuzzStart = absl::FromUnixSeconds(1'804'510'800);

// The keys of the callers: one of every role in organization `o`, named like it; `bound_manager`,
// who has clinic `c` only; `stranger` and `strange_desk` of organization `x`; `nobody`, unknown.
const std::vector<std::string>& FuzzCallers();
// Whether that caller belongs to organization `o`: nothing of another's may reach it.
bool IsOfO(const std::string& caller);

// Every service, by its full proto name.
const std::vector<std::string>& FuzzServices();

// One answer, as it was on the wire.
struct Answer {
  grpc::Status status;
  std::string bytes;
  absl::Duration took;
};

class Suite {
 public:
  Suite();
  ~Suite();

  // `method`: "/package.Service/Method".
  Answer Call(const std::string& method, const std::string& caller, const std::string& request);
  void Advance(absl::Duration by);  // The clock.
  void SetClock(absl::Time now);
  // The notification service takes in what happened to bookings.
  void Relay();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace stillpoint::fuzz

#endif  // STILLPOINT_TESTS_FUZZ_SUITE_H_

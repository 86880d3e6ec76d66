// What must be true of every answer, whatever was asked.
#ifndef STILLPOINT_TESTS_FUZZ_JUDGE_H_
#define STILLPOINT_TESTS_FUZZ_JUDGE_H_

#include <google/protobuf/message.h>

#include <set>
#include <string>

#include "tests/fuzz/script.h"
#include "tests/fuzz/suite.h"

namespace stillpoint::fuzz {

// Stands in every text that organization `x` has of its own, and in no request of the fuzzer.
inline constexpr char kSecretOfX[] = "Quokka9417";

class Judge {
 public:
  // Reads the catalogue of reasons from protos/README.md. Aborts if it holds none.
  explicit Judge(const std::string& source_dir);

  // What is wrong, or empty: a fault of ours instead of a refusal, a call that took too long, a
  // refusal without a reason of the catalogue, an answer that is not of its type, or something of
  // organization `x` in what a caller of `o` is told. `request` is what went over the wire.
  // `parsed`: an empty answer of the method's type, which is filled.
  std::string Check(const Step& step, const std::string& request, const Answer& answer,
                    google::protobuf::Message* parsed) const;
  // The reason of a refusal, or "OK".
  static std::string ReasonOf(const Answer& answer);

 private:
  std::set<std::string> reasons_;
};

}  // namespace stillpoint::fuzz

#endif  // STILLPOINT_TESTS_FUZZ_JUDGE_H_

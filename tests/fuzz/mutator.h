// Changes scripts by what the descriptors say about each field, so that most of what comes out gets
// past the parser and reaches the code that judges it.
#ifndef STILLPOINT_TESTS_FUZZ_MUTATOR_H_
#define STILLPOINT_TESTS_FUZZ_MUTATOR_H_

#include <google/protobuf/message.h>

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "tests/fuzz/script.h"

namespace stillpoint::fuzz {

// Where mutation starts from: a valid request of every method, within the story that leads to it.
class Seeds {
 public:
  // `fuzzed`: the methods that are chosen, each as often as another.
  Seeds(std::vector<Script> stories, std::vector<std::string> fuzzed);

  const std::vector<std::string>& fuzzed() const { return fuzzed_; }
  // One call.
  Script First() const;
  // The values that requests carry in string fields of that name.
  const std::vector<std::string>& ValuesOf(const std::string& field) const;
  // One of the places at which `method` is called, with up to `before` steps that lead there.
  Script Pick(const std::string& method, size_t before, std::mt19937& random) const;

 private:
  struct Place {
    size_t story, step;
  };
  void Collect(const google::protobuf::Message& message);

  const std::vector<Script> stories_;
  const std::vector<std::string> fuzzed_;
  std::map<std::string, std::vector<Place>> places_;
  std::map<std::string, std::vector<std::string>> values_;
};

// The choices of one mutation: the same seed makes the same.
class Mutator {
 public:
  Mutator(const Seeds& seeds, unsigned seed) : seeds_(seeds), random_(seed) {}

  // Changes `script`, or starts anew from a story. Never empty afterwards, at most a few steps.
  void Mutate(Script& script);
  // Some of `a`, then some of `b`.
  Script Cross(const Script& a, const Script& b);

 private:
  using Message = google::protobuf::Message;
  using Field = google::protobuf::FieldDescriptor;

  size_t Below(size_t bound) {
    return std::uniform_int_distribution<size_t>(0, bound - 1)(random_);
  }
  bool OneIn(size_t n) { return Below(n) == 0; }
  template <typename T>
  const T& OneOf(const std::vector<T>& all) {
    return all[Below(all.size())];
  }

  void StartAnew(Script& script);
  void ChangeStep(Step& step);
  void ChangeMessage(Message& message, int depth);
  void ChangeField(Message& message, const Field& field, int depth);
  void ChangeRepeated(Message& message, const Field& field, int depth);
  // Adds one element to a repeated field.
  void Append(Message& message, const Field& field, int depth);
  void SetScalar(Message& message, const Field& field);
  void SetInstant(Message& message);
  std::string NewString(const std::string& field, std::string old);
  int64_t NewInt(int64_t old);
  double NewDouble(double old);
  int NewEnum(const google::protobuf::EnumDescriptor& type);

  const Seeds& seeds_;
  std::mt19937 random_;
};

}  // namespace stillpoint::fuzz

#endif  // STILLPOINT_TESTS_FUZZ_MUTATOR_H_

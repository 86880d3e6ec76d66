// The seed of a random test.
#ifndef STILLPOINT_COMMON_TESTING_SEED_H_
#define STILLPOINT_COMMON_TESTING_SEED_H_

#include <cstdint>
#include <cstdlib>
#include <random>

#include "absl/strings/numbers.h"

namespace stillpoint::testing {

// What TEST_SEED says, else another one each time. A test prints it, so that its failure can
// be repeated; tests/run sets it once for all.
inline uint64_t Seed() {
  const char* text = std::getenv("TEST_SEED");
  uint64_t seed = 0;
  return text != nullptr && absl::SimpleAtoi(text, &seed) ? seed : std::random_device{}();
}

}  // namespace stillpoint::testing

#endif  // STILLPOINT_COMMON_TESTING_SEED_H_

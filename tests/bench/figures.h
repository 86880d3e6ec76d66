// What a benchmark measured, beside the bare limit measured in the same run.
#ifndef STILLPOINT_TESTS_BENCH_FIGURES_H_
#define STILLPOINT_TESTS_BENCH_FIGURES_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace stillpoint::bench {

// One run of one side.
struct Sample {
  double per_second = 0;
  double p50_ms = 0;
  double p99_ms = 0;
  int64_t errors = 0;  // Calls that did not do what they should have.
};

// Latencies in nanoseconds, any order, over `seconds`.
Sample Summarise(std::vector<int64_t> latencies_ns, double seconds, int64_t errors);

// One line of output.
struct Figure {
  std::string name;
  std::string unit;
  std::string limit_name;
  int in_flight;
};

// Runs both sides alternately `rounds` times, so that a slow minute of the machine slows both, and
// prints the median of each as one JSON line. Returns the errors of both sides.
int64_t Compare(const Figure& figure, int rounds, const std::function<Sample()>& ours,
                const std::function<Sample()>& limit);

// One line of output for a value that may be `limit` at most; the ratio is value / limit. False if
// it is more.
bool PrintAtMost(const std::string& name, const std::string& unit, double value,
                 const std::string& limit_name, double limit);

}  // namespace stillpoint::bench

#endif  // STILLPOINT_TESTS_BENCH_FIGURES_H_

#include "tests/bench/figures.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace stillpoint::bench {
namespace {

double Millis(const std::vector<int64_t>& sorted, double quantile) {
  if (sorted.empty()) return 0;
  const size_t at = std::min(sorted.size() - 1, static_cast<size_t>(quantile * sorted.size()));
  return static_cast<double>(sorted[at]) / 1e6;
}

// The sample in the middle by rate.
Sample Median(std::vector<Sample> samples) {
  std::sort(samples.begin(), samples.end(),
            [](const Sample& a, const Sample& b) { return a.per_second < b.per_second; });
  return samples[samples.size() / 2];
}

double Rounded(double value) {
  return static_cast<double>(static_cast<int64_t>(value * 1000)) / 1000;
}

}  // namespace

Sample Summarise(std::vector<int64_t> latencies_ns, double seconds, int64_t errors) {
  std::sort(latencies_ns.begin(), latencies_ns.end());
  return {.per_second = static_cast<double>(latencies_ns.size()) / seconds,
          .p50_ms = Millis(latencies_ns, 0.5),
          .p99_ms = Millis(latencies_ns, 0.99),
          .errors = errors};
}

int64_t Compare(const Figure& figure, int rounds, const std::function<Sample()>& ours,
                const std::function<Sample()>& limit) {
  std::vector<Sample> our_samples, limit_samples;
  int64_t errors = 0;
  for (int i = 0; i < rounds; ++i) {
    limit_samples.push_back(limit());
    our_samples.push_back(ours());
    // A limit that failed limits nothing.
    errors += our_samples.back().errors + limit_samples.back().errors;
  }
  const Sample us = Median(our_samples);
  const Sample bare = Median(limit_samples);
  if (bare.per_second <= 0) ++errors;
  const nlohmann::ordered_json line = {
      {"name", figure.name},
      {"value", Rounded(us.per_second)},
      {"unit", figure.unit},
      {"limit_name", figure.limit_name},
      {"limit", Rounded(bare.per_second)},
      {"ratio", Rounded(bare.per_second > 0 ? us.per_second / bare.per_second : 0)},
      {"p50_ms", Rounded(us.p50_ms)},
      {"p99_ms", Rounded(us.p99_ms)},
      {"limit_p50_ms", Rounded(bare.p50_ms)},
      {"limit_p99_ms", Rounded(bare.p99_ms)},
      {"in_flight", figure.in_flight},
      {"errors", errors}};
  std::printf("%s\n", line.dump().c_str());
  std::fflush(stdout);
  return errors;
}

bool PrintAtMost(const std::string& name, const std::string& unit, double value,
                 const std::string& limit_name, double limit) {
  const nlohmann::ordered_json line = {{"name", name},   {"value", Rounded(value)},
                                       {"unit", unit},   {"limit_name", limit_name},
                                       {"limit", limit}, {"ratio", Rounded(value / limit)}};
  std::printf("%s\n", line.dump().c_str());
  std::fflush(stdout);
  return value <= limit;
}

}  // namespace stillpoint::bench

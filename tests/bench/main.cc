// stillpoint-bench [NAME...]: prints one JSON line per figure. tests/bench/run builds and calls it.
// --check: one of them in small, as a test of what they are made of.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "tests/bench/benches.h"
#include "tests/bench/servers.h"

namespace {

struct Bench {
  const char* name;
  bool (*run)();
};

constexpr Bench kBenches[] = {
    {"search_hit", stillpoint::bench::SearchHit},
    {"search_hit_mtls", stillpoint::bench::SearchHitMtls},
    {"search_warm", stillpoint::bench::SearchWarm},
    {"search_month", stillpoint::bench::SearchMonth},
    {"search_any", stillpoint::bench::SearchAny},
    {"search_any_all", stillpoint::bench::SearchAnyAll},
    {"next_available", stillpoint::bench::NextAvailable},
    {"search_miss", stillpoint::bench::SearchMiss},
    {"create_booking_sqlite", stillpoint::bench::CreateBookingSqlite},
    {"create_booking_postgres", stillpoint::bench::CreateBookingPostgres},
    {"race", stillpoint::bench::Race},
    {"book_cancel_mix", stillpoint::bench::BookCancelMix},
    {"lease_notifications", stillpoint::bench::LeaseNotifications},
    {"isolation", stillpoint::bench::Isolation},
    {"growth_practitioners", stillpoint::bench::GrowthPractitioners},
    {"growth_past", stillpoint::bench::GrowthPast},
    {"memory", stillpoint::bench::Memory},
};

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  // As our servers do, so that the echo is not held back by what they have switched off.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  if ((words.size() == 3 || words.size() == 6) && words[0] == "--serve-echo") {
    stillpoint::rpc::TlsFiles tls;
    if (words.size() == 6) tls = {words[3], words[4], words[5]};
    return stillpoint::bench::ServeEcho(std::atoi(words[1].c_str()), std::atoi(words[2].c_str()),
                                        tls);
  }
  if (words.size() == 2 && words[0] == "--serve-clearance") {
    return stillpoint::bench::ServeClearance(std::atoi(words[1].c_str()));
  }
  if (words.size() == 1 && words[0] == "--check") return stillpoint::bench::CheckGrowth() ? 0 : 1;
  bool ok = true;
  size_t known = 0;
  for (const Bench& bench : kBenches) {
    bool wanted = words.empty();
    for (const std::string& word : words) {
      if (word == bench.name) {
        wanted = true;
        ++known;
      }
    }
    if (wanted && !bench.run()) {
      std::fprintf(stderr, "bench: %s was not as it should be\n", bench.name);
      ok = false;
    }
  }
  if (known != words.size()) {
    std::fprintf(stderr, "usage: stillpoint-bench [NAME...]; names:");
    for (const Bench& bench : kBenches) std::fprintf(stderr, " %s", bench.name);
    std::fprintf(stderr, "\n");
    return 2;
  }
  return ok ? 0 : 1;
}

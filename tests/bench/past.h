// Bookings of the past, which nobody can make through the API.
#ifndef STILLPOINT_TESTS_BENCH_PAST_H_
#define STILLPOINT_TESTS_BENCH_PAST_H_

#include <string>

#include "absl/status/status.h"

namespace stillpoint::bench {

// So many completed visits of the workload's practitioners and rooms, straight into the tables of
// the booking database at `url` (PostgreSQL): each person's the one after the other, the last ends
// an hour ago. `count` is a multiple of the practitioners. Every row goes through all indexes and
// constraints, as it did when it was booked. Takes some two minutes for a million.
absl::Status FillPast(const std::string& url, int count);

// What autovacuum does in time: gives the planner statistics of what is there.
absl::Status Analyze(const std::string& url);

}  // namespace stillpoint::bench

#endif  // STILLPOINT_TESTS_BENCH_PAST_H_

// The benchmarks by name. Each prints its figures and returns false when something was not as it
// should be: a wrong answer, a refusal without cause.
#ifndef STILLPOINT_TESTS_BENCH_BENCHES_H_
#define STILLPOINT_TESTS_BENCH_BENCHES_H_

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "common/rpc/client.h"
#include "common/sql/database.h"
#include "stillpoint/booking/v1/booking_service.pb.h"
#include "tests/bench/workload.h"

namespace stillpoint::bench {

bool SearchHit();
bool SearchMonth();
bool SearchAny();
bool SearchAnyAll();
bool NextAvailable();
bool SearchMiss();
bool CreateBookingSqlite();
bool CreateBookingPostgres();
bool Race();
bool BookCancelMix();
bool LeaseNotifications();

// Loads the booked 70 % through CreateBooking.
bool LoadBookings(const rpc::Peer& desk);
// The request that books `place` for the n-th client in turn.
void FillBooking(const Calendar& calendar, Place place, int n,
                 booking::v1::CreateBookingRequest* request);

// Raises the version of every practitioner and room again and again, every 2 ms, as writers
// elsewhere would, until destroyed: what a process remembers of them is always out of date.
class VersionBumper {
 public:
  explicit VersionBumper(const std::string& url);
  ~VersionBumper();

 private:
  std::unique_ptr<sql::Database> database_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace stillpoint::bench

#endif  // STILLPOINT_TESTS_BENCH_BENCHES_H_

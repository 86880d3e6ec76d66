// The benchmarks by name. Each prints its figures and returns false when something was not as it
// should be: a wrong answer, a refusal without cause.
#ifndef STILLPOINT_TESTS_BENCH_BENCHES_H_
#define STILLPOINT_TESTS_BENCH_BENCHES_H_

#include "common/rpc/client.h"
#include "stillpoint/booking/v1/booking_service.pb.h"
#include "tests/bench/workload.h"

namespace stillpoint::bench {

bool SearchHit();
bool SearchHitMtls();
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
bool Isolation();

// Loads the booked 70 % through CreateBooking.
bool LoadBookings(const rpc::Peer& desk);
// The request that books `place` for the n-th client in turn.
void FillBooking(const Calendar& calendar, Place place, int n,
                 booking::v1::CreateBookingRequest* request);

}  // namespace stillpoint::bench

#endif  // STILLPOINT_TESTS_BENCH_BENCHES_H_

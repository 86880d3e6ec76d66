// The benchmarks by name. Each prints its figures and returns false when something was not as it
// should be: a wrong answer, a refusal without cause.
#ifndef STILLPOINT_TESTS_BENCH_BENCHES_H_
#define STILLPOINT_TESTS_BENCH_BENCHES_H_

#include <atomic>
#include <vector>

#include "common/rpc/client.h"
#include "stillpoint/booking/v1/availability_service.pb.h"
#include "stillpoint/booking/v1/booking_service.pb.h"
#include "tests/bench/closed_loop.h"
#include "tests/bench/workload.h"

namespace stillpoint::bench {

bool SearchHit();
bool SearchHitMtls();
bool SearchWarm();
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
bool GrowthPractitioners();
bool GrowthPast();
bool Memory();
// A short growth_past with little data, for its wiring: a test.
bool CheckGrowth();

// Days [from_day, until_day) of the four weeks, of one practitioner or (-1) of all.
booking::v1::SearchSlotsRequest AskSlots(const Calendar& calendar, int practitioner, int from_day,
                                         int until_day, int page_size);
// S1: one random practitioner, one random week of the four, all free starts.
booking::v1::SearchSlotsRequest RandomWeek(const Calendar& calendar, uint32_t n);

// A closed loop that books `places` from number `next` on.
Sample CreateBookings(const rpc::Peer& desk, int in_flight, LoopTimes times,
                      const Calendar& calendar, const std::vector<Place>& places,
                      std::atomic<size_t>& next);
// Loads the booked 70 % through CreateBooking.
bool LoadBookings(const rpc::Peer& desk);
// The request that books `place` for the n-th client in turn.
void FillBooking(const Calendar& calendar, Place place, int n,
                 booking::v1::CreateBookingRequest* request);

}  // namespace stillpoint::bench

#endif  // STILLPOINT_TESTS_BENCH_BENCHES_H_

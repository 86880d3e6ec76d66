// race: R(32), 100 rounds; book_cancel_mix: 16 callers on 2 practitioners against 16 on 16.
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/error/error.h"
#include "stillpoint/booking/v1/booking_service.grpc.pb.h"
#include "tests/bench/benches.h"
#include "tests/bench/closed_loop.h"
#include "tests/bench/servers.h"

namespace stillpoint::bench {
namespace {

namespace pb = ::stillpoint::booking::v1;

constexpr int kRacers = 32;
constexpr int kRounds = 100;
constexpr double kRoundMaxMs = 50;  // Half of the rounds end sooner.
constexpr int kCallers = 16;
constexpr absl::Duration kCallMax = absl::Seconds(20);

int CountLines(const std::string& path, absl::string_view text) {
  std::ifstream log(path);
  int count = 0;
  for (std::string line; std::getline(log, line);) {
    if (absl::StrContains(line, text)) ++count;
  }
  return count;
}

// A server on a durable PostgreSQL, with the catalogue of the workload.
struct World {
  World() : postgres(testing::Postgres::StartOwn(/*durable=*/true)) {
    servers.StartBooking(postgres->NewDatabase(), redis.address());
    ready = LoadCatalogue(servers.Booking("operator"), servers.Booking("owner")).ok();
  }
  int deadlocks() const { return CountLines(postgres->log_path(), "deadlock detected"); }

  Servers servers;
  testing::RedisServer redis;
  const std::unique_ptr<testing::Postgres> postgres;
  bool ready = false;
};

absl::StatusOr<pb::Booking> Book(pb::BookingService::Stub& stub, const rpc::Peer& desk,
                                 const pb::CreateBookingRequest& request) {
  grpc::ClientContext context;
  desk.Prepare(context, Deadline::After(kCallMax));
  pb::CreateBookingResponse response;
  const absl::Status status = rpc::FromGrpc(stub.CreateBooking(&context, request, &response));
  if (!status.ok()) return status;
  return response.booking();
}

bool Cancel(pb::BookingService::Stub& stub, const rpc::Peer& desk, const pb::Booking& booking) {
  grpc::ClientContext context;
  desk.Prepare(context, Deadline::After(kCallMax));
  pb::CancelBookingRequest request;
  request.set_name(booking.name());
  request.set_reason(pb::Booking::CANCEL_REASON_CLIENT);
  pb::CancelBookingResponse response;
  return rpc::FromGrpc(stub.CancelBooking(&context, request, &response)).ok();
}

struct Round {
  int won = 0;
  int refused = 0;  // SLOT_TAKEN; whatever else is wrong.
  double ms = 0;
};

// All for one time of one practitioner, each for another client.
Round RaceOnce(pb::BookingService::Stub& stub, const rpc::Peer& desk, const Calendar& calendar,
               Place place) {
  std::atomic<int> ready{0}, won{0}, refused{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < kRacers; ++i) {
    threads.emplace_back([&, i] {
      pb::CreateBookingRequest request;
      FillBooking(calendar, place, i, &request);
      request.set_request_id(absl::StrCat("race-", place.practitioner, "-", place.slot, "-", i));
      ++ready;
      while (ready < kRacers) std::this_thread::yield();
      const auto booking = Book(stub, desk, request);
      if (booking.ok()) ++won;
      if (ReasonOf(booking.status()) == "SLOT_TAKEN") ++refused;
    });
  }
  while (ready < kRacers) std::this_thread::yield();
  const absl::Time begun = absl::Now();
  for (std::thread& thread : threads) thread.join();
  return {won, refused, absl::ToDoubleMilliseconds(absl::Now() - begun)};
}

// 16 callers who book a time of their own and cancel it again, on so many practitioners.
Sample BookAndCancel(const rpc::Peer& desk, const Calendar& calendar, int practitioners,
                     std::atomic<int>& calls) {
  const auto stub = pb::BookingService::NewStub(desk.channel());
  std::atomic<int> callers{0};
  return ThreadLoop(
      kCallers, {.warm_up = absl::Milliseconds(300), .measured = absl::Seconds(2)},
      [&]() -> std::optional<bool> {
        thread_local int number = callers.fetch_add(1);
        const Place place{number % practitioners, kSlotsBooked + number / practitioners};
        pb::CreateBookingRequest request;
        FillBooking(calendar, place, number, &request);
        request.set_request_id(absl::StrCat("mix-", calls.fetch_add(1)));
        const auto booking = Book(*stub, desk, request);
        return booking.ok() && Cancel(*stub, desk, *booking);
      });
}

}  // namespace

bool Race() {
  const World world;
  if (!world.ready) return false;
  const rpc::Peer desk = world.servers.Booking("front_desk");
  const auto stub = pb::BookingService::NewStub(desk.channel());
  const Calendar calendar;
  const std::vector<Place> places = FreshPlaces();
  std::vector<double> times;
  int one_winner = 0;
  for (int round = 0; round < kRounds; ++round) {
    const Round result = RaceOnce(*stub, desk, calendar, places[round]);
    if (result.won == 1 && result.refused == kRacers - 1) ++one_winner;
    times.push_back(result.ms);
  }
  std::sort(times.begin(), times.end());
  const double p50 = times[times.size() / 2];
  const nlohmann::ordered_json line = {{"name", "race"},
                                       {"value", p50},
                                       {"unit", "ms"},
                                       {"limit_name", "round"},
                                       {"limit", kRoundMaxMs},
                                       {"p99_ms", times[times.size() * 99 / 100]},
                                       {"in_flight", kRacers},
                                       {"rounds", kRounds},
                                       {"rounds_with_one_winner", one_winner},
                                       {"deadlocks", world.deadlocks()}};
  std::printf("%s\n", line.dump().c_str());
  std::fflush(stdout);
  return one_winner == kRounds && world.deadlocks() == 0 && p50 < kRoundMaxMs;
}

bool BookCancelMix() {
  const World world;
  if (!world.ready) return false;
  const rpc::Peer desk = world.servers.Booking("front_desk");
  const Calendar calendar;
  std::atomic<int> calls{0};
  const int64_t errors = Compare(
      {"book_cancel_mix", "1/s", "uncontended", kCallers}, 3,
      [&] { return BookAndCancel(desk, calendar, /*practitioners=*/2, calls); },
      [&] { return BookAndCancel(desk, calendar, /*practitioners=*/kCallers, calls); });
  return errors == 0 && world.deadlocks() == 0;
}

}  // namespace stillpoint::bench

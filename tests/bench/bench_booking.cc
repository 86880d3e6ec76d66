// create_booking_sqlite and create_booking_postgres: B1 against the same rows inserted by hand.
#include <atomic>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/ids.h"
#include "common/sql/migrate.h"
#include "services/booking/adapters/migrations.h"
#include "stillpoint/booking/v1/booking_service.grpc.pb.h"
#include "tests/bench/benches.h"
#include "tests/bench/closed_loop.h"
#include "tests/bench/raw_bookings.h"
#include "tests/bench/servers.h"

namespace stillpoint::bench {
namespace {

namespace pb = ::stillpoint::booking::v1;

constexpr LoopTimes kTimes = {.warm_up = absl::Milliseconds(300), .measured = absl::Seconds(1)};

RawBooking RawOf(const Calendar& calendar, Place place, size_t n, IdSource& ids) {
  const absl::Time start = calendar.StartOf(place.slot);
  return {.id = ids.Next(),
          .practitioner = absl::StrCat("practitioners/", PractitionerId(place.practitioner)),
          .room = absl::StrCat("clinics/berlin/rooms/r", place.practitioner),
          .client = absl::StrCat("c", n % kClients),
          .start_us = absl::ToUnixMicros(start),
          .end_us = absl::ToUnixMicros(start + absl::Minutes(30))};
}

// Bookings by hand on `in_flight` threads; `writers` has one for each, or one for all.
template <typename Writer>
Sample InsertRaw(int in_flight, std::atomic<size_t>& next, const std::vector<Place>& places,
                 const Calendar& calendar, const std::vector<std::unique_ptr<Writer>>& writers) {
  RandomIds ids;
  std::atomic<size_t> threads{0};
  return ThreadLoop(in_flight, kTimes, [&]() -> std::optional<bool> {
    thread_local size_t number = threads.fetch_add(1);
    const size_t n = next.fetch_add(1);
    if (n >= places.size()) return std::nullopt;
    return writers[number % writers.size()]->Insert(RawOf(calendar, places[n], n, ids));
  });
}

// `writers(n)` makes what inserts by hand for n threads.
template <typename Writers>
bool Run(const std::string& name, Servers& servers, const std::string& raw_url,
         const std::string& limit_name, const Writers& writers) {
  if (!LoadCatalogue(servers.Booking("operator"), servers.Booking("owner")).ok()) return false;
  auto raw = sql::Database::Open(raw_url, {.connections = 1, .clock = nullptr});
  if (!raw.ok() ||
      !sql::Migrate(**raw, booking::adapters::Migrations(), Deadline::After(absl::Seconds(20)))
           .ok()) {
    std::fprintf(stderr, "bench: the database for the bare inserts does not open\n");
    return false;
  }
  const rpc::Peer desk = servers.Booking("front_desk");
  const Calendar calendar;
  const std::vector<Place> places = FreshPlaces();
  std::atomic<size_t> next{0}, next_raw{0};
  int64_t errors = 0;
  for (const int in_flight : {8, 32}) {
    const auto by_hand = writers(in_flight);
    errors += Compare(
        {name, "1/s", limit_name, in_flight}, 3,
        [&] { return CreateBookings(desk, in_flight, kTimes, calendar, places, next); },
        [&] { return InsertRaw(in_flight, next_raw, places, calendar, by_hand); });
  }
  return errors == 0;
}

}  // namespace

void FillBooking(const Calendar& calendar, Place place, int n, pb::CreateBookingRequest* request) {
  request->set_parent("organizations/bench");
  request->set_client(ClientName(n % kClients));
  pb::SlotRequest& slot = *request->mutable_slot();
  slot.set_clinic("organizations/bench/clinics/berlin");
  slot.set_offering("organizations/bench/offerings/visit");
  slot.set_duration_minutes(30);
  slot.set_practitioner(
      absl::StrCat("organizations/bench/practitioners/", PractitionerId(place.practitioner)));
  *slot.mutable_start_time() = rpc::ToProto(calendar.StartOf(place.slot));
  request->set_request_id(absl::StrCat("b-", place.practitioner, "-", place.slot));
}

Sample CreateBookings(const rpc::Peer& desk, int in_flight, LoopTimes times,
                      const Calendar& calendar, const std::vector<Place>& places,
                      std::atomic<size_t>& next) {
  const auto stub = pb::BookingService::NewStub(desk.channel());
  GrpcLoop<pb::CreateBookingRequest, pb::CreateBookingResponse> loop(
      desk,
      [&](pb::CreateBookingRequest* request) {
        const size_t n = next.fetch_add(1);
        if (n >= places.size()) return false;
        FillBooking(calendar, places[n], static_cast<int>(n), request);
        return true;
      },
      [&](auto* context, auto* request, auto* response, auto done) {
        stub->async()->CreateBooking(context, request, response, std::move(done));
      });
  return loop.Run(in_flight, times);
}

bool CreateBookingSqlite() {
  Servers servers;
  testing::RedisServer redis;
  servers.StartBooking(absl::StrCat("sqlite:", servers.folder(), "/booking.db"), redis.address());
  const std::string path = absl::StrCat(servers.folder(), "/raw.db");
  return Run("create_booking_sqlite", servers, absl::StrCat("sqlite:", path), "raw_insert_sqlite",
             [&](int) {
               std::vector<std::unique_ptr<RawSqlite>> one;
               one.push_back(std::make_unique<RawSqlite>(path));
               return one;
             });
}

bool CreateBookingPostgres() {
  Servers servers;
  testing::RedisServer redis;
  // Durable, as in production; both databases on the one server.
  const std::unique_ptr<testing::Postgres> postgres = testing::Postgres::StartOwn(/*durable=*/true);
  servers.StartBooking(postgres->NewDatabase(), redis.address());
  const std::string url = postgres->NewDatabase();
  return Run("create_booking_postgres", servers, url, "raw_insert_postgres", [&](int in_flight) {
    std::vector<std::unique_ptr<RawPostgres>> connections;
    for (int i = 0; i < in_flight; ++i) {
      connections.push_back(std::make_unique<RawPostgres>(testing::Postgres::ServerUrl(url)));
    }
    return connections;
  });
}

}  // namespace stillpoint::bench

// create_booking_sqlite and create_booking_postgres: B1 against the same rows inserted by hand.
#include <atomic>
#include <cstdio>
#include <optional>

#include "absl/strings/str_cat.h"
#include "common/base/ids.h"
#include "common/base/status_macros.h"
#include "common/sql/migrate.h"
#include "services/booking/adapters/migrations.h"
#include "stillpoint/booking/v1/booking_service.grpc.pb.h"
#include "tests/bench/benches.h"
#include "tests/bench/closed_loop.h"
#include "tests/bench/servers.h"

namespace stillpoint::bench {
namespace {

namespace pb = ::stillpoint::booking::v1;

Sample CreateBookings(const rpc::Peer& desk, int in_flight, std::atomic<size_t>& next,
                      const std::vector<Place>& places, const Calendar& calendar) {
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
  return loop.Run(in_flight, {.warm_up = absl::Milliseconds(300), .measured = absl::Seconds(1)});
}

// The rows that one booking writes: booking, two claims, two versions, event, replay; nothing is
// checked, nothing translated. Through common/sql, which its README compares with the bare drivers.
absl::Status InsertRaw(sql::Database& database, const Place& place, absl::Time start, int n,
                       const std::string& id) {
  return database.Write(
      Deadline::After(absl::Seconds(20)), [&](sql::Transaction& tx) -> absl::Status {
        const std::string practitioner =
            absl::StrCat("practitioners/", PractitionerId(place.practitioner));
        const std::string room = absl::StrCat("clinics/berlin/rooms/r", place.practitioner);
        RETURN_IF_ERROR(
            tx.Lock({absl::StrCat("bench/", practitioner), absl::StrCat("bench/", room)}));
        const absl::Time end = start + absl::Minutes(30);
        RETURN_IF_ERROR(
            tx.Execute("INSERT INTO bookings (organization, booking, client, clinic, offering,"
                       " practitioner, room, start_us, end_us, zone, buffer_before_us,"
                       " buffer_after_us, turnover_us, state, hold_expires_us, cancel_reason,"
                       " revision, created_us, updated_us) VALUES ('bench', $1, $2, 'berlin',"
                       " 'visit', $3, $4, $5, $6, 'Europe/Berlin', 0, 0, 0, 2, NULL, 0, 1, $5, $5)",
                       {id, absl::StrCat("c", n % kClients), practitioner, room, start, end})
                .status());
        RETURN_IF_ERROR(
            tx.Execute("INSERT INTO claims (organization, claim, resource, start_us, end_us, kind,"
                       " expires_us, booking) VALUES ('bench', $1, $2, $3, $4, 1, NULL, $6),"
                       " ('bench', $7, $5, $3, $4, 1, NULL, $6)",
                       {absl::StrCat(id, "-p"), practitioner, start, end, room, id,
                        absl::StrCat(id, "-r")})
                .status());
        for (const std::string& resource : {practitioner, room}) {
          RETURN_IF_ERROR(
              tx.Execute("INSERT INTO resources (organization, resource, version, changed_us)"
                         " VALUES ('bench', $1, 1, $2) ON CONFLICT (organization, resource) DO"
                         " UPDATE SET version = resources.version + 1, changed_us = $2",
                         {resource, start})
                  .status());
        }
        const sql::Blob payload{std::string(250, 'x')};  // About what an event and an answer take.
        RETURN_IF_ERROR(tx.Execute("INSERT INTO outbox (txid, organization, subject, kind, payload,"
                                   " time_us) VALUES (0, 'bench', $1, 'booking.confirmed', $2, $3)",
                                   {id, payload, start})
                            .status());
        return tx
            .Execute(
                "INSERT INTO idempotency (organization, caller, request_id, method, payload_hash,"
                " response, created_us) VALUES ('bench', 'bench/front_desk', $1,"
                " 'BookingService.CreateBooking', $2, $3, $4)",
                {id, sql::Blob{std::string(32, 'h')}, payload, start})
            .status();
      });
}

bool Run(const std::string& name, Servers& servers, const std::string& raw_url,
         const std::string& limit_name) {
  if (!LoadCatalogue(servers.Booking("operator"), servers.Booking("owner")).ok()) return false;
  auto raw = sql::Database::Open(raw_url, {.connections = 8, .clock = nullptr});
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
  RandomIds ids;
  int64_t errors = 0;
  for (const int in_flight : {8, 32}) {
    errors += Compare(
        {name, "1/s", limit_name, in_flight}, 3,
        [&] { return CreateBookings(desk, in_flight, next, places, calendar); },
        [&] {
          return ThreadLoop(in_flight,
                            {.warm_up = absl::Milliseconds(300), .measured = absl::Seconds(1)},
                            [&]() -> std::optional<bool> {
                              const size_t n = next_raw.fetch_add(1);
                              if (n >= places.size()) return std::nullopt;
                              return InsertRaw(**raw, places[n], calendar.StartOf(places[n].slot),
                                               static_cast<int>(n), ids.Next())
                                  .ok();
                            });
        });
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

VersionBumper::VersionBumper(const std::string& url) {
  auto opened = sql::Database::Open(url, {.connections = 1, .clock = nullptr});
  if (!opened.ok()) return;
  database_ = *std::move(opened);
  thread_ = std::thread([this] {
    while (!stop_) {
      const absl::Status status =
          database_->Write(Deadline::After(absl::Seconds(5)), [](sql::Transaction& tx) {
            return tx
                .Execute("UPDATE resources SET version = version + 1 WHERE organization = 'bench'")
                .status();
          });
      if (!status.ok()) std::fprintf(stderr, "bench: bump: %s\n", status.ToString().c_str());
      absl::SleepFor(absl::Milliseconds(2));
    }
  });
}

VersionBumper::~VersionBumper() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
}

bool CreateBookingSqlite() {
  Servers servers;
  testing::RedisServer redis;
  servers.StartBooking(absl::StrCat("sqlite:", servers.folder(), "/booking.db"), redis.address());
  return Run("create_booking_sqlite", servers, absl::StrCat("sqlite:", servers.folder(), "/raw.db"),
             "raw_insert_sqlite");
}

bool CreateBookingPostgres() {
  Servers servers;
  testing::RedisServer redis;
  // Durable, as in production; both databases on the one server.
  const std::unique_ptr<testing::Postgres> postgres = testing::Postgres::StartOwn(/*durable=*/true);
  servers.StartBooking(postgres->NewDatabase(), redis.address());
  return Run("create_booking_postgres", servers, postgres->NewDatabase(), "raw_insert_postgres");
}

}  // namespace stillpoint::bench

// growth_practitioners, growth_past and memory: what more data costs.
#include <sys/types.h>

#include <atomic>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "stillpoint/booking/v1/availability_service.grpc.pb.h"
#include "tests/bench/benches.h"
#include "tests/bench/closed_loop.h"
#include "tests/bench/past.h"
#include "tests/bench/servers.h"
#include "tests/bench/workload.h"

namespace stillpoint::bench {
namespace {

namespace pb = ::stillpoint::booking::v1;

constexpr int kInFlight = 8;
constexpr int kRounds = 3;

// Past bookings: as many as the workload has to come, and a hundred times that, all of the same
// people in the same rooms, which no real clinic could hold: the worst case for an index.
constexpr int kPastOnce = 11'200;  // Divides by 50 people.
constexpr int kPastFactor = 100;

constexpr int kYearPractitioners = 1'000;
// Up to the offering's horizon: the workload begins up to two weeks from now. Facts are kept by
// whole months, so this is a year of them.
constexpr int kYearDays = 350;
constexpr int kWindows = 4;  // A search takes 92 days at most.
constexpr double kYearMibMax = 256;

Sample Search(const rpc::Peer& peer, int in_flight, LoopTimes times,
              const std::function<bool(pb::SearchSlotsRequest*)>& make) {
  const auto stub = pb::AvailabilityService::NewStub(peer.channel());
  GrpcLoop<pb::SearchSlotsRequest, pb::SearchSlotsResponse> loop(
      peer, make, [&](auto* context, auto* request, auto* response, auto done) {
        stub->async()->SearchSlots(context, request, response, std::move(done));
      });
  return loop.Run(in_flight, times);
}

// S1, of the fifty who have bookings.
Sample SearchWeeks(const rpc::Peer& peer, const Calendar& calendar, LoopTimes times = {}) {
  std::atomic<uint32_t> next{0};
  return Search(peer, kInFlight, times, [&](pb::SearchSlotsRequest* request) {
    *request = RandomWeek(calendar, next.fetch_add(1));
    return true;
  });
}

// There are 32,000 places to book on each side.
constexpr LoopTimes kBookTimes = {.warm_up = absl::Milliseconds(300),
                                  .measured = absl::Milliseconds(1500)};

Sample Book(const rpc::Peer& desk, const Calendar& calendar, const std::vector<Place>& places,
            std::atomic<size_t>& next, LoopTimes times = kBookTimes) {
  return CreateBookings(desk, kInFlight, times, calendar, places, next);
}

// One server with its data.
struct Side {
  Servers servers;
  testing::RedisServer redis;
  std::string url;  // Of its PostgreSQL database.
  std::atomic<size_t> next_place{0};
  rpc::Peer Desk() const { return servers.Booking("front_desk"); }
  void StartOnPostgres() {
    url = testing::Postgres::Shared().NewDatabase();
    // Nothing is remembered, so every search asks the tables.
    servers.StartBooking(url, "", {"--fact-months", "0"});
  }
  bool LoadPeople(int practitioners) const {
    return LoadCatalogue(servers.Booking("operator"), servers.Booking("owner"), practitioners).ok();
  }
  bool Load(int practitioners) const { return LoadPeople(practitioners) && LoadBookings(Desk()); }
};

bool Ok(const absl::Status& status) {
  if (!status.ok()) std::fprintf(stderr, "bench: %s\n", status.ToString().c_str());
  return status.ok();
}

// Twice: while the planner knows nothing of the tables, and once it has statistics.
bool ComparePasts(Side& once, Side& grown, int rounds, LoopTimes search, LoopTimes book) {
  const Calendar calendar;
  const std::vector<Place> places = FreshPlaces();
  const rpc::Peer desk = once.Desk();
  const rpc::Peer grown_desk = grown.Desk();
  int64_t errors = 0;
  for (const char* name : {"growth_past_", "growth_past_analyzed_"}) {
    if (name == absl::string_view("growth_past_analyzed_") &&
        !(Ok(Analyze(once.url)) && Ok(Analyze(grown.url)))) {
      return false;
    }
    errors += Compare(
        {absl::StrCat(name, "search_miss"), "1/s", "search_miss", kInFlight}, rounds,
        [&] { return SearchWeeks(grown_desk, calendar, search); },
        [&] { return SearchWeeks(desk, calendar, search); });
    errors += Compare(
        {absl::StrCat(name, "create_booking"), "1/s", "create_booking_postgres", kInFlight}, rounds,
        [&] { return Book(grown_desk, calendar, places, grown.next_place, book); },
        [&] { return Book(desk, calendar, places, once.next_place, book); });
  }
  return errors == 0;
}

// `factor` times as many practitioners, of whom the first fifty have the workload's bookings.
bool ComparePractitioners(int factor) {
  Side once, grown;
  for (Side* const side : {&once, &grown}) {
    side->servers.StartBooking(absl::StrCat("sqlite:", side->servers.folder(), "/booking.db"),
                               side->redis.address());
  }
  if (!once.Load(kPractitioners) || !grown.Load(kPractitioners * factor)) return false;
  const Calendar calendar;
  const std::vector<Place> places = FreshPlaces();
  const rpc::Peer desk = once.Desk();
  const rpc::Peer grown_desk = grown.Desk();
  const std::string name = absl::StrCat("growth_practitioners_", factor, "x");
  return Compare(
             {absl::StrCat(name, "_search_hit"), "1/s", "search_hit", kInFlight}, kRounds,
             [&] { return SearchWeeks(grown_desk, calendar); },
             [&] { return SearchWeeks(desk, calendar); }) +
             Compare(
                 {absl::StrCat(name, "_create_booking"), "1/s", "create_booking_sqlite", kInFlight},
                 kRounds, [&] { return Book(grown_desk, calendar, places, grown.next_place); },
                 [&] { return Book(desk, calendar, places, once.next_place); }) ==
         0;
}

double ResidentMib(pid_t pid) {
  std::ifstream status(absl::StrCat("/proc/", pid, "/status"));
  for (std::string line; std::getline(status, line);) {
    int64_t kib = 0;
    if (std::sscanf(line.c_str(), "VmRSS: %ld", &kib) == 1) return static_cast<double>(kib) / 1024;
  }
  return 0;
}

// What the server has counted so far under `kind`; cache lookups.
double Lookups(int metrics_port, const std::string& kind) {
  const std::string text = testing::HttpGet(metrics_port, "/metrics");
  const std::string name = absl::StrCat("stillpoint_cache_lookups_total{kind=\"", kind, "\"} ");
  const size_t at = text.find(name);
  return at == std::string::npos ? 0 : std::atof(text.c_str() + at + name.size());
}

}  // namespace

bool GrowthPractitioners() {
  const bool ten = ComparePractitioners(10);
  return ComparePractitioners(100) && ten;
}

bool GrowthPast() {
  Side once, grown;
  for (Side* const side : {&once, &grown}) {
    side->StartOnPostgres();
    if (!side->Load(kPractitioners) ||
        !Ok(FillPast(side->url, side == &once ? kPastOnce : kPastOnce * kPastFactor))) {
      return false;
    }
  }
  return ComparePasts(once, grown, kRounds, {}, kBookTimes);
}

bool CheckGrowth() {
  constexpr LoopTimes kShort = {.warm_up = absl::Milliseconds(50),
                                .measured = absl::Milliseconds(150)};
  Side once, grown;
  for (Side* const side : {&once, &grown}) {
    side->StartOnPostgres();
    if (!side->LoadPeople(kPractitioners) ||
        !Ok(FillPast(side->url, kPractitioners * (side == &once ? 1 : 250)))) {
      return false;
    }
  }
  return ComparePasts(once, grown, 1, kShort, kShort);
}

bool Memory() {
  Side side;
  const int metrics_port = testing::FreePort();
  side.servers.StartBooking(absl::StrCat("sqlite:", side.servers.folder(), "/booking.db"),
                            side.redis.address(),
                            {"--metrics-listen", absl::StrCat("127.0.0.1:", metrics_port)});
  if (!side.Load(kYearPractitioners) || !AddAway(side.servers.Booking("owner")).ok()) return false;
  const Calendar calendar;
  const rpc::Peer desk = side.Desk();
  // Everybody's whole year, so that all of it is remembered.
  const auto search_all = [&] {
    std::atomic<int> next{0};
    return Search(
               desk, kInFlight, {.warm_up = absl::ZeroDuration(), .measured = absl::Minutes(5)},
               [&](pb::SearchSlotsRequest* request) {
                 const int n = next.fetch_add(1);
                 if (n >= kYearPractitioners * kWindows) return false;
                 const int window = n % kWindows;
                 *request = AskSlots(calendar, n / kWindows, window * kYearDays / kWindows,
                                     (window + 1) * kYearDays / kWindows, 1);
                 request->mutable_filter()->set_offering("organizations/bench/offerings/year-long");
                 return true;
               })
        .errors;
  };
  int64_t errors = search_all();
  const double hits = Lookups(metrics_port, "local_hit");
  const double misses = Lookups(metrics_port, "miss");
  errors += search_all();
  // The second time nothing may be missing: it is all there.
  if (Lookups(metrics_port, "local_hit") <= hits || Lookups(metrics_port, "miss") > misses) {
    std::fprintf(stderr, "bench: a year of %d people is not all remembered\n", kYearPractitioners);
    ++errors;
  }
  return PrintAtMost("memory", "MiB", ResidentMib(side.servers.pid("booking")), "asked",
                     kYearMibMax) &&
         errors == 0;
}

}  // namespace stillpoint::bench

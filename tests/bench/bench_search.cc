// search_hit, search_hit_mtls, search_month, search_any, search_any_all, next_available and
// search_miss.
#include <grpcpp/generic/generic_stub.h>

#include <atomic>
#include <cstdio>
#include <functional>

#include "absl/strings/str_cat.h"
#include "stillpoint/booking/v1/availability_service.grpc.pb.h"
#include "tests/bench/benches.h"
#include "tests/bench/closed_loop.h"
#include "tests/bench/servers.h"
#include "tests/bench/workload.h"

namespace stillpoint::bench {
namespace {

namespace pb = ::stillpoint::booking::v1;

// The workload's own check figures.
constexpr int kFreeOfP0 = 91;
constexpr int kFreeOfAll = 4783;

// Days [from_day, until_day) of the four weeks, of one practitioner or (-1) of all.
template <typename Request>
Request Ask(const Calendar& calendar, int practitioner, int from_day, int until_day) {
  Request request;
  request.set_parent("organizations/bench");
  pb::SlotFilter& filter = *request.mutable_filter();
  if (practitioner >= 0) {
    filter.add_practitioners(
        absl::StrCat("organizations/bench/practitioners/", PractitionerId(practitioner)));
  }
  filter.set_offering("organizations/bench/offerings/visit");
  filter.set_duration_minutes(30);
  *filter.mutable_window()->mutable_start_time() = rpc::ToProto(calendar.DayStart(from_day));
  *filter.mutable_window()->mutable_end_time() = rpc::ToProto(calendar.DayStart(until_day));
  return request;
}

pb::FindNextSlotsRequest AskNextOfAway() {
  pb::FindNextSlotsRequest request;
  request.set_parent("organizations/bench");
  request.mutable_filter()->add_practitioners("organizations/bench/practitioners/away");
  request.mutable_filter()->set_offering("organizations/bench/offerings/year-long");
  request.mutable_filter()->set_duration_minutes(30);
  return request;
}

// The three calls, for the loops below.
constexpr char kSearchSlots[] = "/stillpoint.booking.v1.AvailabilityService/SearchSlots";
constexpr char kListFreeTimes[] = "/stillpoint.booking.v1.AvailabilityService/ListFreeTimes";
constexpr char kFindNext[] = "/stillpoint.booking.v1.AvailabilityService/FindNextSlots";

// A closed loop of one kind of call; `make(n)` gives the n-th request. The caller takes the answer
// as bytes, from us and from the echo: what it costs a client to read slots is not the server's.
template <typename Request>
Sample Load(const rpc::Peer& peer, int in_flight, const std::function<Request(uint32_t)>& make,
            const std::string& method) {
  grpc::TemplatedGenericStub<Request, grpc::ByteBuffer> stub(peer.channel());
  std::atomic<uint32_t> next{0};
  GrpcLoop<Request, grpc::ByteBuffer> loop(
      peer,
      [&](Request* request) {
        *request = make(next.fetch_add(1));
        return true;
      },
      [&](auto* context, auto* request, auto* response, std::function<void(grpc::Status)> done) {
        stub.UnaryCall(context, method, {}, request, response,
                       [response, done = std::move(done)](const grpc::Status& status) {
                         const bool empty = status.ok() && response->Length() == 0;
                         done(empty ? grpc::Status(grpc::StatusCode::INTERNAL, "empty") : status);
                       });
      });
  return loop.Run(in_flight, {});
}

Sample LoadSlots(const rpc::Peer& peer, int in_flight,
                 const std::function<pb::SearchSlotsRequest(uint32_t)>& make) {
  return Load(peer, in_flight, make, kSearchSlots);
}

// One answer, or an empty one with the reason on stderr.
template <typename Response, typename Request, typename Method>
Response Once(const rpc::Peer& peer, const Request& request, Method method) {
  const auto stub = pb::AvailabilityService::NewStub(peer.channel());
  Response response;
  const absl::Status status = peer.Call(
      Deadline::After(absl::Seconds(10)), request, &response,
      [&](auto* context, auto& req, auto* resp) { return (*stub.*method)(context, req, resp); });
  if (!status.ok()) std::fprintf(stderr, "bench: search: %s\n", status.ToString().c_str());
  return response;
}

bool Is(const char* what, int got, int right) {
  if (got == right) return true;
  std::fprintf(stderr, "bench: %s: %d where %d are right\n", what, got, right);
  return false;
}

// The mean size of an answer to S1, for an echo of the same size; also checks the data.
int WeekBytes(const rpc::Peer& peer) {
  const Calendar calendar;
  size_t bytes = 0;
  int slots = 0;
  for (int day = 0; day < 28; day += 7) {
    const auto response =
        Once<pb::SearchSlotsResponse>(peer, AskSlots(calendar, 0, day, day + 7, 100),
                                      &pb::AvailabilityService::Stub::SearchSlots);
    bytes += response.ByteSizeLong();
    slots += response.slots_size();
  }
  return Is("free starts of p0", slots, kFreeOfP0) ? static_cast<int>(bytes / 4) : -1;
}

// The workload on SQLite, with Redis.
class World {
 public:
  World() {
    servers_.StartBooking(Database(), redis_.address());
    ready_ = LoadCatalogue(servers_.Booking("operator"), servers_.Booking("owner")).ok() &&
             LoadBookings(servers_.Booking("front_desk"));
  }
  bool ready() const { return ready_; }
  const Calendar& calendar() const { return calendar_; }
  rpc::Peer Partner() const { return servers_.Booking("partner"); }
  rpc::Peer Owner() const { return servers_.Booking("owner"); }
  // By a second server on the same data, with TLS in both directions.
  rpc::Peer TlsPartner() {
    servers_.StartTlsBooking(Database(), redis_.address());
    return servers_.TlsBooking("partner");
  }
  rpc::Peer TlsEcho(int bytes) { return servers_.StartTlsEcho(bytes); }
  rpc::Peer Echo(int bytes) {
    return rpc::Peer::Connect(absl::StrCat("127.0.0.1:", servers_.StartEcho(bytes)), "-");
  }

 private:
  std::string Database() const { return absl::StrCat("sqlite:", servers_.folder(), "/booking.db"); }

  Servers servers_;
  testing::RedisServer redis_;
  const Calendar calendar_;
  bool ready_ = false;
};

}  // namespace

pb::SearchSlotsRequest AskSlots(const Calendar& calendar, int practitioner, int from_day,
                                int until_day, int page_size) {
  auto request = Ask<pb::SearchSlotsRequest>(calendar, practitioner, from_day, until_day);
  request.set_page_size(page_size);
  return request;
}

pb::SearchSlotsRequest RandomWeek(const Calendar& calendar, uint32_t n) {
  const int day = 7 * static_cast<int>(SlotHash(n, 2) % 4);
  return AskSlots(calendar, static_cast<int>(SlotHash(n, 1) % kPractitioners), day, day + 7, 100);
}

bool LoadBookings(const rpc::Peer& desk) {
  const Calendar calendar;
  const std::vector<Place> places = BookedPlaces();
  std::atomic<size_t> next{0};
  const Sample sample =
      CreateBookings(desk, 32, {.warm_up = absl::ZeroDuration(), .measured = absl::Seconds(300)},
                     calendar, places, next);
  const bool whole = next.load() >= places.size() && sample.errors == 0;
  std::fprintf(stderr, "bench: loaded %zu bookings at %.0f/s, %ld refused\n", places.size(),
               sample.per_second, static_cast<long>(sample.errors));
  return whole;
}

namespace {

// S1 against an echo of the same size.
bool SearchWeeks(const std::string& name,
                 const std::function<void(uint32_t, pb::SearchSlotsRequest*)>& change) {
  World world;
  if (!world.ready()) return false;
  const rpc::Peer peer = world.Partner();
  const int bytes = WeekBytes(peer);
  if (bytes < 0) return false;
  const rpc::Peer echo = world.Echo(bytes);
  const auto make = [&](uint32_t n) {
    pb::SearchSlotsRequest request = RandomWeek(world.calendar(), n);
    change(n, &request);
    return request;
  };
  int64_t errors = 0;
  for (const int in_flight : {1, 8, 64}) {
    errors += Compare(
        {name, "1/s", "grpc_echo", in_flight}, 3, [&] { return LoadSlots(peer, in_flight, make); },
        [&] { return LoadSlots(echo, in_flight, make); });
  }
  return errors == 0;
}

}  // namespace

bool SearchHit() {
  return SearchWeeks("search_hit", [](uint32_t, pb::SearchSlotsRequest*) {});
}

bool SearchWarm() {
  // Pages that could hold more than there is: 800 sizes of 200 questions, far more than are
  // remembered before the first comes again.
  std::atomic<int> size{0};
  return SearchWeeks("search_warm", [&](uint32_t, pb::SearchSlotsRequest* request) {
    request->set_page_size(100 + size.fetch_add(1) % 800);
  });
}

// With certificates on both sides and an access token; its limit is search_hit itself, plain and
// with a key. echo_mtls says what certificates alone take from a bare echo.
bool SearchHitMtls() {
  World world;
  if (!world.ready()) return false;
  const rpc::Peer plain = world.Partner();
  const rpc::Peer tls = world.TlsPartner();
  const int bytes = WeekBytes(plain);
  if (bytes < 0 || WeekBytes(tls) < 0) return false;
  const rpc::Peer echo = world.Echo(bytes);
  const rpc::Peer tls_echo = world.TlsEcho(bytes);
  const auto make = [&](uint32_t n) { return RandomWeek(world.calendar(), n); };
  int64_t errors = 0;
  for (const int in_flight : {1, 8, 64}) {
    errors += Compare(
        {"search_hit_mtls", "1/s", "search_hit", in_flight}, 3,
        [&] { return LoadSlots(tls, in_flight, make); },
        [&] { return LoadSlots(plain, in_flight, make); });
    errors += Compare(
        {"echo_mtls", "1/s", "grpc_echo", in_flight}, 3,
        [&] { return LoadSlots(tls_echo, in_flight, make); },
        [&] { return LoadSlots(echo, in_flight, make); });
  }
  return errors == 0;
}

bool SearchMonth() {
  World world;
  if (!world.ready()) return false;
  const rpc::Peer peer = world.Partner();
  const auto make = [&](uint32_t n) {
    return AskSlots(world.calendar(), static_cast<int>(SlotHash(n, 1) % kPractitioners), 0, 28,
                    200);
  };
  const auto whole = Once<pb::SearchSlotsResponse>(peer, AskSlots(world.calendar(), 0, 0, 28, 200),
                                                   &pb::AvailabilityService::Stub::SearchSlots);
  if (!Is("free starts of p0", whole.slots_size(), kFreeOfP0)) return false;
  const rpc::Peer echo = world.Echo(static_cast<int>(whole.ByteSizeLong()));
  int64_t errors = 0;
  for (const int in_flight : {1, 8, 64}) {
    errors += Compare(
        {"search_month", "1/s", "grpc_echo", in_flight}, 3,
        [&] { return LoadSlots(peer, in_flight, make); },
        [&] { return LoadSlots(echo, in_flight, make); });
  }
  return errors == 0;
}

// Its limit is search_hit: an answer may take twice as long, that is, the ratio be 0.5.
bool SearchAny() {
  World world;
  if (!world.ready()) return false;
  const rpc::Peer peer = world.Partner();
  const auto hit = [&](uint32_t n) { return RandomWeek(world.calendar(), n); };
  const auto any = [&](uint32_t) { return AskSlots(world.calendar(), -1, 0, 28, 50); };
  int64_t errors = 0;
  for (const int in_flight : {1, 8}) {
    errors += Compare(
        {"search_any", "1/s", "search_hit", in_flight}, 3,
        [&] { return LoadSlots(peer, in_flight, any); },
        [&] { return LoadSlots(peer, in_flight, hit); });
  }
  return errors == 0;
}

bool SearchAnyAll() {
  World world;
  if (!world.ready()) return false;
  const rpc::Peer peer = world.Partner();
  const auto request = Ask<pb::ListFreeTimesRequest>(world.calendar(), -1, 0, 28);
  const auto all =
      Once<pb::ListFreeTimesResponse>(peer, request, &pb::AvailabilityService::Stub::ListFreeTimes);
  int free = 0;
  for (const pb::FreeTimes& times : all.free_times()) free += times.start_minutes_size();
  if (!Is("free times of all", free, kFreeOfAll)) return false;
  const rpc::Peer echo = world.Echo(static_cast<int>(all.ByteSizeLong()));
  const auto any = [&](uint32_t) { return AskSlots(world.calendar(), -1, 0, 28, 50); };
  return Compare(
             {"search_any_all", "1/s", "grpc_echo", 1}, 3,
             [&] {
               return Load<pb::ListFreeTimesRequest>(
                   peer, 1, [&](uint32_t) { return request; }, kListFreeTimes);
             },
             [&] { return LoadSlots(echo, 1, any); }) == 0;
}

// Its limit is search_hit: an answer may take five times as long, that is, the ratio be 0.2.
bool NextAvailable() {
  World world;
  if (!world.ready() || !AddAway(world.Owner()).ok()) return false;
  const rpc::Peer peer = world.Partner();
  const auto next = Once<pb::FindNextSlotsResponse>(peer, AskNextOfAway(),
                                                    &pb::AvailabilityService::Stub::FindNextSlots);
  const bool right = next.slots_size() == 1 &&
                     next.slots(0).start_time().seconds() >
                         absl::ToUnixSeconds(absl::Now() + absl::Hours(24) * (kDaysAway - 1));
  if (!Is("next slots 200 days away", right ? 1 : 0, 1)) return false;
  const auto hit = [&](uint32_t n) { return RandomWeek(world.calendar(), n); };
  return Compare(
             {"next_available", "1/s", "search_hit", 1}, 3,
             [&] {
               return Load<pb::FindNextSlotsRequest>(
                   peer, 1, [](uint32_t) { return AskNextOfAway(); }, kFindNext);
             },
             [&] { return LoadSlots(peer, 1, hit); }) == 0;
}

bool SearchMiss() {
  Servers servers;
  // Nothing is remembered, so every search asks the database for all it needs.
  servers.StartBooking(testing::Postgres::Shared().NewDatabase(), "", {"--fact-months", "0"});
  if (!LoadCatalogue(servers.Booking("operator"), servers.Booking("owner")).ok()) return false;
  if (!LoadBookings(servers.Booking("front_desk"))) return false;
  const rpc::Peer peer = servers.Booking("partner");
  const int bytes = WeekBytes(peer);
  if (bytes < 0) return false;
  const rpc::Peer echo =
      rpc::Peer::Connect(absl::StrCat("127.0.0.1:", servers.StartEcho(bytes)), "-");
  const Calendar calendar;
  const auto make = [&](uint32_t n) { return RandomWeek(calendar, n); };
  int64_t errors = 0;
  for (const int in_flight : {1, 8}) {
    errors += Compare(
        {"search_miss", "1/s", "grpc_echo", in_flight}, 3,
        [&] { return LoadSlots(peer, in_flight, make); },
        [&] { return LoadSlots(echo, in_flight, make); });
  }
  return errors == 0;
}

}  // namespace stillpoint::bench

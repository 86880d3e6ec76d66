// search_hit and search_miss.
#include <google/protobuf/util/time_util.h>

#include <atomic>
#include <cstdio>
#include <random>

#include "absl/strings/str_cat.h"
#include "stillpoint/booking/v1/availability_service.grpc.pb.h"
#include "stillpoint/booking/v1/booking_service.grpc.pb.h"
#include "tests/bench/benches.h"
#include "tests/bench/closed_loop.h"
#include "tests/bench/servers.h"
#include "tests/bench/workload.h"

namespace stillpoint::bench {
namespace {

namespace pb = ::stillpoint::booking::v1;
using SearchLoop = GrpcLoop<pb::SearchSlotsRequest, pb::SearchSlotsResponse>;

// S1: one random practitioner, one random week of the four, all free starts.
pb::SearchSlotsRequest OneWeek(const Calendar& calendar, int practitioner, int week) {
  pb::SearchSlotsRequest request;
  request.set_parent("organizations/bench");
  pb::SlotFilter& filter = *request.mutable_filter();
  filter.add_practitioners(
      absl::StrCat("organizations/bench/practitioners/", PractitionerId(practitioner)));
  filter.set_offering("organizations/bench/offerings/visit");
  filter.set_duration_minutes(30);
  *filter.mutable_window()->mutable_start_time() = rpc::ToProto(calendar.DayStart(7 * week));
  *filter.mutable_window()->mutable_end_time() = rpc::ToProto(calendar.DayStart(7 * week + 7));
  request.set_page_size(100);
  return request;
}

// Makes requests from several threads.
class RandomWeeks {
 public:
  bool operator()(pb::SearchSlotsRequest* request) {
    const uint32_t n = next_.fetch_add(1);
    *request = OneWeek(calendar_, SlotHash(n, 1) % kPractitioners, SlotHash(n, 2) % 4);
    return true;
  }

 private:
  const Calendar calendar_;
  std::atomic<uint32_t> next_{0};
};

Sample Search(const rpc::Peer& peer, int in_flight, LoopTimes times) {
  const auto stub = pb::AvailabilityService::NewStub(peer.channel());
  auto weeks = std::make_shared<RandomWeeks>();
  SearchLoop loop(
      peer, [weeks](pb::SearchSlotsRequest* request) { return (*weeks)(request); },
      [&](auto* context, auto* request, auto* response, auto done) {
        stub->async()->SearchSlots(context, request, response, std::move(done));
      });
  return loop.Run(in_flight, times);
}

// The mean size of an answer, for an echo of the same size; also checks the data: p0 has 91 free
// starts in the four weeks.
int AnswerBytes(const rpc::Peer& peer) {
  const auto stub = pb::AvailabilityService::NewStub(peer.channel());
  const Calendar calendar;
  size_t bytes = 0;
  int slots = 0;
  for (int week = 0; week < 4; ++week) {
    pb::SearchSlotsResponse response;
    const absl::Status status =
        peer.Call(Deadline::After(absl::Seconds(10)), OneWeek(calendar, 0, week), &response,
                  [&](auto* context, auto& req, auto* resp) {
                    return stub->SearchSlots(context, req, resp);
                  });
    if (!status.ok()) std::fprintf(stderr, "bench: search: %s\n", status.ToString().c_str());
    bytes += response.ByteSizeLong();
    slots += response.slots_size();
  }
  if (slots != 91) {
    std::fprintf(stderr, "bench: p0 has %d free starts where 91 are right\n", slots);
    return -1;
  }
  return static_cast<int>(bytes / 4);
}

}  // namespace

bool LoadBookings(const rpc::Peer& desk) {
  const auto stub = pb::BookingService::NewStub(desk.channel());
  const Calendar calendar;
  const std::vector<Place> places = BookedPlaces();
  std::atomic<size_t> next{0};
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
  const Sample sample =
      loop.Run(32, {.warm_up = absl::ZeroDuration(), .measured = absl::Seconds(300)});
  const bool whole = next.load() >= places.size() && sample.errors == 0;
  std::fprintf(stderr, "bench: loaded %zu bookings at %.0f/s, %ld refused\n", places.size(),
               sample.per_second, static_cast<long>(sample.errors));
  return whole;
}

bool SearchHit() {
  Servers servers;
  testing::RedisServer redis;
  servers.StartBooking(absl::StrCat("sqlite:", servers.folder(), "/booking.db"), redis.address());
  if (!LoadCatalogue(servers.Booking("operator"), servers.Booking("owner")).ok()) return false;
  const rpc::Peer peer = servers.Booking("partner");
  if (!LoadBookings(servers.Booking("front_desk"))) return false;
  const int bytes = AnswerBytes(peer);
  if (bytes < 0) return false;
  const rpc::Peer echo =
      rpc::Peer::Connect(absl::StrCat("127.0.0.1:", servers.StartEcho(bytes)), "-");
  int64_t errors = 0;
  for (const int in_flight : {1, 8, 64}) {
    errors += Compare(
        {"search_hit", "1/s", "grpc_echo", in_flight}, 3,
        [&] { return Search(peer, in_flight, {}); }, [&] { return Search(echo, in_flight, {}); });
  }
  return errors == 0;
}

bool SearchMiss() {
  Servers servers;
  // No Redis and PostgreSQL; a catalogue change before each round would only measure that change,
  // so every search asks a database of which the process remembers nothing: the local copies are
  // bypassed by a writer that bumps each practitioner's version without pause.
  testing::Postgres& postgres = testing::Postgres::Shared();
  const std::string url = postgres.NewDatabase();
  servers.StartBooking(url, "");
  if (!LoadCatalogue(servers.Booking("operator"), servers.Booking("owner")).ok()) return false;
  if (!LoadBookings(servers.Booking("front_desk"))) return false;
  const rpc::Peer peer = servers.Booking("partner");
  const int bytes = AnswerBytes(peer);
  if (bytes < 0) return false;
  const rpc::Peer echo =
      rpc::Peer::Connect(absl::StrCat("127.0.0.1:", servers.StartEcho(bytes)), "-");
  VersionBumper bumper(url);
  int64_t errors = 0;
  for (const int in_flight : {1, 8}) {
    errors += Compare(
        {"search_miss", "1/s", "grpc_echo", in_flight}, 3,
        [&] { return Search(peer, in_flight, {}); }, [&] { return Search(echo, in_flight, {}); });
  }
  return errors == 0;
}

}  // namespace stillpoint::bench

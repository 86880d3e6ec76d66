// isolation: whether the time of a refusal tells that there is something. Another organization's
// name against a random one, at every method that reads; and within one organization, a booking
// out of reach against one that does not exist.
#include <algorithm>
#include <cstdio>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/ids.h"
#include "common/rpc/raw_call_testing.h"
#include "stillpoint/booking/v1/availability_service.pb.h"
#include "stillpoint/booking/v1/booking_service.grpc.pb.h"
#include "stillpoint/booking/v1/catalog_service.grpc.pb.h"
#include "stillpoint/client_record/v1/audit_service.pb.h"
#include "stillpoint/client_record/v1/client_service.grpc.pb.h"
#include "stillpoint/client_record/v1/consent_service.pb.h"
#include "stillpoint/client_record/v1/intake_service.pb.h"
#include "stillpoint/client_record/v1/screening_service.pb.h"
#include "stillpoint/client_record/v1/session_note_service.pb.h"
#include "stillpoint/notification/v1/notification_service.pb.h"
#include "stillpoint/notification/v1/template_service.pb.h"
#include "tests/bench/benches.h"
#include "tests/bench/servers.h"

namespace stillpoint::bench {
namespace {

namespace bpb = ::stillpoint::booking::v1;
namespace cpb = ::stillpoint::client_record::v1;
using Method = google::protobuf::MethodDescriptor;

constexpr int kPairs = 10'000;
constexpr int kWarmUp = 200;

double MedianOf(std::vector<int64_t>& nanoseconds) {
  const auto middle = nanoseconds.begin() + static_cast<ptrdiff_t>(nanoseconds.size() / 2);
  std::nth_element(nanoseconds.begin(), middle, nanoseconds.end());
  return static_cast<double>(*middle) / 1e3;
}

// A method's refusals of what is there and of what is not.
struct Pair {
  std::string method;
  double there_us = 0;
  double random_us = 0;
  bool same = true;  // Every answer was NOT_FOUND, in the same bytes.
  double ratio() const { return std::max(there_us / random_us, random_us / there_us); }
};

// `random(i)` is the i-th request of what is not there.
Pair Measure(grpc::GenericStub& stub, const Method& method, const std::string& key,
             const std::string& there, const std::function<std::string(int)>& random) {
  Pair pair = {.method = rpc::ShortName(method)};
  const rpc::WireAnswer right = rpc::CallRaw(stub, method, key, there);
  pair.same = right.reason == "NOT_FOUND";
  std::vector<int64_t> times[2];
  for (int i = -kWarmUp; i < kPairs; ++i) {
    const std::string requests[2] = {there, random(i)};
    for (const int turn : {0, 1}) {
      const int side = (i + turn) & 1;  // Neither is always the first.
      const int64_t begun = absl::GetCurrentTimeNanos();
      const rpc::WireAnswer answer = rpc::CallRaw(stub, method, key, requests[side]);
      if (i >= 0) times[side].push_back(absl::GetCurrentTimeNanos() - begun);
      pair.same = pair.same && answer == right;
    }
  }
  pair.there_us = MedianOf(times[0]);
  pair.random_us = MedianOf(times[1]);
  return pair;
}

// Prints the worst of a service; false if an answer differed.
bool Print(const std::string& service, const std::vector<Pair>& pairs) {
  if (pairs.empty()) return false;
  const Pair* worst = &pairs[0];
  bool same = true;
  for (const Pair& pair : pairs) {
    if (pair.ratio() > worst->ratio()) worst = &pair;
    if (!pair.same) std::fprintf(stderr, "bench: %s tells\n", pair.method.c_str());
    same = same && pair.same;
  }
  const auto rounded = [](double value) {
    return static_cast<double>(static_cast<int64_t>(value * 1000)) / 1000;
  };
  const nlohmann::ordered_json line = {{"name", "isolation"},
                                       {"service", service},
                                       {"methods", pairs.size()},
                                       {"pairs", kPairs},
                                       {"worst", worst->method},
                                       {"worst_ratio", rounded(worst->ratio())},
                                       {"there_p50_us", rounded(worst->there_us)},
                                       {"random_p50_us", rounded(worst->random_us)},
                                       {"same_bytes", same}};
  std::printf("%s\n", line.dump().c_str());
  std::fflush(stdout);
  return same;
}

bool Reads(const Method& method) {
  for (const char* verb : {"Get", "List", "Search", "Find", "Explain", "Verify"}) {
    if (absl::StartsWith(method.name(), verb)) return true;
  }
  return false;
}

// Every method of the file that reads and that `key` may call.
std::vector<Pair> Strangers(const rpc::Peer& peer, const std::string& key,
                            const std::vector<const google::protobuf::FileDescriptor*>& files) {
  grpc::GenericStub stub(peer.channel());
  RandomIds ids;
  std::vector<Pair> pairs;
  for (const auto* file : files) {
    for (int s = 0; s < file->service_count(); ++s) {
      for (int m = 0; m < file->service(s)->method_count(); ++m) {
        const Method& method = *file->service(s)->method(m);
        if (!Reads(method)) continue;
        // Of the kinds of names the first that is one of this method.
        const std::vector<std::string> there = rpc::NamedRequests(method, "other");
        const auto found =
            std::find_if(there.begin(), there.end(), [&](const std::string& request) {
              return rpc::CallRaw(stub, method, key, request).reason == "NOT_FOUND";
            });
        if (found == there.end()) continue;  // Names no organization, or is not for this caller.
        const auto kind = static_cast<size_t>(found - there.begin());
        pairs.push_back(Measure(stub, method, key, *found, [&](int) {
          return rpc::NamedRequests(method, ids.Next().substr(0, 5))[kind];
        }));
      }
    }
  }
  return pairs;
}

// A front desk that is bound to a clinic asks for a booking in another one.
std::optional<Pair> OutOfReach(const Servers& servers) {
  const rpc::Peer desk = servers.Booking("front_desk");
  const auto bookings = bpb::BookingService::NewStub(desk.channel());
  bpb::CreateBookingRequest request;
  const Calendar calendar;
  FillBooking(calendar, BookedPlaces().front(), 0, &request);
  bpb::CreateBookingResponse made;
  const absl::Status booked = desk.Call(Deadline::After(absl::Seconds(10)), request, &made,
                                        [&](auto* context, auto& req, auto* resp) {
                                          return bookings->CreateBooking(context, req, resp);
                                        });
  if (!booked.ok()) {
    std::fprintf(stderr, "bench: %s\n", booked.ToString().c_str());
    return std::nullopt;
  }
  grpc::GenericStub stub(desk.channel());
  RandomIds ids;
  const auto ask = [](const std::string& name) {
    bpb::GetBookingRequest get;
    get.set_name(name);
    return get.SerializeAsString();
  };
  const Method& method = *bpb::GetBookingRequest::descriptor()
                              ->file()
                              ->FindServiceByName("BookingService")
                              ->FindMethodByName("GetBooking");
  return Measure(stub, method, servers.Key("far_desk"), ask(made.booking().name()), [&](int) {
    return ask(absl::StrCat("organizations/bench/bookings/", ids.Next()));
  });
}

// Whom the strangers could find.
bool AddOther(const Servers& servers) {
  const rpc::Peer keeper = servers.Booking("operator");
  const auto catalog = bpb::CatalogService::NewStub(keeper.channel());
  bpb::CreateOrganizationRequest organization;
  organization.set_organization_id("other");
  organization.mutable_organization()->set_display_name("Other");
  bpb::CreateOrganizationResponse made;
  absl::Status status = keeper.Call(Deadline::After(absl::Seconds(10)), organization, &made,
                                    [&](auto* context, auto& req, auto* resp) {
                                      return catalog->CreateOrganization(context, req, resp);
                                    });
  const rpc::Peer records = servers.ClientRecord("operator");
  const auto clients = cpb::ClientService::NewStub(records.channel());
  cpb::CreateClientRequest client;
  client.set_parent("organizations/other");
  client.set_client_id("c");
  client.mutable_client()->set_given_name("Zoe");
  client.mutable_client()->set_family_name("Last");
  cpb::CreateClientResponse added;
  if (status.ok()) {
    status = records.Call(Deadline::After(absl::Seconds(10)), client, &added,
                          [&](auto* context, auto& req, auto* resp) {
                            return clients->CreateClient(context, req, resp);
                          });
  }
  if (!status.ok()) std::fprintf(stderr, "bench: %s\n", status.ToString().c_str());
  return status.ok();
}

}  // namespace

bool Isolation() {
  Servers servers;
  const auto database = [&](const std::string& name) {
    return absl::StrCat("sqlite:", servers.folder(), "/", name, ".db");
  };
  servers.StartBooking(database("booking"), "");
  servers.StartClientRecord(database("records"));
  servers.StartNotification(database("notification"));
  if (!LoadCatalogue(servers.Booking("operator"), servers.Booking("owner")).ok()) return false;
  if (!AddOther(servers)) return false;
  const std::string owner = servers.Key("owner");
  bool same = Print("booking", Strangers(servers.Booking("owner"), owner,
                                         {bpb::SearchSlotsRequest::descriptor()->file(),
                                          bpb::GetBookingRequest::descriptor()->file(),
                                          bpb::GetClinicRequest::descriptor()->file()}));
  same = Print("client_record", Strangers(servers.ClientRecord("owner"), owner,
                                          {cpb::GetClientRequest::descriptor()->file(),
                                           cpb::ListConsentsRequest::descriptor()->file(),
                                           cpb::GetIntakeRequest::descriptor()->file(),
                                           cpb::GetClearanceRequest::descriptor()->file(),
                                           cpb::GetNoteRequest::descriptor()->file(),
                                           cpb::ListAuditEntriesRequest::descriptor()->file()})) &&
         same;
  same = Print("notification",
               Strangers(servers.Notification("owner"), owner,
                         {notification::v1::GetNotificationRequest::descriptor()->file(),
                          notification::v1::GetTemplateRequest::descriptor()->file()})) &&
         same;
  const std::optional<Pair> reach = OutOfReach(servers);
  return reach.has_value() && Print("booking, out of reach", {*reach}) && same;
}

}  // namespace stillpoint::bench

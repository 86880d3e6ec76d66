// What the tests of bookings over the wire share: the service on a free port, with its callers.
#ifndef STILLPOINT_SERVICES_BOOKING_EDGE_BOOKING_SERVICE_TESTING_H_
#define STILLPOINT_SERVICES_BOOKING_EDGE_BOOKING_SERVICE_TESTING_H_

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "common/crypto/keys.h"
#include "common/error/error.h"
#include "common/rpc/access_testing.h"
#include "common/rpc/server.h"
#include "common/testing/databases.h"
#include "services/booking/app/ledger_testing.h"
#include "services/booking/edge/access.h"
#include "services/booking/edge/booking_proto.h"
#include "services/booking/edge/booking_service.h"
#include "services/booking/edge/event_service.h"
#include "services/booking/edge/two_clinics_testing.h"

namespace stillpoint::booking::edge {

using rpc::Role;

inline rpc::Callers::Known Caller(const std::string& key, Role role,
                                  const std::string& organization) {
  return {crypto::Hash(key),
          {.subject = "test/" + key, .role = role, .organization = organization}};
}

// A caller of organization `o` who reaches a part of it; a practitioner's id is the key.
inline rpc::Callers::Known Bound(const std::string& key, Role role,
                                 std::vector<std::string> clinics, const std::string& client) {
  return {crypto::Hash(key),
          {.subject = "organizations/o/practitioners/" + key,
           .role = role,
           .organization = "o",
           .clinics = std::move(clinics),
           .client = client}};
}

// The methods of the two services that are served here.
inline std::vector<rpc::MethodAccess> LedgerAccess() {
  std::vector<rpc::MethodAccess> access;
  for (const rpc::MethodAccess& method : AccessTable()) {
    const absl::string_view service = method.method.substr(0, method.method.find('.'));
    if (service == "BookingService" || service == "EventService") access.push_back(method);
  }
  return access;
}

class BookingServiceTest : public app::LedgerTest {
 protected:
  using Stub = pb::BookingService::Stub;

  BookingServiceTest() : LedgerTest(EncodeEvent) {}

  void SetUp() override {
    auto server = rpc::Server::Start(
        {.listen = "127.0.0.1:0"}, edge_, {&service_, &events_},
        {"stillpoint.booking.v1.BookingService", "stillpoint.booking.v1.EventService"},
        [] { return absl::OkStatus(); });
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    channel_ = grpc::CreateChannel("127.0.0.1:" + std::to_string(server_->port()),
                                   grpc::InsecureChannelCredentials());
    stub_ = pb::BookingService::NewStub(channel_);
    event_stub_ = pb::EventService::NewStub(channel_);
  }

  // The reason of the refusal, or "".
  template <typename S, typename Request, typename Response>
  std::string Call(const std::string& caller, S& stub,
                   grpc::Status (S::*method)(grpc::ClientContext*, const Request&, Response*),
                   const Request& request, Response* response) {
    grpc::ClientContext context;
    context.AddMetadata("authorization", "Bearer " + caller);
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    last_ = rpc::FromGrpc((stub.*method)(&context, request, response));
    return ReasonOf(last_);
  }

  static pb::HoldSlotRequest HoldRequest(absl::Time start) {
    pb::HoldSlotRequest request;
    request.set_parent("organizations/o");
    request.set_client("organizations/o/clients/ana");
    pb::SlotRequest& slot = *request.mutable_slot();
    slot.set_clinic("organizations/o/clinics/c");
    slot.set_offering("organizations/o/offerings/massage");
    slot.set_duration_minutes(60);
    slot.set_practitioner("organizations/o/practitioners/p1");
    slot.set_room("organizations/o/clinics/c/rooms/r1");
    *slot.mutable_start_time() = rpc::ToProto(start);
    return request;
  }

  pb::Booking HoldOver(absl::Time start) {
    pb::HoldSlotResponse held;
    EXPECT_EQ(Call("desk", *stub_, &Stub::HoldSlot, HoldRequest(start), &held), "") << last_;
    return held.booking();
  }

  std::string Hold(const pb::HoldSlotRequest& request, const std::string& caller = "desk") {
    pb::HoldSlotResponse response;
    return Call(caller, *stub_, &Stub::HoldSlot, request, &response);
  }

  Metrics metrics_;
  rpc::Edge edge_{
      {.threads = 4},
      rpc::WithEveryRole(
          {Caller("desk", Role::kFrontDesk, "o"), Caller("partner", Role::kPartner, "o"),
           Caller("stranger", Role::kFrontDesk, "x"), Caller("service", Role::kService, ""),
           Bound("desk-c", Role::kFrontDesk, {"c"}, ""),
           Bound("desk-far", Role::kFrontDesk, {"far"}, ""),
           Bound("ana", Role::kClientProxy, {}, "ana"), Bound("zoe", Role::kClientProxy, {}, "zoe"),
           Bound("p1", Role::kPractitioner, {}, ""), Bound("p2", Role::kPractitioner, {}, "")},
          "o", TwoSides()),
      LedgerAccess(),
      metrics_};
  crypto::PageTokens tokens_{crypto::Key::Random()};
  app::FollowZones zones_{*database_,
                          catalogues_,
                          ledger_,
                          pointers_,
                          expire_,
                          [this](const std::string& name, auto* zone) {
                            if (new_zone_.has_value()) *zone = *new_zone_;
                            return new_zone_.has_value() || absl::LoadTimeZone(name, zone);
                          }};
  std::optional<absl::TimeZone> new_zone_;  // What FollowZoneData finds, whatever the name.
  app::ListOrphans orphans_{*database_, catalogues_, ledger_};
  BookingServiceImpl service_{edge_, book_, move_, reschedule_, read_, orphans_, zones_, tokens_};
  EventServiceImpl events_{edge_, read_};
  std::unique_ptr<rpc::Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<Stub> stub_;
  std::unique_ptr<pb::EventService::Stub> event_stub_;
  absl::Status last_;
};

}  // namespace stillpoint::booking::edge

#endif  // STILLPOINT_SERVICES_BOOKING_EDGE_BOOKING_SERVICE_TESTING_H_

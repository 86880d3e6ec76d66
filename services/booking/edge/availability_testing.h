// AvailabilityService behind a real server on a loopback port. For tests only.
#ifndef STILLPOINT_SERVICES_BOOKING_EDGE_AVAILABILITY_TESTING_H_
#define STILLPOINT_SERVICES_BOOKING_EDGE_AVAILABILITY_TESTING_H_

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/crypto/keys.h"
#include "common/error/error.h"
#include "common/rpc/access_testing.h"
#include "common/rpc/server.h"
#include "services/booking/adapters/cached_facts.h"
#include "services/booking/app/ledger_testing.h"
#include "services/booking/edge/access.h"
#include "services/booking/edge/availability_service.h"
#include "services/booking/edge/two_clinics_testing.h"

namespace stillpoint::booking::edge {

inline rpc::Callers::Known Caller(const std::string& key, rpc::Role role,
                                  const std::string& organization) {
  return {crypto::Hash(key),
          {.subject = "test/" + key, .role = role, .organization = organization}};
}

inline std::vector<rpc::MethodAccess> AvailabilityAccess() {
  std::vector<rpc::MethodAccess> access;
  for (const rpc::MethodAccess& method : AccessTable()) {
    if (method.method.substr(0, 20) == "AvailabilityService.") access.push_back(method);
  }
  return access;
}

class AvailabilityServiceTest : public app::LedgerTest {
 protected:
  using Stub = pb::AvailabilityService::Stub;

  // With Redis, or with nothing that tells how fresh memory is.
  explicit AvailabilityServiceTest(redis::Redis* redis = nullptr,
                                   redis::SharedReader* reader = nullptr)
      : facts_(*database_, redis, key_, metrics_, {}, reader) {}

  void SetUp() override {
    auto server = rpc::Server::Start({.listen = "127.0.0.1:0"}, edge_, {&service_},
                                     {"stillpoint.booking.v1.AvailabilityService"},
                                     [] { return absl::OkStatus(); });
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    channel_ = grpc::CreateChannel("127.0.0.1:" + std::to_string(server_->port()),
                                   grpc::InsecureChannelCredentials());
    stub_ = pb::AvailabilityService::NewStub(channel_);
  }

  // `massage`, 60 minutes, on the Monday of the ledger's tests.
  static pb::SearchSlotsRequest Request() {
    pb::SearchSlotsRequest request;
    request.set_parent("organizations/o");
    pb::SlotFilter& filter = *request.mutable_filter();
    filter.set_offering("organizations/o/offerings/massage");
    filter.set_duration_minutes(60);
    *filter.mutable_window()->mutable_start_time() = rpc::ToProto(At(0));
    *filter.mutable_window()->mutable_end_time() = rpc::ToProto(At(0) + absl::Hours(24));
    return request;
  }

  // The reason of the refusal, or "".
  template <typename Request, typename Response>
  std::string Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                   const Request& request, Response* response, const std::string& caller = "desk") {
    grpc::ClientContext context;
    context.AddMetadata("authorization", "Bearer " + caller);
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    last_ = rpc::FromGrpc((*stub_.*method)(&context, request, response));
    return ReasonOf(last_);
  }

  std::string Search(const pb::SearchSlotsRequest& request, pb::SearchSlotsResponse* response,
                     const std::string& caller = "desk") {
    return Call(&Stub::SearchSlots, request, response, caller);
  }

  Metrics metrics_;
  const crypto::Key key_ = crypto::Key::Random();
  adapters::CachedFacts facts_;
  app::SearchSlots search_{*database_, catalogues_, facts_, ledger_, clock_};
  app::FindNext next_{search_, clock_};
  app::ExplainSlot explain_{*database_, catalogues_, ledger_, clearance_};
  const crypto::PageTokens tokens_{key_};
  rpc::Edge edge_{{.threads = 2},
                  rpc::WithEveryRole({Caller("desk", rpc::Role::kFrontDesk, "o"),
                                      Caller("owner", rpc::Role::kOwner, "o"),
                                      Caller("partner", rpc::Role::kPartner, "o"),
                                      Caller("stranger", rpc::Role::kOwner, "other")},
                                     "o", TwoSides()),
                  AvailabilityAccess(),
                  metrics_};
  // As many packed starts as one day of the clinic's three people has.
  AvailabilityServiceImpl service_{
      edge_, search_, next_, explain_, tokens_, metrics_, /*free_starts_max=*/3 * 29};
  std::unique_ptr<rpc::Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<Stub> stub_;
  absl::Status last_;
};

}  // namespace stillpoint::booking::edge

#endif  // STILLPOINT_SERVICES_BOOKING_EDGE_AVAILABILITY_TESTING_H_

// CatalogService on a loopback port, with an operator, an owner, a partner, a stranger and
// `north`, the manager of a clinic of that name.
#ifndef STILLPOINT_SERVICES_BOOKING_EDGE_CATALOG_SERVICE_TESTING_H_
#define STILLPOINT_SERVICES_BOOKING_EDGE_CATALOG_SERVICE_TESTING_H_

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
#include "common/testing/databases.h"
#include "services/booking/adapters/catalogue_cache.h"
#include "services/booking/adapters/catalogue_store.h"
#include "services/booking/adapters/migrations.h"
#include "services/booking/edge/access.h"
#include "services/booking/edge/booking_proto.h"
#include "services/booking/edge/catalog_service.h"

namespace stillpoint::booking::edge {

namespace type = ::stillpoint::type::v1;
using rpc::Role;

// A caller whose bearer key is `key`.
inline rpc::Callers::Known Caller(const std::string& key, Role role,
                                  const std::string& organization) {
  return {crypto::Hash(key),
          {.subject = "test/" + key, .role = role, .organization = organization}};
}

// The methods of the catalogue only: the other services are not served here.
inline std::vector<rpc::MethodAccess> CatalogAccess() {
  std::vector<rpc::MethodAccess> access;
  for (const rpc::MethodAccess& method : AccessTable()) {
    if (method.method.substr(0, 15) == "CatalogService.") access.push_back(method);
  }
  return access;
}

class CatalogServiceTest : public ::testing::TestWithParam<sql::Engine> {
 protected:
  void SetUp() override {
    auto server = rpc::Server::Start({.listen = "127.0.0.1:0"}, edge_, {&service_},
                                     {"stillpoint.booking.v1.CatalogService"},
                                     [] { return absl::OkStatus(); });
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    channel_ = grpc::CreateChannel("127.0.0.1:" + std::to_string(server_->port()),
                                   grpc::InsecureChannelCredentials());
    stub_ = pb::CatalogService::NewStub(channel_);
    for (const char* id : {"calm", "other"}) {
      pb::CreateOrganizationRequest request;
      request.set_organization_id(id);
      request.mutable_organization()->set_display_name("Calm");
      pb::CreateOrganizationResponse response;
      ASSERT_EQ(Call("operator", &Stub::CreateOrganization, request, &response), "");
    }
  }

  using Stub = pb::CatalogService::Stub;
  // The reason of the refusal, or "".
  template <typename Request, typename Response>
  std::string Call(const std::string& caller,
                   grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                   const Request& request, Response* response) {
    grpc::ClientContext context;
    context.AddMetadata("authorization", "Bearer " + caller);
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    last_ = rpc::FromGrpc((stub_.get()->*method)(&context, request, response));
    return ReasonOf(last_);
  }

  std::string CreateClinic(const std::string& id, const std::string& zone,
                           const std::string& request_id = "", pb::Clinic* clinic = nullptr) {
    pb::CreateClinicRequest request;
    request.set_parent("organizations/calm");
    request.set_clinic_id(id);
    request.set_request_id(request_id);
    request.mutable_clinic()->set_display_name("Clinic");
    request.mutable_clinic()->set_time_zone(zone);
    pb::CreateClinicResponse response;
    const std::string reason = Call("owner", &Stub::CreateClinic, request, &response);
    if (clinic != nullptr) *clinic = response.clinic();
    return reason;
  }

  std::string CreatePractitioner(const std::string& id) {
    pb::CreatePractitionerRequest request;
    request.set_parent("organizations/calm");
    request.set_practitioner_id(id);
    request.mutable_practitioner()->set_display_name("Ana");
    request.mutable_practitioner()->add_styles(pb::STYLE_BIODYNAMIC);
    pb::Credential* credential = request.mutable_practitioner()->add_credentials();
    credential->set_kind("cst-1");
    credential->set_issuer("Upledger");
    credential->mutable_valid_until()->set_year(2027);
    credential->mutable_valid_until()->set_month(5);
    credential->mutable_valid_until()->set_day(31);
    pb::CreatePractitionerResponse response;
    return Call("owner", &Stub::CreatePractitioner, request, &response);
  }

  static void Add(pb::SetWorkingHoursRequest& request, const std::string& clinic, int start,
                  int end) {
    pb::WorkingHours* hours = request.add_working_hours();
    hours->set_clinic("organizations/calm/clinics/" + clinic);
    hours->mutable_range()->set_day_of_week(type::DAY_OF_WEEK_MONDAY);
    hours->mutable_range()->set_start_minute(start);
    hours->mutable_range()->set_end_minute(end);
  }

  std::unique_ptr<sql::Database> database_ =
      testing::NewDatabase(GetParam(), adapters::Migrations());
  adapters::SqlCatalogueStore store_;
  adapters::CatalogueCache cache_;
  ports::NoVersionPointers pointers_;
  SequenceIds ids_{"id"};
  const crypto::PageTokens tokens_{crypto::Key::Random()};
  Metrics metrics_;
  rpc::Edge edge_{{.threads = 8},
                  rpc::WithEveryRole({Caller("operator", Role::kOperator, ""),
                                      Caller("owner", Role::kOwner, "calm"),
                                      Caller("partner", Role::kPartner, "calm"),
                                      Caller("stranger", Role::kOwner, "other"),
                                      {crypto::Hash("north"),
                                       {.subject = "test/north",
                                        .role = Role::kManager,
                                        .organization = "calm",
                                        .clinics = {"north"}}}},
                                     "calm", {{"north", "nell", ""}, {"south", "sol", ""}}),
                  CatalogAccess(),
                  metrics_};
  app::ReadCatalogue read_{*database_, cache_};
  const ports::Ledger ledger_{EncodeEvent};
  app::CatalogueChanges changes_{*database_, cache_, store_, ledger_, pointers_};
  CatalogServiceImpl service_{edge_, read_, changes_, ids_, tokens_};
  std::unique_ptr<rpc::Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<Stub> stub_;
  absl::Status last_;
};

}  // namespace stillpoint::booking::edge

#endif  // STILLPOINT_SERVICES_BOOKING_EDGE_CATALOG_SERVICE_TESTING_H_

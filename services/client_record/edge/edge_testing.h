// What the tests over the wire share: the whole service on a free port, with its callers.
#ifndef STILLPOINT_SERVICES_CLIENT_RECORD_EDGE_EDGE_TESTING_H_
#define STILLPOINT_SERVICES_CLIENT_RECORD_EDGE_EDGE_TESTING_H_

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "common/error/error.h"
#include "common/rpc/access_testing.h"
#include "common/rpc/server.h"
#include "common/testing/databases.h"
#include "common/testing/servers.h"
#include "services/client_record/adapters/content.h"
#include "services/client_record/adapters/schema.h"
#include "services/client_record/edge/access.h"
#include "services/client_record/edge/client_service.h"
#include "services/client_record/edge/note_service.h"
#include "services/client_record/edge/screening_service.h"

namespace stillpoint::client_record::edge {
namespace pb = ::stillpoint::client_record::v1;
using rpc::Role;

inline constexpr char kAnn[] = "organizations/o/practitioners/ann";

inline rpc::Callers::Known Caller(const std::string& key, Role role,
                                  const std::string& organization, const std::string& subject) {
  return {crypto::Hash(key), {.subject = subject, .role = role, .organization = organization}};
}

inline rpc::Callers TestCallers() {
  return rpc::WithEveryRole(
      {Caller("desk", Role::kFrontDesk, "o", "organizations/o/desk"),
       Caller("owner", Role::kOwner, "o", "organizations/o/owner"),
       Caller("ann", Role::kPractitioner, "o", kAnn),
       Caller("bob", Role::kPractitioner, "o", "organizations/o/practitioners/bob"),
       Caller("partner", Role::kPartner, "o", "partners/clinic"),
       Caller("booking", Role::kService, "", "services/booking"),
       Caller("foreign", Role::kOwner, "p", "organizations/p/owner")},
      "o", {{"", "nora", "nils"}, {"", "sven", "sara"}});
}

inline std::unique_ptr<sql::Database> OpenFile(const std::string& path, const Clock& clock) {
  auto database = sql::Database::Open("sqlite:" + path, {.clock = &clock}).value();
  EXPECT_TRUE(
      sql::Migrate(*database, adapters::Migrations(), Deadline::After(absl::Seconds(10))).ok());
  return database;
}

// Ann has a visit of everybody, as far as the bookings go, and so has the practitioner of the
// access matrix; nora one of nils, sven one of sara; others have none.
class AnnsCare final : public ports::Care {
 public:
  absl::StatusOr<bool> HasVisit(const Tenant&, const std::string& practitioner,
                                const std::string& client, Deadline) const override {
    return practitioner == "ann" || practitioner == "matrix" ||
           (practitioner == "nora" && client == "nils") ||
           (practitioner == "sven" && client == "sara");
  }
};

class EdgeTest : public ::testing::TestWithParam<sql::Engine> {
 protected:
  EdgeTest()
      : database_(
            GetParam() == sql::Engine::kSqlite
                ? OpenFile(dir_.path() + "/db", clock_)
                : stillpoint::testing::NewDatabase(GetParam(), adapters::Migrations(), &clock_)) {}

  void SetUp() override {
    auto server = rpc::Server::Start(
        {.listen = "127.0.0.1:0"}, edge_,
        {&clients_, &consents_, &intakes_, &screening_, &notes_, &audit_},
        {"stillpoint.client_record.v1.ClientService", "stillpoint.client_record.v1.ConsentService",
         "stillpoint.client_record.v1.IntakeService",
         "stillpoint.client_record.v1.ScreeningService",
         "stillpoint.client_record.v1.SessionNoteService",
         "stillpoint.client_record.v1.AuditService"},
        [] { return absl::OkStatus(); });
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    const auto channel = grpc::CreateChannel("127.0.0.1:" + std::to_string(server_->port()),
                                             grpc::InsecureChannelCredentials());
    channel_ = channel;
    client_ = pb::ClientService::NewStub(channel);
    intake_ = pb::IntakeService::NewStub(channel);
    screen_ = pb::ScreeningService::NewStub(channel);
    note_ = pb::SessionNoteService::NewStub(channel);
    log_ = pb::AuditService::NewStub(channel);
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

  pb::Client Add(const std::string& caller, const std::string& request_id = "") {
    pb::CreateClientRequest request;
    request.set_parent("organizations/o");
    request.set_request_id(request_id);
    request.mutable_client()->set_given_name("Zoe Canaryfirst");
    request.mutable_client()->set_family_name("Canarylast");
    request.mutable_client()->set_phone("780 555 0199");
    request.mutable_client()->set_email("Zoe.Canary@example.org");
    pb::Consent* consent = request.mutable_client()->add_consents();
    consent->set_kind(pb::Consent::KIND_EMAIL);
    consent->set_granted(true);
    consent->set_source(pb::Consent::SOURCE_IN_PERSON);
    pb::CreateClientResponse response;
    EXPECT_EQ(Call(caller, *client_, &pb::ClientService::Stub::CreateClient, request, &response),
              "");
    return response.client();
  }
  std::string Get(const std::string& caller, const std::string& name) {
    pb::GetClientRequest request;
    request.set_name(name);
    pb::GetClientResponse response;
    return Call(caller, *client_, &pb::ClientService::Stub::GetClient, request, &response);
  }
  std::string Submit(const std::string& client, const std::string& yes) {
    pb::SubmitIntakeRequest request;
    request.set_client(client);
    request.mutable_intake()->set_questionnaire_version(1);
    for (const domain::Question& question : content_.newest().questions) {
      if (!question.screening || !question.asked_when_question.empty()) continue;
      pb::Answer* answer = request.mutable_intake()->add_answers();
      answer->set_question(question.id);
      answer->add_values(question.id == yes ? "yes" : "no");
    }
    pb::SubmitIntakeResponse response;
    const std::string reason =
        Call("partner", *intake_, &pb::IntakeService::Stub::SubmitIntake, request, &response);
    submitted_ = response.clearance().decision();
    return reason;
  }
  pb::Clearance Clearance(const std::string& client) {
    pb::GetClearanceRequest request;
    request.set_client(client);
    request.set_modality(type::v1::MODALITY_CRANIOSACRAL);
    pb::GetClearanceResponse response;
    EXPECT_EQ(
        Call("booking", *screen_, &pb::ScreeningService::Stub::GetClearance, request, &response),
        "");
    return response.clearance();
  }

  stillpoint::testing::TempDir dir_;
  FakeClock clock_{absl::FromUnixSeconds(1804521600)};  // 2027-03-08 16:00 UTC.
  std::unique_ptr<sql::Database> database_;
  RandomIds ids_;
  Metrics metrics_;
  const crypto::Key secret_ = crypto::Key::Random();
  const domain::Content content_ = adapters::LoadContent().value();
  const ports::KeyRing ring_{secret_};
  const AnnsCare care_ = {};
  const app::Records records_{*database_, ring_, care_};
  const crypto::PageTokens tokens_{secret_};
  const UseCases use_cases_{records_, content_, ids_};
  rpc::Edge edge_{{.threads = 4}, TestCallers(), Access(), metrics_};
  ClientServiceImpl clients_{edge_, use_cases_, tokens_};
  ConsentServiceImpl consents_{edge_, use_cases_};
  IntakeServiceImpl intakes_{edge_, use_cases_, tokens_};
  ScreeningServiceImpl screening_{edge_, use_cases_};
  SessionNoteServiceImpl notes_{edge_, use_cases_, tokens_};
  AuditServiceImpl audit_{edge_, use_cases_, tokens_};
  std::unique_ptr<rpc::Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<pb::ClientService::Stub> client_;
  std::unique_ptr<pb::IntakeService::Stub> intake_;
  std::unique_ptr<pb::ScreeningService::Stub> screen_;
  std::unique_ptr<pb::SessionNoteService::Stub> note_;
  std::unique_ptr<pb::AuditService::Stub> log_;
  absl::Status last_;
  pb::Clearance::Decision submitted_ = pb::Clearance::DECISION_UNSPECIFIED;
};

}  // namespace stillpoint::client_record::edge

#endif  // STILLPOINT_SERVICES_CLIENT_RECORD_EDGE_EDGE_TESTING_H_

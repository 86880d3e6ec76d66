// The whole service over the wire: who may do what, names, pages, replays, one visit from end to
// end.
#include <dirent.h>
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "common/error/error.h"
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
namespace {

namespace pb = ::stillpoint::client_record::v1;
using rpc::Role;

constexpr char kAnn[] = "organizations/o/practitioners/ann";

std::pair<std::string, rpc::Principal> Caller(const std::string& key, Role role,
                                              const std::string& organization,
                                              const std::string& subject) {
  return {crypto::Hash(key), {.subject = subject, .role = role, .organization = organization}};
}

rpc::Callers TestCallers() {
  return rpc::Callers({Caller("desk", Role::kFrontDesk, "o", "organizations/o/desk"),
                       Caller("owner", Role::kOwner, "o", "organizations/o/owner"),
                       Caller("ann", Role::kPractitioner, "o", kAnn),
                       Caller("partner", Role::kPartner, "o", "partners/clinic"),
                       Caller("booking", Role::kService, "", "services/booking"),
                       Caller("foreign", Role::kOwner, "p", "organizations/p/owner")});
}

std::unique_ptr<sql::Database> OpenFile(const std::string& path, const Clock& clock) {
  auto database = sql::Database::Open("sqlite:" + path, {.clock = &clock}).value();
  EXPECT_TRUE(
      sql::Migrate(*database, adapters::Migrations(), Deadline::After(absl::Seconds(10))).ok());
  return database;
}

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
  const app::Records records_{*database_, ring_};
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
  std::unique_ptr<pb::ClientService::Stub> client_;
  std::unique_ptr<pb::IntakeService::Stub> intake_;
  std::unique_ptr<pb::ScreeningService::Stub> screen_;
  std::unique_ptr<pb::SessionNoteService::Stub> note_;
  std::unique_ptr<pb::AuditService::Stub> log_;
  absl::Status last_;
  pb::Clearance::Decision submitted_ = pb::Clearance::DECISION_UNSPECIFIED;
};

TEST_P(EdgeTest, ForeignUnknownAndUnmadeLookTheSame) {
  const std::string name = Add("desk").name();
  EXPECT_EQ(Get("desk", name), "");
  EXPECT_EQ(Get("foreign", name), "NOT_FOUND");
  const std::string foreign(last_.message());
  EXPECT_EQ(Get("desk", "organizations/o/clients/nobody"), "NOT_FOUND");
  EXPECT_EQ(last_.message(), foreign);
  EXPECT_EQ(Get("desk", "organizations/p/clients/nobody"), "NOT_FOUND");
  EXPECT_EQ(last_.message(), foreign);
  EXPECT_EQ(Get("desk", "clients/nobody"), "INVALID_FIELD");
  EXPECT_EQ(FieldsOf(last_).begin()->first, "name");
}

TEST_P(EdgeTest, RolesAreHeldTo) {
  const std::string name = Add("partner").name();
  EXPECT_EQ(Get("partner", name), "ROLE_NOT_ALLOWED");
  EXPECT_EQ(Get("nobody", name), "CALLER_UNKNOWN");
  pb::GetContactRequest request;
  request.set_client(name);
  pb::GetContactResponse contact;
  EXPECT_EQ(Call("owner", *client_, &pb::ClientService::Stub::GetContact, request, &contact),
            "ROLE_NOT_ALLOWED");
  EXPECT_EQ(Call("booking", *client_, &pb::ClientService::Stub::GetContact, request, &contact), "");
  EXPECT_EQ(contact.email(), "zoe.canary@example.org");
  EXPECT_TRUE(contact.email_allowed());
  EXPECT_FALSE(contact.sms_allowed());
}

TEST_P(EdgeTest, APartnerLearnsOnlyWhatItsOwnAnswersMean) {
  const std::string name = Add("partner").name();
  EXPECT_EQ(Submit(name, "aneurysm"), "");
  EXPECT_EQ(submitted_, pb::Clearance::DECISION_BLOCKED);
  EXPECT_EQ(Submit(name, ""), "");
  EXPECT_EQ(submitted_, pb::Clearance::DECISION_CLEARED);
  EXPECT_EQ(Clearance(name).decision(), pb::Clearance::DECISION_BLOCKED);
}

TEST_P(EdgeTest, AReplayAnswersWithTheSameBytes) {
  const std::string first = Add("desk", "r1").SerializeAsString();
  for (int i = 0; i < 100; ++i) ASSERT_EQ(Add("desk", "r1").SerializeAsString(), first);
  EXPECT_NE(Add("desk", "r2").SerializeAsString(), first);
}

TEST_P(EdgeTest, PageTokensAreOfOneCallerAndOneCall) {
  for (int i = 0; i < 3; ++i) Add("desk");
  pb::ListClientsRequest request;
  request.set_parent("organizations/o");
  request.set_page_size(2);
  pb::ListClientsResponse page;
  const auto list = [&](const std::string& caller) {
    return Call(caller, *client_, &pb::ClientService::Stub::ListClients, request, &page);
  };
  EXPECT_EQ(list("desk"), "");
  EXPECT_EQ(page.clients_size(), 2);
  request.set_page_token(page.next_page_token());
  EXPECT_EQ(list("owner"), "PAGE_TOKEN_INVALID");
  EXPECT_EQ(list("desk"), "");
  EXPECT_EQ(page.clients_size(), 1);
  EXPECT_EQ(page.next_page_token(), "");
  request.set_page_size(1);
  EXPECT_EQ(list("desk"), "PAGE_TOKEN_INVALID");
}

TEST_P(EdgeTest, AnUpdateTouchesOnlyTheMask) {
  pb::UpdateClientRequest request;
  *request.mutable_client() = Add("desk");
  request.mutable_client()->set_phone("");
  request.mutable_client()->set_language("fr-CA");
  pb::UpdateClientResponse response;
  const auto update = [&] {
    return Call("desk", *client_, &pb::ClientService::Stub::UpdateClient, request, &response);
  };
  EXPECT_EQ(update(), "INVALID_FIELD");
  request.mutable_update_mask()->add_paths("language");
  EXPECT_EQ(update(), "");
  EXPECT_EQ(response.client().language(), "fr-CA");
  EXPECT_EQ(response.client().phone(), "+17805550199");
  EXPECT_EQ(update(), "ETAG_MISMATCH");
  *request.mutable_client() = response.client();
  request.mutable_client()->set_zone("Mars/Olympus");
  request.mutable_update_mask()->add_paths("zone");
  EXPECT_EQ(update(), "INVALID_FIELD");
  request.mutable_update_mask()->set_paths(1, "etag");
  EXPECT_EQ(update(), "INVALID_FIELD");
}

TEST_P(EdgeTest, AVisitFromIntakeToSignedNote) {
  const std::string name = Add("desk").name();
  EXPECT_EQ(Clearance(name).findings(0).reason(), "INTAKE_REQUIRED");
  EXPECT_EQ(Submit(name, "touch_trauma"), "");
  const pb::Clearance clearance = Clearance(name);
  EXPECT_EQ(clearance.decision(), pb::Clearance::DECISION_CLEARED);
  ASSERT_EQ(clearance.findings_size(), 1);

  pb::CreateDraftRequest draft;
  draft.set_parent(name);
  draft.mutable_note()->set_modality(type::v1::MODALITY_CRANIOSACRAL);
  *draft.mutable_note()->mutable_start_time() = rpc::ToProto(clock_.TimeNow() - absl::Hours(1));
  *draft.mutable_note()->mutable_end_time() = rpc::ToProto(clock_.TimeNow());
  pb::NoteContent* content = draft.mutable_note()->mutable_content();
  content->set_pain_now(11);
  content->set_subjective("Canarynote");
  content->add_ratings()->set_station("sacrum");
  pb::CreateDraftResponse made;
  const auto create = [&](const std::string& caller) {
    return Call(caller, *note_, &pb::SessionNoteService::Stub::CreateDraft, draft, &made);
  };
  EXPECT_EQ(create("ann"), "INVALID_FIELD");
  content->set_pain_now(0);
  EXPECT_EQ(create("owner"), "ROLE_NOT_ALLOWED");
  EXPECT_EQ(create("ann"), "");
  EXPECT_EQ(made.note().author(), kAnn);
  EXPECT_EQ(made.note().content().SerializeAsString(), content->SerializeAsString());

  pb::SignNoteRequest sign;
  sign.set_name(made.note().name());
  sign.set_etag(made.note().etag());
  pb::SignNoteResponse signed_note;
  const auto run = [&] {
    return Call("ann", *note_, &pb::SessionNoteService::Stub::SignNote, sign, &signed_note);
  };
  EXPECT_EQ(run(), "ACKNOWLEDGEMENT_REQUIRED");
  pb::Acknowledgement* acknowledgement = sign.add_acknowledgements();
  acknowledgement->set_rule(clearance.findings(0).rule());
  acknowledgement->set_rule_version(clearance.findings(0).rule_version());
  EXPECT_EQ(run(), "");
  const pb::SessionNote& note = signed_note.note();
  EXPECT_EQ(note.state(), pb::SessionNote::STATE_SIGNED);
  EXPECT_TRUE(crypto::Verify(note.public_key(), note.signed_bytes(), note.signature()));

  pb::VerifyAuditChainRequest verify;
  verify.set_parent("organizations/o");
  pb::VerifyAuditChainResponse verdict;
  EXPECT_EQ(Call("owner", *log_, &pb::AuditService::Stub::VerifyAuditChain, verify, &verdict), "");
  EXPECT_TRUE(verdict.intact());
  EXPECT_GT(verdict.entry_count(), 5);

  // Nothing of it can be read in the files of SQLite, the journal included.
  std::string bytes;
  DIR* folder = opendir(dir_.path().c_str());
  while (const dirent* entry = readdir(folder)) {
    std::ostringstream text;
    text << std::ifstream(dir_.path() + "/" + entry->d_name, std::ios::binary).rdbuf();
    bytes += text.str();
  }
  closedir(folder);
  EXPECT_EQ(bytes.find("GetClearance") != std::string::npos, GetParam() == sql::Engine::kSqlite);
  for (const char* canary : {"Canary", "canary", "7805550199", "touch_trauma", "sacrum"}) {
    EXPECT_EQ(bytes.find(canary), std::string::npos) << canary;
  }
}

INSTANTIATE_TEST_SUITE_P(Engines, EdgeTest, ::testing::ValuesIn(stillpoint::testing::AllEngines()),
                         [](const auto& one) {
                           return stillpoint::testing::EngineName(one.param);
                         });

}  // namespace
}  // namespace stillpoint::client_record::edge

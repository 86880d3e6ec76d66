// The whole service over the wire: who may do what, names, pages, replays, one visit from end to
// end.
#include <dirent.h>

#include <fstream>
#include <sstream>

#include "services/client_record/edge/edge_testing.h"
#include "services/client_record/edge/target.h"

namespace stillpoint::client_record::edge {
namespace {

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
  // Another organization's owner, who asks for their own with a token that is not.
  request.set_page_size(2);
  EXPECT_EQ(list("foreign"), "NOT_FOUND");
  request.set_parent("organizations/p");
  EXPECT_EQ(list("foreign"), "PAGE_TOKEN_INVALID");
}

// One who may ask any organization: the token alone must know which it was.
TEST(PageTest, ATokenIsOfOneOrganization) {
  const crypto::PageTokens tokens(
      crypto::Key::FromBytes("0123456789abcdef0123456789abcdef").value());
  const rpc::CallInfo call{
      .principal = {.subject = "services/reports", .role = Role::kService, .organization = ""},
      .deadline = Deadline::After(absl::Seconds(1)),
      .method = "AuditService.ListAuditEntries"};
  const auto read = [&](const std::string& parent, const std::string& token) {
    return ReadPage(tokens, call, parent, 2, 10, token);
  };
  const std::string token = tokens.Make("17", read("organizations/a", "")->binding);
  EXPECT_EQ(read("organizations/a", token)->cursor, "17");
  EXPECT_EQ(ReasonOf(read("organizations/b", token).status()), "PAGE_TOKEN_INVALID");
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

TEST_P(EdgeTest, APractitionerSeesOwnClientsOnly) {
  const std::string name = Add("desk").name();
  EXPECT_EQ(Get("ann", name), "");
  EXPECT_EQ(Get("bob", name), "NOT_FOUND");
  const absl::Status forbidden = last_;
  EXPECT_EQ(Get("bob", "organizations/o/clients/nobody"), "NOT_FOUND");
  EXPECT_EQ(last_, forbidden);
}

INSTANTIATE_TEST_SUITE_P(Engines, EdgeTest, ::testing::ValuesIn(stillpoint::testing::AllEngines()),
                         [](const auto& one) {
                           return stillpoint::testing::EngineName(one.param);
                         });

}  // namespace
}  // namespace stillpoint::client_record::edge

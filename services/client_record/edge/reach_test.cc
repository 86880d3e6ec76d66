// Who reaches which records, over the wire: the access table, method by method.
#include <google/protobuf/text_format.h>

#include <array>

#include "absl/strings/str_cat.h"
#include "common/rpc/reach_testing.h"
#include "services/client_record/edge/edge_testing.h"

namespace stillpoint::client_record::edge {
namespace {

const std::vector<std::string>& Services() {
  static const auto* const kServices =
      new std::vector<std::string>{"stillpoint.client_record.v1.ClientService",
                                   "stillpoint.client_record.v1.ConsentService",
                                   "stillpoint.client_record.v1.IntakeService",
                                   "stillpoint.client_record.v1.ScreeningService",
                                   "stillpoint.client_record.v1.SessionNoteService",
                                   "stillpoint.client_record.v1.AuditService"};
  return *kServices;
}

class RecordReachTest : public EdgeTest {
 protected:
  // A record with an intake and a draft by `author`, a caller's key.
  rpc::SideNames AddRecord(const std::string& id, const std::string& author) {
    pb::CreateClientRequest client;
    client.set_parent("organizations/o");
    client.set_client_id(id);
    client.mutable_client()->set_given_name(id);
    client.mutable_client()->set_family_name("Last");
    pb::CreateClientResponse made;
    EXPECT_EQ(Call("owner", *client_, &pb::ClientService::Stub::CreateClient, client, &made), "")
        << last_;
    const std::string name = "organizations/o/clients/" + id;
    pb::SubmitIntakeRequest intake = Answers(name);
    pb::SubmitIntakeResponse submitted;
    EXPECT_EQ(Call("owner", *intake_, &pb::IntakeService::Stub::SubmitIntake, intake, &submitted),
              "")
        << last_;
    pb::CreateDraftRequest draft;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
        absl::StrCat("parent: '", name, "' note { ", Session(), " }"), &draft));
    pb::CreateDraftResponse drafted;
    EXPECT_EQ(Call(author, *note_, &pb::SessionNoteService::Stub::CreateDraft, draft, &drafted), "")
        << last_;
    etag_ = drafted.note().etag();
    return {
        {"client", name}, {"intake", submitted.intake().name()}, {"note", drafted.note().name()}};
  }

  pb::SubmitIntakeRequest Answers(const std::string& client) const {
    pb::SubmitIntakeRequest request;
    request.set_client(client);
    request.mutable_intake()->set_questionnaire_version(1);
    for (const domain::Question& question : content_.newest().questions) {
      if (!question.screening || !question.asked_when_question.empty()) continue;
      pb::Answer* answer = request.mutable_intake()->add_answers();
      answer->set_question(question.id);
      answer->add_values("no");
    }
    return request;
  }

  // What every note needs.
  std::string Session() const {
    const int64_t now = absl::ToUnixSeconds(clock_.TimeNow());
    return absl::StrCat("modality: MODALITY_CRANIOSACRAL start_time { seconds: ", now - 3600,
                        " } end_time { seconds: ", now, " } content { plan: 'rest' }");
  }

  std::string etag_;  // Of the last draft.
};

TEST_P(RecordReachTest, EveryRoleHasItsPlaceInTheMatrix) {
  const rpc::SideNames there = AddRecord("zoe", "matrix-practitioner");
  pb::SignNoteRequest sign;  // So that there is a key to ask for.
  sign.set_name(there.at("note"));
  sign.set_etag(etag_);
  pb::SignNoteResponse signed_note;
  ASSERT_EQ(Call("matrix-practitioner", *note_, &pb::SessionNoteService::Stub::SignNote, sign,
                 &signed_note),
            "")
      << last_;
  const size_t organization = std::string("organizations/o").size();
  rpc::AccessMatrix(
      channel_, Access(), "o",
      {"/clients/zoe", "/practitioners/matrix", there.at("intake").substr(organization),
       there.at("note").substr(organization)})
      .Check(Services());
  EXPECT_EQ("\n" + rpc::AccessGuide(Access()),
            rpc::GuideSection(STILLPOINT_SOURCE_DIR, "Client record"));
}

TEST_P(RecordReachTest, WhatIsOutOfReachLooksMissing) {
  const std::array<rpc::SideNames, 2> sides = {AddRecord("nils", "reach-practitioner-0"),
                                               AddRecord("sara", "reach-practitioner-1")};
  std::string answers;
  ASSERT_TRUE(google::protobuf::TextFormat::PrintToString(Answers("<client>"), &answers));
  const std::string draft = absl::StrCat("note { ", Session(), " ");
  const std::vector<rpc::ReachCase> cases = {
      {"ClientService.GetClient", "name: '<client>'"},
      {"ClientService.UpdateClient",
       "client { name: '<client>' etag: 'stale' language: 'fr' } "
       "update_mask { paths: 'language' }"},
      {"ConsentService.SetConsent",
       "client: '<client>' consent { kind: KIND_SMS granted: true source: SOURCE_PHONE }"},
      {"ConsentService.ListConsents", "client: '<client>'"},
      {"IntakeService.SubmitIntake", answers},
      {"IntakeService.GetIntake", "name: '<intake>'"},
      {"IntakeService.ListIntakes", "parent: '<client>'"},
      {"IntakeService.ReviewIntake", "name: '<intake>'"},
      {"ScreeningService.GetClearance", "client: '<client>' modality: MODALITY_CRANIOSACRAL"},
      {"ScreeningService.AttachPhysicianClearance",
       "client: '<client>' physician_clearance { rule: 'aneurysm' issuer: 'Dr. Who' "
       "document_date: '2027-03-01' scope: 'all' modalities: MODALITY_CRANIOSACRAL "
       "expire_time { seconds: 1904521600 } }"},
      {"SessionNoteService.CreateDraft", absl::StrCat("parent: '<client>' ", draft, "}")},
      {"SessionNoteService.UpdateDraft", absl::StrCat(draft, "name: '<note>' etag: 'stale' }")},
      {"SessionNoteService.SignNote", "name: '<note>' etag: 'stale'"},
      {"SessionNoteService.AddAddendum", "name: '<note>' reason: 'left out' text: 'slept well'"},
      {"SessionNoteService.GetNote", "name: '<note>'"},
      {"SessionNoteService.ListNotes", "parent: '<client>'"},
  };
  rpc::ReachMatrix(channel_, Access(), sides,
                   {{"client", "organizations/o/clients/none"},
                    {"intake", "organizations/o/clients/none/intakes/none"},
                    {"note", "organizations/o/clients/none/sessionNotes/none"}},
                   [](Role, absl::string_view) { return true; })
      .Check(Services(), cases);
}

INSTANTIATE_TEST_SUITE_P(Engines, RecordReachTest,
                         ::testing::ValuesIn(stillpoint::testing::AllEngines()),
                         [](const auto& one) {
                           return stillpoint::testing::EngineName(one.param);
                         });

}  // namespace
}  // namespace stillpoint::client_record::edge

// What the service refuses, over the wire: a reason, the field, and nothing stored.
#include <functional>
#include <set>
#include <vector>

#include "services/client_record/edge/edge_testing.h"

namespace stillpoint::client_record::edge {
namespace {

using BadInputTest = EdgeTest;

TEST_P(BadInputTest, BadClientsNameTheFieldAndAreNotStored) {
  using Spoil = std::function<void(pb::CreateClientRequest&, pb::Client&)>;
  for (const auto& [field, spoil] : std::vector<std::pair<std::string, Spoil>>{
           {"parent", [](auto&request, auto&) { request.set_parent("o"); }},
           {"client_id", [](auto&request, auto&) { request.set_client_id("No Id"); }},
           {"request_id", [](auto&request, auto&) { request.set_request_id("a b"); }},
           {"client.given_name", [](auto&, auto&client) { client.clear_given_name(); }},
           {"client.family_name",
            [](auto&, auto&client) { client.set_family_name(std::string(401, 'x')); }},
           {"client.birth_date", [](auto&, auto&client) { client.set_birth_date("1999-02-29"); }},
           {"client.birth_date", [](auto&, auto&client) { client.set_birth_date("2027-03-10"); }},
           {"client.phone", [](auto&, auto&client) { client.set_phone("12"); }},
           {"client.email", [](auto&, auto&client) { client.set_email("a@b\r\nBcc: c@d"); }},
           {"client.region_code", [](auto&, auto&client) { client.set_region_code("XX"); }},
           {"client.zone", [](auto&, auto&client) { client.set_zone("../../etc/passwd"); }},
           {"client.guardian.phone",
            [](auto&, auto&client) { client.mutable_guardian()->set_phone("none"); }},
           {"client.consents", [](auto&, auto&client) { client.add_consents(); }}}) {
    pb::CreateClientRequest request;
    request.set_parent("organizations/o");
    request.mutable_client()->set_given_name("Zoe");
    request.mutable_client()->set_family_name("Last");
    spoil(request, *request.mutable_client());
    pb::CreateClientResponse response;
    EXPECT_EQ(Call("desk", *client_, &pb::ClientService::Stub::CreateClient, request, &response),
              "INVALID_FIELD")
        << field;
    ASSERT_FALSE(FieldsOf(last_).empty()) << field;
    EXPECT_EQ(FieldsOf(last_).begin()->first.substr(0, field.size()), field) << last_;
  }
  pb::ListClientsRequest list;
  list.set_parent("organizations/o");
  pb::ListClientsResponse listed;
  EXPECT_EQ(Call("desk", *client_, &pb::ClientService::Stub::ListClients, list, &listed), "");
  EXPECT_EQ(listed.clients_size(), 0);
}

TEST_P(BadInputTest, EveryTextOfANoteHasABound) {
  const std::string name = Add("desk").name();
  using Spoil = std::function<void(pb::NoteContent&)>;
  const std::string item(2001, 'x');
  for (const auto& [field, spoil] : std::vector<std::pair<std::string, Spoil>>{
           {"note.content.plan", [](auto& c) { c.set_plan(std::string(16'001, 'x')); }},
           {"note.content.ratings[1].side",
            [&](auto& c) {
              c.add_ratings()->set_station("head");
              c.add_ratings()->set_side(item);
            }},
           {"note.content.restrictions[0].comment",
            [&](auto& c) { c.add_restrictions()->set_comment(item); }},
           {"note.content.techniques[0].response",
            [&](auto& c) { c.add_techniques()->set_response(item); }},
           {"note.content.adverse_event.onset",
            [&](auto& c) { c.mutable_adverse_event()->set_onset(item); }},
           {"note.content.techniques",
            [](auto& c) {
              for (int i = 0; i < 101; ++i) c.add_techniques()->set_code("v_spread");
            }},
           {"note.content", [](auto& c) {
              for (int i = 0; i < 60; ++i) {
                c.add_restrictions()->set_comment(std::string(1990, 'x'));
              }
            }}}) {
    pb::CreateDraftRequest draft;
    draft.set_parent(name);
    draft.mutable_note()->set_modality(type::v1::MODALITY_CRANIOSACRAL);
    *draft.mutable_note()->mutable_start_time() = rpc::ToProto(clock_.TimeNow() - absl::Hours(1));
    *draft.mutable_note()->mutable_end_time() = rpc::ToProto(clock_.TimeNow());
    spoil(*draft.mutable_note()->mutable_content());
    pb::CreateDraftResponse made;
    EXPECT_EQ(Call("ann", *note_, &pb::SessionNoteService::Stub::CreateDraft, draft, &made),
              "INVALID_FIELD");
    EXPECT_EQ(FieldsOf(last_).count(field), 1u) << field << ": " << last_;
  }
  pb::ListNotesRequest list;
  list.set_parent(name);
  pb::ListNotesResponse listed;
  EXPECT_EQ(Call("ann", *note_, &pb::SessionNoteService::Stub::ListNotes, list, &listed), "");
  EXPECT_EQ(listed.notes_size(), 0);
}

// Long notes make short pages: gRPC clients refuse messages of more than 4 MB.
TEST_P(BadInputTest, APageOfLongNotesEndsEarly) {
  const std::string name = Add("desk").name();
  pb::CreateDraftRequest draft;
  draft.set_parent(name);
  draft.mutable_note()->set_modality(type::v1::MODALITY_CRANIOSACRAL);
  *draft.mutable_note()->mutable_start_time() = rpc::ToProto(clock_.TimeNow() - absl::Hours(1));
  *draft.mutable_note()->mutable_end_time() = rpc::ToProto(clock_.TimeNow());
  for (int i = 0; i < 49; ++i) {
    draft.mutable_note()->mutable_content()->add_restrictions()->set_comment(
        std::string(1990, 'x'));
  }
  constexpr int kNotes = 34;  // Of 98 KB.
  for (int i = 0; i < kNotes; ++i) {
    pb::CreateDraftResponse made;
    ASSERT_EQ(Call("ann", *note_, &pb::SessionNoteService::Stub::CreateDraft, draft, &made), "")
        << last_;
  }
  pb::ListNotesRequest list;
  list.set_parent(name);
  std::set<std::string> seen;
  do {
    pb::ListNotesResponse page;
    ASSERT_EQ(Call("ann", *note_, &pb::SessionNoteService::Stub::ListNotes, list, &page), "")
        << last_;
    EXPECT_LT(page.notes_size(), kNotes);
    for (const pb::SessionNote& note : page.notes()) EXPECT_TRUE(seen.insert(note.name()).second);
    list.set_page_token(page.next_page_token());
  } while (!list.page_token().empty());
  EXPECT_EQ(seen.size(), size_t{kNotes});
}

INSTANTIATE_TEST_SUITE_P(Engines, BadInputTest,
                         ::testing::ValuesIn(stillpoint::testing::AllEngines()),
                         [](const auto& one) {
                           return stillpoint::testing::EngineName(one.param);
                         });

}  // namespace
}  // namespace stillpoint::client_record::edge

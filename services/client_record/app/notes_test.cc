#include "services/client_record/app/notes.h"

#include <future>

#include "services/client_record/app/fixture_test.h"

namespace stillpoint::client_record::app {
namespace {

constexpr char kContent[] = R"({"subjective":"Canarynote: slept well","pain_now":3})";

class NotesTest : public RecordsTest {
 protected:
  NotesTest() {
    EXPECT_TRUE(Add("zoe").ok());
    note_.client = "zoe";
    note_.start = clock_.TimeNow() - absl::Hours(1);
    note_.end = clock_.TimeNow();
    note_.content_json = kContent;
    const Caller caller = Ann("SessionNoteService.CreateDraft");
    note_.id = CreateDraft(records_, ids_)
                   .Run(caller, Key(caller, ""), note_, [](const auto& note) { return note.id; })
                   .value();
  }
  absl::StatusOr<std::string> Sign(const Caller& caller, const std::string& etag,
                                   const std::vector<domain::Acknowledgement>& acknowledged = {}) {
    return SignNote(records_, content_)
        .Run(caller, Key(caller, ""), "zoe", note_.id, etag, acknowledged,
             [](const auto& note) { return EtagOf(note.version); });
  }
  absl::StatusOr<std::string> Sign(const std::string& etag,
                                   const std::vector<domain::Acknowledgement>& acknowledged = {}) {
    return Sign(Ann("SessionNoteService.SignNote"), etag, acknowledged);
  }
  absl::StatusOr<std::string> Update(const std::string& etag) {
    const Caller caller = Ann("SessionNoteService.UpdateDraft");
    return UpdateDraft(records_).Run(caller, Key(caller, ""), note_, etag,
                                     [](const auto& note) { return EtagOf(note.version); });
  }
  absl::StatusOr<std::string> Append(const std::string& text) {
    const Caller caller = By("organizations/o/practitioners/bob", "SessionNoteService.AddAddendum");
    return AddAddendum(records_).Run(caller, Key(caller, ""), "zoe", note_.id, "left out", text,
                                     [](const auto& note) { return EtagOf(note.version); });
  }
  domain::SessionNote Get() { return GetNote(records_).Run(Ann("x"), "zoe", note_.id).value(); }

  domain::SessionNote note_;
};

TEST_P(NotesTest, ADraftChangesAndASignedNoteDoesNot) {
  ASSERT_TRUE(Submit("zoe", {}).ok());
  EXPECT_EQ(Update("v1").value(), "v2");
  EXPECT_EQ(ReasonOf(Update("v1").status()), "ETAG_MISMATCH");
  EXPECT_EQ(Sign("v2").value(), "v3");
  EXPECT_EQ(ReasonOf(Update("v3").status()), "NOTE_SIGNED");
  EXPECT_EQ(ReasonOf(Sign("v3").status()), "NOTE_SIGNED");
  // Nor by those who go round our code.
  const domain::SessionNote before = Get();
  for (const char* statement :
       {"UPDATE session_notes SET author = 'x'", "UPDATE session_notes SET is_signed = 0",
        "DELETE FROM session_notes"}) {
    EXPECT_FALSE(Raw(statement).ok()) << statement;
  }
  EXPECT_EQ(Get().proof.bytes, before.proof.bytes);
}

TEST_P(NotesTest, TheSignatureVerifiesWithoutUs) {
  ASSERT_TRUE(Submit("zoe", {}).ok());
  ASSERT_TRUE(Sign("v1").ok());
  const domain::SessionNote note = Get();
  const std::string key = GetSigningKey(records_).Run(Ann("x"), "ann").value();
  EXPECT_EQ(key, note.proof.public_key);
  EXPECT_TRUE(crypto::Verify(key, note.proof.bytes, note.proof.signature));
  EXPECT_FALSE(crypto::Verify(key, note.proof.bytes + " ", note.proof.signature));
  EXPECT_THAT(note.proof.bytes, ::testing::HasSubstr("Canarynote: slept well"));
  EXPECT_THAT(note.proof.bytes,
              ::testing::HasSubstr(R"("author":"organizations/o/practitioners/ann")"));
  EXPECT_FALSE(note.late_entry);
}

TEST_P(NotesTest, ScreeningGatesTheSignatureAndTheRefusalIsAudited) {
  EXPECT_EQ(ReasonOf(Sign("v1").status()), "INTAKE_REQUIRED");
  ASSERT_TRUE(Submit("zoe", {{"skull_fracture", {"yes"}}, {"skull_fracture_healed", {"no"}}}).ok());
  const int64_t before = Count("SELECT count(*) FROM audit_entries");
  const absl::Status refused = Sign("v1").status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(refused), "CONTRAINDICATION_ABSOLUTE");
  EXPECT_EQ(MetadataOf(refused).at("rule"), "skull_fracture");
  EXPECT_EQ(MetadataOf(refused).at("rule_version"), "1");
  EXPECT_EQ(Count("SELECT count(*) FROM audit_entries"), before + 1);
}

TEST_P(NotesTest, AModifyFindingIsAcknowledgedInTheSignedBytes) {
  ASSERT_TRUE(Submit("zoe", {{"touch_trauma", {"yes"}}}).ok());
  const absl::Status refused = Sign("v1").status();
  EXPECT_EQ(ReasonOf(refused), "ACKNOWLEDGEMENT_REQUIRED");
  EXPECT_EQ(MetadataOf(refused).at("rule"), "touch_trauma");
  EXPECT_EQ(ReasonOf(Sign("v1", {{"touch_trauma", 2}}).status()), "ACKNOWLEDGEMENT_REQUIRED");
  ASSERT_TRUE(Sign("v1", {{"touch_trauma", 1}}).ok());
  EXPECT_THAT(
      Get().proof.bytes,
      ::testing::HasSubstr(R"("acknowledgements":[{"rule":"touch_trauma","rule_version":1}])"));
}

TEST_P(NotesTest, OnlyTheAuthorSigns) {
  ASSERT_TRUE(Submit("zoe", {}).ok());
  const absl::Status refused =
      Sign(By("organizations/o/practitioners/bob", "SessionNoteService.SignNote"), "v1").status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(ReasonOf(refused), "NOT_AUTHOR");
}

TEST_P(NotesTest, OfTwoDevicesOneSignsAndTheOtherIsAborted) {
  ASSERT_TRUE(Submit("zoe", {}).ok());
  auto other = std::async(std::launch::async, [&] { return Sign("v1").status(); });
  const absl::Status one = Sign("v1").status();
  const absl::Status two = other.get();
  EXPECT_NE(one.ok(), two.ok());
  EXPECT_EQ((one.ok() ? two : one).code(), absl::StatusCode::kAborted);
}

TEST_P(NotesTest, AddendaAreChainedAndLeaveTheNoteAsItWas) {
  EXPECT_EQ(ReasonOf(Append("early").status()), "NOTE_NOT_SIGNED");
  ASSERT_TRUE(Submit("zoe", {}).ok());
  ASSERT_TRUE(Sign("v1").ok());
  const domain::SessionNote before = Get();
  ASSERT_TRUE(Append("one").ok());
  ASSERT_TRUE(Append("two").ok());
  const domain::SessionNote after = Get();
  EXPECT_EQ(after.proof.bytes, before.proof.bytes);
  EXPECT_EQ(after.proof.signature, before.proof.signature);
  ASSERT_EQ(after.addenda.size(), 2u);
  std::string previous = after.proof.bytes;
  for (const domain::Addendum& addendum : after.addenda) {
    EXPECT_EQ(addendum.author, "organizations/o/practitioners/bob");
    EXPECT_EQ(addendum.proof.bytes,
              domain::CanonicalAddendum("o", after, addendum, crypto::Hash(previous)));
    EXPECT_TRUE(
        crypto::Verify(addendum.proof.public_key, addendum.proof.bytes, addendum.proof.signature));
    previous = addendum.proof.bytes;
  }
  EXPECT_FALSE(Raw("UPDATE note_addenda SET author = 'x'").ok());
  EXPECT_FALSE(Raw("DELETE FROM note_addenda").ok());
}

TEST_P(NotesTest, ALateSignatureIsMarked) {
  ASSERT_TRUE(Submit("zoe", {}).ok());
  clock_.Advance(absl::Hours(24) + absl::Microseconds(1));
  ASSERT_TRUE(Sign("v1").ok());
  EXPECT_TRUE(Get().late_entry);
}

TEST_P(NotesTest, ListsNewestSessionFirstInPages) {
  const Caller caller = Ann("SessionNoteService.CreateDraft");
  for (int hours : {30, 20, 10}) {
    domain::SessionNote note = note_;
    note.start -= absl::Hours(hours);
    note.end -= absl::Hours(hours);
    ASSERT_TRUE(CreateDraft(records_, ids_)
                    .Run(caller, Key(caller, ""), note, [](const auto&) { return ""; })
                    .ok());
  }
  const auto first = ListNotes(records_).Run(Ann("x"), "zoe", {}, 3).value();
  ASSERT_EQ(first.size(), 3u);
  EXPECT_EQ(first[0].start, note_.start);
  EXPECT_EQ(first[2].start, note_.start - absl::Hours(20));
  const auto rest =
      ListNotes(records_).Run(Ann("x"), "zoe", {first[2].start, first[2].id}, 3).value();
  EXPECT_EQ(rest.size(), 1u);
}

INSTANTIATE_TEST_SUITE_P(Engines, NotesTest, ::testing::ValuesIn(stillpoint::testing::AllEngines()),
                         EngineOf);

}  // namespace
}  // namespace stillpoint::client_record::app

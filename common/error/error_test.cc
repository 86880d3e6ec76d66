#include "common/error/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace stillpoint {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

absl::Status SlotTaken() {
  return Error(absl::StatusCode::kFailedPrecondition, "SLOT_TAKEN", "the room is taken")
      .With("resource", "rooms/a")
      .With("kind", "ROOM")
      .Field("start_time", "taken")
      .RetryAfter(absl::Milliseconds(1500));
}

void ExpectAllOfSlotTaken(const absl::Status& status) {
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(status.message(), "the room is taken");
  EXPECT_EQ(ReasonOf(status), "SLOT_TAKEN");
  EXPECT_THAT(MetadataOf(status), ElementsAre(Pair("kind", "ROOM"), Pair("resource", "rooms/a")));
  EXPECT_THAT(FieldsOf(status), ElementsAre(Pair("start_time", "taken")));
  EXPECT_EQ(RetryAfterOf(status), absl::Milliseconds(1500));
}

TEST(ErrorTest, CarriesEverything) { ExpectAllOfSlotTaken(SlotTaken()); }

TEST(ErrorTest, ConvertsToAnyStatusOr) {
  const auto find = []() -> absl::StatusOr<int> {
    return Error(absl::StatusCode::kNotFound, "NO_SUCH_THING", "no such thing").With("id", "x");
  };
  EXPECT_EQ(find().status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ReasonOf(find().status()), "NO_SUCH_THING");
  EXPECT_THAT(MetadataOf(find().status()), ElementsAre(Pair("id", "x")));
}

TEST(ErrorTest, SurvivesCopying) {
  const absl::Status original = SlotTaken();
  const absl::StatusOr<int> wrapped = original;
  ExpectAllOfSlotTaken(wrapped.status());
  ExpectAllOfSlotTaken(original);
}

TEST(ErrorTest, ALaterFactReplacesAnEarlierOneOfTheSameKey) {
  const absl::Status status =
      Error(absl::StatusCode::kAborted, "X", "x").With("k", "1").With("k", "2");
  EXPECT_THAT(MetadataOf(status), ElementsAre(Pair("k", "2")));
}

// Keys, paths and values are any text; none may be taken for another's.
TEST(ErrorTest, KeepsMetadataAndFieldsApart) {
  const absl::Status status = Error(absl::StatusCode::kAborted, "X", "x")
                                  .With("reason", "metadata")
                                  .With("field/a", "metadata")
                                  .Field("reason", "field")
                                  .Field("draft.items[3].start_time", "");
  EXPECT_EQ(ReasonOf(status), "X");
  EXPECT_THAT(MetadataOf(status),
              ElementsAre(Pair("field/a", "metadata"), Pair("reason", "metadata")));
  EXPECT_THAT(FieldsOf(status),
              ElementsAre(Pair("draft.items[3].start_time", ""), Pair("reason", "field")));
  EXPECT_EQ(RetryAfterOf(status), std::nullopt);
}

TEST(ErrorTest, OtherStatusesCarryNothing) {
  for (const absl::Status& status : {absl::OkStatus(), absl::InternalError("x")}) {
    EXPECT_EQ(ReasonOf(status), "");
    EXPECT_THAT(MetadataOf(status), IsEmpty());
    EXPECT_THAT(FieldsOf(status), IsEmpty());
    EXPECT_EQ(RetryAfterOf(status), std::nullopt);
  }
}

TEST(InvalidFieldTest, NamesTheField) {
  const absl::Status status = InvalidField("page_size", "must be at least 1");
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReasonOf(status), "INVALID_FIELD");
  EXPECT_EQ(status.message(), "page_size: must be at least 1");
  EXPECT_THAT(FieldsOf(status), ElementsAre(Pair("page_size", "must be at least 1")));
}

}  // namespace
}  // namespace stillpoint

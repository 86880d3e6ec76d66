#include "services/cli/output.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/error/error.h"
#include "services/cli/session.h"
#include "stillpoint/booking/v1/booking.pb.h"

namespace stillpoint::cli {
namespace {

using ::testing::HasSubstr;

TEST(TableTest, AlignsByCharactersNotBytes) {
  Table table({"NAME", "X"});
  table.Add({"Irène", "1"});
  table.Add({"Bo", "2"});
  EXPECT_EQ(table.Text(), "NAME   X\nIrène  1\nBo     2\n");
}

TEST(TableTest, SaysNoneWhenEmpty) { EXPECT_EQ(Table({"NAME"}).Text(), "none\n"); }

TEST(ErrorTextTest, SaysWhyAndWhatNext) {
  const absl::Status status =
      Error(absl::StatusCode::kFailedPrecondition, "SLOT_TAKEN", "the room is taken")
          .With("resource", "room");
  const std::string text = ErrorText(status, false);
  EXPECT_THAT(text, HasSubstr("the room is taken"));
  EXPECT_THAT(text, HasSubstr("reason: SLOT_TAKEN"));
  EXPECT_THAT(text, HasSubstr("resource: room"));
  EXPECT_THAT(text, HasSubstr("next: "));
}

TEST(ErrorTextTest, JsonSurvivesInvalidUtf8) {
  const absl::Status status = Error(absl::StatusCode::kInternal, "X", "bad \xff byte");
  EXPECT_THAT(ErrorText(status, true), HasSubstr("\"reason\": \"X\""));
}

TEST(FromJsonTest, NamesWhatIsWrong) {
  booking::v1::Booking booking;
  EXPECT_TRUE(FromJson("file", R"({"name": "x"})", &booking).ok());
  EXPECT_EQ(booking.name(), "x");
  const absl::Status status = FromJson("file", R"({"nmae": "x"})", &booking);
  EXPECT_EQ(ReasonOf(status), "INVALID_FIELD");
  EXPECT_EQ(FieldsOf(status).count("file"), 1u);
}

struct InstantCase {
  const char* name;
  const char* text;
  const char* want;  // RFC 3339 in UTC.
};

class ReadInstantTest : public ::testing::TestWithParam<InstantCase> {};

// America/Toronto: 2027-03-14 02:30 is skipped, 2027-11-07 01:30 happens twice.
TEST_P(ReadInstantTest, Reads) {
  absl::TimeZone toronto;
  ASSERT_TRUE(absl::LoadTimeZone("America/Toronto", &toronto));
  const absl::StatusOr<absl::Time> got = ReadInstant("--start", GetParam().text, toronto);
  ASSERT_TRUE(got.ok()) << got.status();
  EXPECT_EQ(absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", *got, absl::UTCTimeZone()), GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(Texts, ReadInstantTest,
                         ::testing::ValuesIn(std::vector<InstantCase>{
                             {"Rfc3339", "2027-03-14T10:00:00-04:00", "2027-03-14T14:00:00Z"},
                             {"Civil", "2027-01-15 10:00", "2027-01-15T15:00:00Z"},
                             {"Date", "2027-01-15", "2027-01-15T05:00:00Z"},
                             {"Skipped", "2027-03-14 02:30", "2027-03-14T07:30:00Z"},
                             {"TwiceIsTheEarlier", "2027-11-07 01:30", "2027-11-07T05:30:00Z"},
                         }),
                         [](const auto& each) { return std::string(each.param.name); });

TEST(ReadInstantTest, RefusesNonsense) {
  const auto got = ReadInstant("--start", "tomorrow", absl::UTCTimeZone());
  EXPECT_EQ(ReasonOf(got.status()), "INVALID_FIELD");
}

}  // namespace
}  // namespace stillpoint::cli

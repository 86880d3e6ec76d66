#include "common/rpc/status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "common/error/error.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace stillpoint::rpc {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;

// gRPC clients accept this much trailing metadata by default.
constexpr size_t kTrailersMax = 8192;

TEST(StatusTest, EverythingSurvivesTheWire) {
  absl::Status sent =
      Error(absl::StatusCode::kFailedPrecondition, "SLOT_TAKEN", "the room is taken")
          .With("resource", "rooms/r1")
          .With("start", "2027-03-08")
          .Field("draft.start_time", "is taken")
          .RetryAfter(absl::Milliseconds(1500));
  const absl::Status got = FromGrpc(ToGrpc(sent));
  EXPECT_EQ(got.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(got.message(), "the room is taken");
  EXPECT_EQ(ReasonOf(got), "SLOT_TAKEN");
  EXPECT_THAT(MetadataOf(got),
              ElementsAre(Pair("resource", "rooms/r1"), Pair("start", "2027-03-08")));
  EXPECT_THAT(FieldsOf(got), ElementsAre(Pair("draft.start_time", "is taken")));
  EXPECT_EQ(RetryAfterOf(got), absl::Milliseconds(1500));
}

TEST(StatusTest, WireFormIsGoogleRpcStatus) {
  const grpc::Status wire = ToGrpc(ServerBusy());
  EXPECT_EQ(wire.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  google::rpc::Status status;
  ASSERT_TRUE(status.ParseFromString(wire.error_details()));
  EXPECT_EQ(status.code(), static_cast<int>(grpc::StatusCode::RESOURCE_EXHAUSTED));
  ASSERT_EQ(status.details_size(), 2);
  google::rpc::ErrorInfo info;
  ASSERT_TRUE(status.details(0).UnpackTo(&info));
  EXPECT_EQ(info.reason(), "SERVER_BUSY");
  EXPECT_EQ(info.domain(), "stillpoint");
  google::rpc::RetryInfo retry;
  ASSERT_TRUE(status.details(1).UnpackTo(&retry));
  EXPECT_EQ(retry.retry_delay().nanos(), 100'000'000);
}

TEST(StatusTest, WithoutReasonTextIsWithheld) {
  const absl::Status got = FromGrpc(ToGrpc(absl::NotFoundError("row of jane@example.com")));
  EXPECT_EQ(got.code(), absl::StatusCode::kInternal);
  EXPECT_EQ(ReasonOf(got), "INTERNAL");
  EXPECT_THAT(std::string(got.message()), Not(HasSubstr("jane")));
}

TEST(StatusTest, ForeignStatusGetsItsCodeAsReason) {
  const absl::Status got =
      FromGrpc(grpc::Status(grpc::StatusCode::UNAVAILABLE, "refused", "garbage"));
  EXPECT_EQ(got.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ReasonOf(got), "UNAVAILABLE");
}

TEST(StatusTest, OkIsOk) {
  EXPECT_TRUE(ToGrpc(absl::OkStatus()).ok());
  EXPECT_TRUE(FromGrpc(grpc::Status::OK).ok());
}

TEST(StatusTest, LargeErrorsFitIntoTrailers) {
  std::string long_text;
  while (long_text.size() < 20'000) long_text += "é%\n";
  Error error(absl::StatusCode::kInvalidArgument, "INVALID_FIELD", long_text);
  std::move(error).With("value", long_text);
  for (int i = 0; i < 500; ++i) std::move(error).Field(absl::StrCat("lines[", i, "]"), long_text);
  const absl::Status sent = std::move(error);
  const grpc::Status wire = ToGrpc(sent);
  // Worst case: each byte of the message percent-encoded, the details in base64.
  EXPECT_LT(wire.error_message().size() * 3 + wire.error_details().size() * 4 / 3, kTrailersMax);
  const absl::Status got = FromGrpc(wire);
  EXPECT_EQ(ReasonOf(got), "INVALID_FIELD");
  EXPECT_THAT(FieldsOf(got), Not(IsEmpty()));
}

TEST(TimeTest, MicrosecondsBothWays) {
  for (const int64_t micros :
       {int64_t{0}, int64_t{-1}, int64_t{1804521600123456}, int64_t{-62135596800000000}}) {
    const absl::Time time = absl::FromUnixMicros(micros);
    const google::protobuf::Timestamp proto = ToProto(time);
    EXPECT_GE(proto.nanos(), 0);
    const absl::StatusOr<absl::Time> back = ReadTime(&proto, "t");
    ASSERT_TRUE(back.ok()) << back.status();
    EXPECT_EQ(*back, time);
  }
}

TEST(TimeTest, RefusesWhatIsNoTime) {
  google::protobuf::Timestamp proto;
  EXPECT_THAT(FieldsOf(ReadTime(nullptr, "start_time").status()),
              ElementsAre(Pair("start_time", testing::_)));
  proto.set_seconds(253402300800);  // Year 10000.
  EXPECT_EQ(ReasonOf(ReadTime(&proto, "t").status()), "INVALID_FIELD");
  proto.set_seconds(-62135596801);  // Year 0.
  EXPECT_EQ(ReasonOf(ReadTime(&proto, "t").status()), "INVALID_FIELD");
  proto.set_seconds(0);
  proto.set_nanos(-1);
  EXPECT_EQ(ReasonOf(ReadTime(&proto, "t").status()), "INVALID_FIELD");
  proto.set_nanos(1'000'000'000);
  EXPECT_EQ(ReasonOf(ReadTime(&proto, "t").status()), "INVALID_FIELD");
}

}  // namespace
}  // namespace stillpoint::rpc

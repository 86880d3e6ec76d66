#include "common/rpc/edge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "common/error/error.h"
#include "common/rpc/rate_limiter.h"
#include "common/rpc/test_fixture.h"
#include "common/testing/servers.h"

namespace stillpoint::rpc {
namespace {

using ::stillpoint::testing::WaitUntil;
using ::testing::HasSubstr;

TEST(EdgeTest, FastAnswersAndOthersOnThePool) {
  Fixture fixture([](const CallInfo&, const test::SayRequest&, test::SayResponse* response) {
    response->set_text("pool");
    return absl::OkStatus();
  });
  EXPECT_EQ(fixture.Own("fast", "owner").value_or(""), "fast");
  EXPECT_EQ(fixture.Own("slow", "owner").value_or(""), "pool");
}

TEST(EdgeTest, WhoMayCallIsDecidedBeforeTheBody) {
  std::atomic<int> runs{0};
  Fixture fixture([&](const CallInfo&, const test::SayRequest&, test::SayResponse*) {
    ++runs;
    return absl::OkStatus();
  });
  const auto unknown = fixture.Say("x", "nobody");
  EXPECT_EQ(unknown.status().code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(ReasonOf(unknown.status()), "CALLER_UNKNOWN");
  const auto role = fixture.Say("x", "partner");
  EXPECT_EQ(role.status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(ReasonOf(role.status()), "ROLE_NOT_ALLOWED");
  EXPECT_EQ(ReasonOf(fixture.Own("fast", "desk").status()), "ROLE_NOT_ALLOWED");
  EXPECT_EQ(runs, 0);
}

TEST(EdgeTest, WhoMayCallIsAskedBeforeHowOften) {
  Metrics metrics;
  RateLimiter limiter({.caller = 1, .organization = 0}, nullptr, crypto::Key::Random(), metrics);
  std::atomic<int> runs{0};
  Edge::Options options;
  options.rate_limiter = &limiter;
  Fixture fixture(
      [&](const CallInfo&, const test::SayRequest&, test::SayResponse*) {
        ++runs;
        return absl::OkStatus();
      },
      options);
  // Who may not call uses up nothing, and is told nothing of limits.
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(ReasonOf(fixture.Say("x", "nobody").status()), "CALLER_UNKNOWN");
    EXPECT_EQ(ReasonOf(fixture.Say("x", "partner").status()), "ROLE_NOT_ALLOWED");
  }
  EXPECT_EQ(limiter.buckets(), 0u);
  absl::Status refused;
  EXPECT_TRUE(WaitUntil(kLong, [&] {
    refused = fixture.Say("x").status();
    return !refused.ok();
  }));
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ReasonOf(refused), "RATE_LIMITED");
  EXPECT_TRUE(RetryAfterOf(refused).has_value());
  EXPECT_GE(runs, 2);
  EXPECT_EQ(fixture.metrics_.Text().find("INTERNAL"), std::string::npos);
  EXPECT_THAT(fixture.metrics_.Text(),
              HasSubstr("{code=\"RESOURCE_EXHAUSTED\",method=\"EchoService.Say\"} 1\n"));
  EXPECT_EQ(fixture.Say("x", "owner").value_or("?"), "");  // Another caller.
}

TEST(EdgeTest, NoKeyAtAllIsUnknown) {
  Fixture fixture;
  const auto stub = test::EchoService::NewStub(fixture.PeerOf("x").channel());
  grpc::ClientContext context;
  test::SayResponse response;
  EXPECT_EQ(ReasonOf(FromGrpc(stub->Say(&context, test::SayRequest(), &response))),
            "CALLER_UNKNOWN");
}

TEST(EdgeTest, AnotherOrganizationLooksMissing) {
  Fixture fixture([](const CallInfo& call, const test::SayRequest&, test::SayResponse*) {
    return call.TenantFor("other").status();
  });
  const auto said = fixture.Say("x");
  EXPECT_EQ(said.status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ReasonOf(said.status()), "NOT_FOUND");
  EXPECT_TRUE(MetadataOf(said.status()).empty());
}

TEST(EdgeTest, ErrorsReachTheCallerWhole) {
  Fixture fixture(
      [](const CallInfo&, const test::SayRequest& request, test::SayResponse*) -> absl::Status {
        if (request.text() == "bug") return absl::UnknownError("secret text");
        return Error(absl::StatusCode::kFailedPrecondition, "SLOT_TAKEN", "taken")
            .With("resource", "r1")
            .Field("start_time", "is taken")
            .RetryAfter(absl::Seconds(2));
      });
  const absl::Status taken = fixture.Say("x").status();
  EXPECT_EQ(taken.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(taken), "SLOT_TAKEN");
  EXPECT_EQ(MetadataOf(taken)["resource"], "r1");
  EXPECT_EQ(FieldsOf(taken)["start_time"], "is taken");
  EXPECT_EQ(RetryAfterOf(taken), absl::Seconds(2));
  const absl::Status bug = fixture.Say("bug").status();
  EXPECT_EQ(bug.code(), absl::StatusCode::kInternal);
  EXPECT_EQ(ReasonOf(bug), "INTERNAL");
  EXPECT_THAT(std::string(bug.message()), ::testing::Not(HasSubstr("secret")));
  EXPECT_THAT(fixture.metrics_.Text(),
              HasSubstr("{code=\"INTERNAL\",method=\"EchoService.Say\"} 1\n"));
}

TEST(EdgeTest, DeadlineIsTheCallersUpToTheCap) {
  Edge::Options options;
  options.deadline_default = absl::Seconds(5);
  options.deadline_max = absl::Seconds(8);
  std::atomic<int64_t> remaining_ms{0};
  Fixture fixture(
      [&](const CallInfo& call, const test::SayRequest&, test::SayResponse*) {
        remaining_ms = absl::ToInt64Milliseconds(call.deadline.Remaining());
        return absl::OkStatus();
      },
      options);
  ASSERT_TRUE(fixture.Say("x", "desk", absl::Seconds(3)).ok());
  EXPECT_LE(remaining_ms, 3010);  // On the wire gRPC rounds a timeout of seconds up to 10 ms.
  EXPECT_GT(remaining_ms, 500);
  ASSERT_TRUE(fixture.Say("x", "desk", absl::Seconds(60)).ok());
  EXPECT_LE(remaining_ms, 8000);
  EXPECT_GT(remaining_ms, 5000);
  // Without a deadline of the caller's.
  const auto stub = test::EchoService::NewStub(fixture.PeerOf("desk").channel());
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer desk");
  test::SayResponse response;
  ASSERT_TRUE(stub->Say(&context, test::SayRequest(), &response).ok());
  EXPECT_LE(remaining_ms, 5000);
  EXPECT_GT(remaining_ms, 2000);
}

TEST(EdgeTest, FullPoolRefusesAndHealthStillAnswers) {
  Gate gate;
  Edge::Options options;
  options.threads = 2;
  options.waiting_max = 1;
  Fixture fixture(
      [&](const CallInfo&, const test::SayRequest&, test::SayResponse*) {
        gate.Pass();
        return absl::OkStatus();
      },
      options);
  std::vector<std::thread> callers;
  std::atomic<int> good{0};
  for (int i = 0; i < 3; ++i) callers.emplace_back([&] { good += fixture.Say("x").ok(); });
  ASSERT_TRUE(
      WaitUntil(kLong, [&] { return fixture.edge_.in_flight() == 3 && gate.waiting() == 2; }));
  const absl::Status busy = fixture.Say("x").status();
  EXPECT_EQ(busy.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ReasonOf(busy), "SERVER_BUSY");
  EXPECT_EQ(RetryAfterOf(busy), absl::Milliseconds(100));
  EXPECT_EQ(fixture.Health(), HealthResponse::SERVING);
  gate.Open();
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(good, 3);
}

}  // namespace
}  // namespace stillpoint::rpc

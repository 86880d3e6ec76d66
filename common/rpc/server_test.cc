#include "common/rpc/server.h"

#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/base/mutex.h"
#include "common/crypto/keys.h"
#include "common/error/error.h"
#include "common/rpc/client.h"
#include "common/rpc/test_service.h"
#include "common/testing/servers.h"
#include "grpc/health/v1/health.grpc.pb.h"

namespace stillpoint::rpc {
namespace {

using ::stillpoint::testing::WaitUntil;
using ::testing::HasSubstr;
using HealthResponse = grpc::health::v1::HealthCheckResponse;

constexpr absl::Duration kLong = absl::Seconds(20);  // Never reached by a test that passes.

// A door that bodies wait at.
class Gate {
 public:
  void Open() {
    MutexLock lock(mutex_);
    open_ = true;
    changed_.NotifyAll();
  }
  void Pass() {
    MutexLock lock(mutex_);
    ++waiting_;
    const Deadline deadline = Deadline::After(kLong);
    while (!open_ && changed_.Wait(mutex_, deadline)) {
    }
  }
  int waiting() {
    MutexLock lock(mutex_);
    return waiting_;
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  bool open_ = false;
  int waiting_ = 0;
};

Callers TestCallers() {
  return Callers({{crypto::Hash("desk"), {"s/desk", Role::kFrontDesk, "acme"}},
                  {crypto::Hash("owner"), {"s/owner", Role::kOwner, "acme"}},
                  {crypto::Hash("partner"), {"s/partner", Role::kPartner, "acme"}}});
}

absl::Status EchoBody(const CallInfo&, const test::SayRequest& request,
                      test::SayResponse* response) {
  response->set_text(request.text());
  return absl::OkStatus();
}

// One server on a free port.
class Fixture {
 public:
  explicit Fixture(EchoServiceImpl::Body body = EchoBody, Edge::Options edge_options = {},
                   Server::Options options = {})
      : edge_(edge_options, TestCallers(), kEchoAccess, metrics_), echo_(edge_, std::move(body)) {
    auto started =
        Server::Start(options, edge_, {&echo_}, {kEchoService}, [this]() -> absl::Status {
          return ready_ ? absl::OkStatus() : absl::Status(ServerBusy());
        });
    EXPECT_TRUE(started.ok()) << started.status();
    server_ = *std::move(started);
  }

  Peer PeerOf(const std::string& key) {
    return Peer::Connect(absl::StrCat("127.0.0.1:", server_->port()), key);
  }

  absl::StatusOr<std::string> Say(const std::string& text, const std::string& key = "desk",
                                  absl::Duration timeout = kLong) {
    const Peer peer = PeerOf(key);
    const auto stub = test::EchoService::NewStub(peer.channel());
    test::SayRequest request;
    request.set_text(text);
    request.set_organization("acme");
    test::SayResponse response;
    const absl::Status status =
        peer.Call(Deadline::After(timeout), request, &response,
                  [&](auto* context, auto& r, auto* resp) { return stub->Say(context, r, resp); });
    if (!status.ok()) return status;
    return response.text();
  }

  absl::StatusOr<std::string> Own(const std::string& text, const std::string& key) {
    const Peer peer = PeerOf(key);
    const auto stub = test::EchoService::NewStub(peer.channel());
    test::SayRequest request;
    request.set_text(text);
    test::SayResponse response;
    const absl::Status status =
        peer.Call(Deadline::After(kLong), request, &response,
                  [&](auto* context, auto& r, auto* resp) { return stub->Own(context, r, resp); });
    if (!status.ok()) return status;
    return response.text();
  }

  HealthResponse::ServingStatus Health() {
    const Peer peer = PeerOf("nobody");
    const auto stub = grpc::health::v1::Health::NewStub(peer.channel());
    HealthResponse response;
    const absl::Status status = peer.Call(
        Deadline::After(kLong), grpc::health::v1::HealthCheckRequest(), &response,
        [&](auto* context, auto& r, auto* resp) { return stub->Check(context, r, resp); });
    return status.ok() ? response.status() : HealthResponse::UNKNOWN;
  }

  Metrics metrics_;
  std::atomic<bool> ready_{true};
  Edge edge_;
  EchoServiceImpl echo_;
  std::unique_ptr<Server> server_;
};

TEST(ServerTest, AnswersAndCounts) {
  Fixture fixture;
  const auto said = fixture.Say("hello");
  ASSERT_TRUE(said.ok()) << said.status();
  EXPECT_EQ(*said, "hello");
  EXPECT_TRUE(WaitUntil(kLong, [&] { return fixture.edge_.in_flight() == 0; }));
  EXPECT_THAT(fixture.metrics_.Text(),
              HasSubstr("stillpoint_rpc_total{code=\"OK\",method=\"EchoService.Say\"} 1\n"));
}

TEST(ServerTest, FastAnswersAndOthersOnThePool) {
  Fixture fixture([](const CallInfo&, const test::SayRequest&, test::SayResponse* response) {
    response->set_text("pool");
    return absl::OkStatus();
  });
  EXPECT_EQ(fixture.Own("fast", "owner").value_or(""), "fast");
  EXPECT_EQ(fixture.Own("slow", "owner").value_or(""), "pool");
}

TEST(ServerTest, WhoMayCallIsDecidedBeforeTheBody) {
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

TEST(ServerTest, NoKeyAtAllIsUnknown) {
  Fixture fixture;
  const auto stub = test::EchoService::NewStub(fixture.PeerOf("x").channel());
  grpc::ClientContext context;
  test::SayResponse response;
  EXPECT_EQ(ReasonOf(FromGrpc(stub->Say(&context, test::SayRequest(), &response))),
            "CALLER_UNKNOWN");
}

TEST(ServerTest, AnotherOrganizationLooksMissing) {
  Fixture fixture([](const CallInfo& call, const test::SayRequest&, test::SayResponse*) {
    return call.TenantFor("other").status();
  });
  const auto said = fixture.Say("x");
  EXPECT_EQ(said.status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ReasonOf(said.status()), "NOT_FOUND");
  EXPECT_TRUE(MetadataOf(said.status()).empty());
}

TEST(ServerTest, ErrorsReachTheCallerWhole) {
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

TEST(ServerTest, DeadlineIsTheCallersUpToTheCap) {
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
  EXPECT_LE(remaining_ms, 3000);
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

TEST(ServerTest, FullPoolRefusesAndHealthStillAnswers) {
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

TEST(ServerTest, HealthFollowsReadiness) {
  Fixture fixture;
  EXPECT_EQ(fixture.Health(), HealthResponse::SERVING);
  fixture.ready_ = false;
  EXPECT_TRUE(WaitUntil(kLong, [&] { return fixture.Health() == HealthResponse::NOT_SERVING; }));
  fixture.ready_ = true;
  EXPECT_TRUE(WaitUntil(kLong, [&] { return fixture.Health() == HealthResponse::SERVING; }));
}

TEST(ServerTest, DrainAnswersWhatIsInFlightAndRefusesNewCalls) {
  Gate gate;
  Fixture fixture(
      [&](const CallInfo&, const test::SayRequest& request, test::SayResponse* response) {
        gate.Pass();
        response->set_text(request.text());
        return absl::OkStatus();
      });
  // An open health Watch, which must not hold the end.
  const auto health = grpc::health::v1::Health::NewStub(fixture.PeerOf("x").channel());
  grpc::ClientContext watch_context;
  const auto watch = health->Watch(&watch_context, grpc::health::v1::HealthCheckRequest());
  HealthResponse seen;
  ASSERT_TRUE(watch->Read(&seen));
  absl::StatusOr<std::string> first;
  std::thread caller([&] { first = fixture.Say("kept"); });
  ASSERT_TRUE(WaitUntil(kLong, [&] { return gate.waiting() == 1; }));
  const Peer late = fixture.PeerOf("desk");
  ASSERT_TRUE(late.channel()->WaitForConnected(std::chrono::system_clock::now() +
                                               std::chrono::seconds(20)));

  std::atomic<bool> drained{false};
  std::thread drain([&] {
    fixture.server_->Drain();
    drained = true;
  });
  ASSERT_TRUE(watch->Read(&seen));
  EXPECT_EQ(seen.status(), HealthResponse::NOT_SERVING);
  EXPECT_TRUE(
      WaitUntil(kLong, [&] { return ReasonOf(fixture.Say("late").status()) == "SHUTTING_DOWN"; }));
  EXPECT_FALSE(drained);
  gate.Open();
  caller.join();
  drain.join();
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(*first, "kept");
  EXPECT_EQ(fixture.Say("after", "desk", absl::Seconds(5)).status().code(),
            absl::StatusCode::kUnavailable);
  watch->Finish();
}

TEST(ServerTest, OversizedMessageIsRefused) {
  Server::Options options;
  options.message_bytes_max = 10'000;
  Fixture fixture(EchoBody, {}, options);
  EXPECT_TRUE(fixture.Say(std::string(9'000, 'x')).ok());
  const absl::Status refused = fixture.Say(std::string(11'000, 'x')).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ReasonOf(refused), "RESOURCE_EXHAUSTED");
}

// Starting another server with `options` next to a running one.
absl::Status StartAnother(Server::Options options, std::vector<MethodAccess> access = kEchoAccess,
                          std::vector<std::string> names = {kEchoService}) {
  Metrics metrics;
  Edge edge({}, TestCallers(), std::move(access), metrics);
  EchoServiceImpl echo(edge, EchoBody);
  return Server::Start(options, edge, {&echo}, names, [] { return absl::OkStatus(); }).status();
}

TEST(ServerTest, TwoServersOnOnePortIsAnError) {
  Fixture fixture;
  Server::Options options;
  options.listen = absl::StrCat("127.0.0.1:", fixture.server_->port());
  EXPECT_EQ(ReasonOf(StartAnother(options)), "LISTEN_FAILED");
}

TEST(ServerTest, PlaintextBeyondLoopbackNeedsTheFlag) {
  Server::Options options;
  options.listen = "0.0.0.0:0";
  EXPECT_EQ(ReasonOf(StartAnother(options)), "BAD_CONFIG");
  options.allow_plaintext_network = true;
  EXPECT_TRUE(StartAnother(options).ok());
}

TEST(ServerTest, MethodWithoutAccessRefusesToStart) {
  const absl::Status status = StartAnother({}, {{"EchoService.Say", Only(Role::kOwner)}});
  EXPECT_EQ(ReasonOf(status), "METHOD_WITHOUT_ACCESS");
  EXPECT_THAT(std::string(status.message()), HasSubstr("EchoService.Own"));
  EXPECT_EQ(ReasonOf(StartAnother({}, kEchoAccess, {"stillpoint.test.Absent"})),
            "METHOD_WITHOUT_ACCESS");
}

// What reflection (v1alpha) answers when asked for the file that defines `symbol`; empty if it is
// off.
std::string Reflected(const Peer& peer, const std::string& symbol) {
  grpc::ClientContext context;
  peer.Prepare(context, Deadline::After(kLong));
  grpc::CompletionQueue queue;
  const auto next = [&queue] {
    void* tag = nullptr;
    bool ok = false;
    return queue.Next(&tag, &ok) && ok;
  };
  grpc::GenericStub stub(peer.channel());
  const auto call = stub.PrepareCall(
      &context, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", &queue);
  call->StartCall(nullptr);
  if (!next()) return "";
  // ServerReflectionRequest with file_containing_symbol (field 4), by hand: linking its messages
  // would register the descriptors twice.
  const grpc::Slice bytes(
      absl::StrCat("\x22", std::string(1, static_cast<char>(symbol.size())), symbol));
  call->Write(grpc::ByteBuffer(&bytes, 1), nullptr);
  if (!next()) return "";
  grpc::ByteBuffer answer;
  call->Read(&answer, nullptr);
  if (!next()) return "";
  grpc::Slice flat;
  answer.DumpToSingleSlice(&flat).ok();
  context.TryCancel();
  grpc::Status status;
  call->Finish(&status, nullptr);
  next();
  return std::string(reinterpret_cast<const char*>(flat.begin()), flat.size());
}

TEST(ServerTest, ReflectionIsOnByFlagAndKnowsHealth) {
  Server::Options options;
  options.reflection = true;
  Fixture with(EchoBody, {}, options);
  EXPECT_THAT(Reflected(with.PeerOf("x"), kEchoService), HasSubstr("SayRequest"));
  EXPECT_THAT(Reflected(with.PeerOf("x"), "grpc.health.v1.Health"),
              HasSubstr("HealthCheckRequest"));
  Fixture without;
  EXPECT_EQ(Reflected(without.PeerOf("x"), kEchoService), "");
}

TEST(PeerTest, DeadPeerIsUnavailableAtOnce) {
  const Peer peer = Peer::Connect(absl::StrCat("127.0.0.1:", testing::FreePort()), "k");
  const auto stub = test::EchoService::NewStub(peer.channel());
  test::SayResponse response;
  const absl::Status status =
      peer.Call(Deadline::After(kLong), test::SayRequest(), &response,
                [&](auto* context, auto& r, auto* resp) { return stub->Say(context, r, resp); });
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ReasonOf(status), "UNAVAILABLE");
}

}  // namespace
}  // namespace stillpoint::rpc

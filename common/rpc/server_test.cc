#include "common/rpc/server.h"

#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/error/error.h"
#include "common/rpc/client.h"
#include "common/rpc/test_fixture.h"
#include "common/testing/servers.h"

namespace stillpoint::rpc {
namespace {

using ::stillpoint::testing::WaitUntil;
using ::testing::HasSubstr;

TEST(ServerTest, AnswersAndCounts) {
  Fixture fixture;
  const auto said = fixture.Say("hello");
  ASSERT_TRUE(said.ok()) << said.status();
  EXPECT_EQ(*said, "hello");
  EXPECT_TRUE(WaitUntil(kLong, [&] { return fixture.edge_.in_flight() == 0; }));
  EXPECT_THAT(fixture.metrics_.Text(),
              HasSubstr("stillpoint_rpc_total{code=\"OK\",method=\"EchoService.Say\"} 1\n"));
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
  // NOT_SERVING is told first: a call that comes in before the refusing begins waits at the gate.
  EXPECT_TRUE(WaitUntil(kLong, [&] {
    return ReasonOf(fixture.Say("late", "desk", absl::Seconds(1)).status()) == "SHUTTING_DOWN";
  }));
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

// The answer to `bytes` sent to `method` ("/package.Service/Method").
absl::Status SendBytes(const Peer& peer, const std::string& method, const std::string& bytes) {
  grpc::ClientContext context;
  peer.Prepare(context, Deadline::After(kLong));
  const grpc::Slice slice(bytes);
  const grpc::ByteBuffer request(&slice, 1);
  grpc::ByteBuffer response;
  grpc::CompletionQueue queue;
  grpc::GenericStub stub(peer.channel());
  const auto call = stub.PrepareUnaryCall(&context, method, request, &queue);
  call->StartCall();
  grpc::Status status;
  call->Finish(&response, &status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  EXPECT_TRUE(queue.Next(&tag, &ok));
  return FromGrpc(status);
}

TEST(ServerTest, WhatGrpcItselfRefusesHasAReason) {
  Fixture fixture;
  const std::string say = absl::StrCat("/", kEchoService, "/Say");
  for (const std::string& bytes : {std::string("\xff\xff\xff"), std::string("\x0a\x7f")}) {
    const absl::Status malformed = SendBytes(fixture.PeerOf("desk"), say, bytes);
    EXPECT_EQ(malformed.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(ReasonOf(malformed), "MALFORMED_REQUEST");
    EXPECT_NE(malformed.message(), "");  // Ours, not made by FromGrpc from a bare code.
  }
  EXPECT_TRUE(SendBytes(fixture.PeerOf("desk"), say, "").ok());
  const absl::Status unknown =
      SendBytes(fixture.PeerOf("desk"), absl::StrCat("/", kEchoService, "/Absent"), "");
  EXPECT_EQ(unknown.code(), absl::StatusCode::kUnimplemented);
  EXPECT_EQ(ReasonOf(unknown), "UNIMPLEMENTED");
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

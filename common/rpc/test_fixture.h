// What the tests of the edge and the server share.
#ifndef STILLPOINT_COMMON_RPC_TEST_FIXTURE_H_
#define STILLPOINT_COMMON_RPC_TEST_FIXTURE_H_

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/mutex.h"
#include "common/crypto/keys.h"
#include "common/rpc/client.h"
#include "common/rpc/server.h"
#include "common/rpc/test_service.h"
#include "grpc/health/v1/health.grpc.pb.h"

namespace stillpoint::rpc {

using HealthResponse = grpc::health::v1::HealthCheckResponse;

inline constexpr absl::Duration kLong = absl::Seconds(20);  // Never reached by a test that passes.

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

inline Callers TestCallers() {
  return Callers({{crypto::Hash("desk"), {"s/desk", Role::kFrontDesk, "acme"}},
                  {crypto::Hash("owner"), {"s/owner", Role::kOwner, "acme"}},
                  {crypto::Hash("partner"), {"s/partner", Role::kPartner, "acme"}}});
}

inline absl::Status EchoBody(const CallInfo&, const test::SayRequest& request,
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

}  // namespace stillpoint::rpc

#endif  // STILLPOINT_COMMON_RPC_TEST_FIXTURE_H_

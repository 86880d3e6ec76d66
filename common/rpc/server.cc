#include "common/rpc/server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/impl/server_builder_option.h>
#include <grpcpp/resource_quota.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/mutex.h"
#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "common/log/log.h"
#include "common/rpc/listen_address.h"
#include "common/rpc/unexplained.h"
#include "grpc/health/v1/health.pb.h"

namespace stillpoint::rpc {
namespace {

// Our callers send one key and what gRPC adds, below 1 KB; proxies add tracing headers.
constexpr int kMetadataBytesMax = 8 << 10;
// Calls of one connection at one time: about as many as the pool admits of everybody. Callers with
// more wait on their side. It bounds what one connection can make us hold in requests that never
// end and answers that are never fetched.
constexpr int kStreamsPerConnectionMax = 256;
// What connections may hold in bytes that came in and were not taken yet, all together: some 60
// requests of the largest size. Near it gRPC first closes idle connections, then ends calls, rather
// than let the process be killed.
constexpr size_t kIncomingBytesMax = 64 << 20;
// A TLS handshake takes a few round trips. One that does not go on holds a socket and 50 KB.
constexpr int kHandshakeMs = 10'000;
// A connection without a call for as long is closed; whoever comes back pays one handshake.
constexpr int kConnectionIdleMaxMs = 5 * 60'000;
// A peer that pings more often than this, three times in a row, is cut off: nobody needs more to
// keep a connection alive, and each ping costs a wake-up.
constexpr int kPingIntervalMinMs = 10'000;
constexpr int kPingStrikesMax = 2;
// Finds peers that vanished without closing, whose calls would hold their places.
constexpr int kKeepaliveMs = 60'000;
constexpr int kKeepaliveTimeoutMs = 20'000;
// Long-lived channels would never meet a new replica. gRPC adds 10 % of jitter.
constexpr int kConnectionAgeMaxMs = 10 * 60'000;
constexpr int kConnectionAgeGraceMs = 70'000;  // Longer than the longest deadline (edge.h).
// What Shutdown may still wait for after our own count is zero: answers on their way out. An open
// health Watch would hold it for all of a longer time (gRPC 1.51).
constexpr std::chrono::milliseconds kShutdownGrace{300};
constexpr absl::Duration kReadyInterval = absl::Seconds(1);

// Loading the reflection library registers its plugin for every server; this takes it out again.
class WithoutReflection final : public grpc::ServerBuilderOption {
 public:
  void UpdateArguments(grpc::ChannelArguments*) override {}
  void UpdatePlugins(std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>* plugins) override {
    plugins->erase(std::remove_if(plugins->begin(), plugins->end(),
                                  [](const auto& plugin) {
                                    return plugin->name() == "proto_server_reflection";
                                  }),
                   plugins->end());
  }
};

void SetLimits(grpc::ServerBuilder& builder, const Server::Options& options) {
  builder.SetMaxReceiveMessageSize(options.message_bytes_max);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMetadataBytesMax);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kStreamsPerConnectionMax);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             kPingIntervalMinMs);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PING_STRIKES, kPingStrikesMax);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, kHandshakeMs);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, kConnectionIdleMaxMs);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, kConnectionAgeMaxMs);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, kConnectionAgeGraceMs);
  // With SO_REUSEPORT two servers on one port would both start and share the calls.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.SetResourceQuota(grpc::ResourceQuota("server").Resize(kIncomingBytesMax));
}

}  // namespace

struct Server::Impl {
  Impl(Edge& e, absl::Duration d, std::function<absl::Status()> r)
      : edge(e), drain(d), ready(std::move(r)) {}

  void WatchReadiness();
  void SetHealth();

  Edge& edge;
  const absl::Duration drain;
  const std::function<absl::Status()> ready;
  std::unique_ptr<grpc::Server> server;
  int port = 0;
  bool was_ready = false;  // Of the readiness thread.
  Mutex mutex;
  CondVar stop;
  bool stopping ABSL_GUARDED_BY(mutex) = false;
  std::thread readiness;
};

void Server::Impl::SetHealth() {
  const absl::Status state = ready();
  if (state.ok() != was_ready) {
    log::Warning("readiness", {{"ready", state.ok()}, {"reason", ReasonOf(state)}});
  }
  was_ready = state.ok();
  server->GetHealthCheckService()->SetServingStatus(was_ready);
}

void Server::Impl::WatchReadiness() {
  while (true) {
    {
      const Deadline next = Deadline::After(kReadyInterval);
      MutexLock lock(mutex);
      while (!stopping && stop.Wait(mutex, next)) {
      }
      if (stopping) return;
    }
    SetHealth();
  }
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const Options& options, Edge& edge,
                                                      std::vector<grpc::Service*> services,
                                                      std::vector<std::string> service_names,
                                                      std::function<absl::Status()> ready) {
  RETURN_IF_ERROR(edge.CheckAccessTable(service_names));
  const bool plaintext = options.credentials == nullptr;
  if (plaintext && !options.allow_plaintext_network && !IsLocalAddress(options.listen)) {
    return Error(
        absl::StatusCode::kInvalidArgument, "BAD_CONFIG",
        absl::StrCat("--listen=", options.listen,
                     " is not loopback and there is no TLS; --allow-plaintext-network says "
                     "that something else guards the wire"));
  }
  // Links the descriptor of grpc.health.v1, without which reflection lists health and cannot show
  // it.
  grpc::health::v1::HealthCheckRequest::descriptor();
  grpc::EnableDefaultHealthCheckService(true);

  auto impl = std::make_unique<Impl>(edge, options.drain, std::move(ready));
  grpc::ServerBuilder builder;
  SetLimits(builder, options);
  if (options.reflection) {
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  } else {
    builder.SetOption(std::make_unique<WithoutReflection>());
  }
  std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> interceptors;
  interceptors.push_back(ExplainingInterceptors());
  builder.experimental().SetInterceptorCreators(std::move(interceptors));
  builder.AddListeningPort(options.listen,
                           plaintext ? grpc::InsecureServerCredentials() : options.credentials,
                           &impl->port);
  for (grpc::Service* service : services) builder.RegisterService(service);
  impl->server = builder.BuildAndStart();
  if (impl->server == nullptr) {
    return Error(absl::StatusCode::kUnavailable, "LISTEN_FAILED",
                 absl::StrCat("cannot listen on ", options.listen));
  }
  impl->was_ready = true;  // gRPC's initial state, corrected at once.
  impl->SetHealth();
  impl->readiness = std::thread([server = impl.get()] { server->WatchReadiness(); });
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::~Server() { Drain(); }

int Server::port() const { return impl_->port; }

void Server::Drain() {
  {
    MutexLock lock(impl_->mutex);
    if (impl_->stopping) return;
    impl_->stopping = true;
    impl_->stop.NotifyAll();
  }
  // Keeps NOT_SERVING whatever the readiness thread still finds.
  impl_->server->GetHealthCheckService()->Shutdown();
  impl_->readiness.join();
  if (!impl_->edge.Drain(Deadline::After(impl_->drain))) {
    log::Warning("drain_too_long", {{"in_flight", impl_->edge.in_flight()}});
  }
  impl_->server->Shutdown(std::chrono::system_clock::now() + kShutdownGrace);
  impl_->server->Wait();
}

void BlockStopSignals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

void WaitForStopSignal() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  int signal = 0;
  sigwait(&set, &signal);
}

}  // namespace stillpoint::rpc

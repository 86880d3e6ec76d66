#include "common/rpc/service_main.h"

#include <google/protobuf/stubs/logging.h>
#include <grpc/support/log.h>
#include <signal.h>
#include <sys/resource.h>

#include <algorithm>
#include <iostream>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "common/base/mutex.h"
#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "common/log/log.h"
#include "common/rpc/listen_address.h"
#include "common/rpc/metered.h"
#include "common/rpc/private_file.h"
#include "common/rpc/private_memory.h"
#include "common/rpc/probe.h"
#include "common/rpc/server.h"
#include "common/sql/row_security.h"

namespace stillpoint::rpc {
namespace {

// Migrations of a full table may take minutes; the check reads one small table.
constexpr absl::Duration kMigrateMax = absl::Minutes(30);
constexpr absl::Duration kCheckMax = absl::Seconds(10);
// Readiness: shorter than the second between two questions.
constexpr absl::Duration kPingMax = absl::Milliseconds(800);
// More than any number of replicas answers.
constexpr int64_t kCallsPerSecondMax = 1'000'000'000;

absl::Status BadConfig(absl::string_view what) {
  return Error(absl::StatusCode::kInvalidArgument, "BAD_CONFIG", what);
}

std::optional<log::Level> LevelOf(absl::string_view name) {
  if (name == "debug") return log::Level::kDebug;
  if (name == "info") return log::Level::kInfo;
  if (name == "warning") return log::Level::kWarning;
  if (name == "error") return log::Level::kError;
  return std::nullopt;
}

// gRPC writes lines for each handshake that fails: whoever can reach the port could fill the disk.
constexpr int kGrpcLinesPerMinute = 60;

// How many lines of one minute were written. Thread-safe.
class LinesOfMinute {
 public:
  // Whether one more may be; in a new minute `dropped` says how many were not in the one before.
  bool Take(absl::Time now, int64_t* dropped) {
    MutexLock lock(mutex_);
    if (now - begin_ >= absl::Minutes(1)) {
      *dropped = std::max<int64_t>(0, lines_ - kGrpcLinesPerMinute);
      begin_ = now;
      lines_ = 0;
    }
    return ++lines_ <= kGrpcLinesPerMinute;
  }

 private:
  Mutex mutex_;
  absl::Time begin_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  int64_t lines_ ABSL_GUARDED_BY(mutex_) = 0;
};

void LogOfGrpc(gpr_log_func_args* line) {
  static LinesOfMinute& minute = *new LinesOfMinute;  // Never freed: gRPC's threads may outlive us.
  int64_t dropped = 0;
  const bool write = minute.Take(absl::Now(), &dropped);
  if (dropped > 0) log::Warning("grpc_lines_dropped", {{"count", dropped}});
  if (write) log::Warning("grpc", {{"text", line->message}});
}

void LogOfProtobuf(google::protobuf::LogLevel, const char*, int, const std::string& text) {
  log::Warning("protobuf", {{"text", text}});
}

// The libraries write lines of their own to stderr; with this they are lines of our log.
void StartLog(const std::string& service, log::Level level) {
  log::Start(service, level);
  gpr_set_log_function(LogOfGrpc);
  google::protobuf::SetLogHandler(LogOfProtobuf);
}

// Each connection takes a file. Where the process may have more than it was started with, it does.
void AllowManyFiles() {
  rlimit files;
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
}

absl::Status OpenClock(ServiceContext& context) {
  const ServiceFlags& flags = context.flags;
  if (flags.simulated_clock.empty()) {
    context.clock = std::make_unique<SystemClock>();
    return absl::OkStatus();
  }
  if (!absl::StartsWith(flags.database, "sqlite:")) {
    return BadConfig("--simulated-clock is for SQLite: PostgreSQL keeps its own time");
  }
  if (!IsLocalAddress(flags.listen)) {
    return BadConfig("--simulated-clock is for demonstrations on loopback; --listen is not");
  }
  ASSIGN_OR_RETURN(context.clock, SimulatedClock::Open(flags.simulated_clock));
  return absl::OkStatus();
}

// postgresql://USER:PASSWORD@..., or a parameter of that name.
bool HoldsPassword(absl::string_view url) {
  const size_t begin = url.find("://");
  if (begin == absl::string_view::npos) return false;
  const absl::string_view rest = url.substr(begin + 3);
  const absl::string_view authority = rest.substr(0, rest.find_first_of("/?"));
  const size_t at = authority.rfind('@');
  if (at != absl::string_view::npos && absl::StrContains(authority.substr(0, at), ':')) return true;
  return absl::StrContains(rest, "password=");
}

// Arguments can be read by everybody on the machine, an environment by whatever is started from it.
absl::Status FindDatabase(ServiceFlags& flags) {
  if (flags.database.empty() == flags.database_file.empty()) {
    return BadConfig("one of --database and --database-file is required");
  }
  if (!flags.database.empty()) {
    if (!HoldsPassword(flags.database)) return absl::OkStatus();
    return BadConfig("--database holds a password: put the URL into a file for --database-file");
  }
  ASSIGN_OR_RETURN(const std::string url, ReadPrivateFile(flags.database_file));
  flags.database = std::string(absl::StripAsciiWhitespace(url));
  return absl::OkStatus();
}

absl::Status OpenDatabase(ServiceContext& context, absl::Span<const sql::Migration> migrations) {
  const ServiceFlags& flags = context.flags;
  sql::Database::Options options;
  options.connections = static_cast<int>(flags.database_connections);
  options.pooled = flags.database_pooled;
  if (!flags.simulated_clock.empty()) options.clock = context.clock.get();
  ASSIGN_OR_RETURN(context.database, sql::Database::Open(flags.database, options));
  if (flags.migrate || context.database->engine() == sql::Engine::kSqlite) {
    RETURN_IF_ERROR(sql::Migrate(*context.database, migrations, Deadline::After(kMigrateMax)));
  } else {
    RETURN_IF_ERROR(sql::CheckMigrated(*context.database, migrations, Deadline::After(kCheckMax)));
    RETURN_IF_ERROR(sql::CheckServerRole(*context.database, Deadline::After(kCheckMax)));
  }
  context.database = Metered(std::move(context.database), *context.metrics);
  if (!flags.migrate) return absl::OkStatus();
  log::Info("migrated", {{"steps", static_cast<int64_t>(migrations.size())}});
  return Error(absl::StatusCode::kCancelled, "MIGRATED", "the database is up to date");
}

absl::Status OpenRateLimiter(ServiceContext& context) {
  const ServiceFlags& flags = context.flags;
  std::unique_ptr<redis::Redis> redis;
  if (!flags.redis.empty()) {
    // Its own: a thread that waits for Redis must not take a search's connection.
    ASSIGN_OR_RETURN(redis, redis::Redis::Open(flags.redis, {.connections = 1}));
    redis = Metered(std::move(redis), *context.metrics);
  }
  // Services may share a secret; their limits are each its own.
  context.rate_limiter = std::make_unique<RateLimiter>(
      flags.limits, std::move(redis), context.secret->Derive(context.service), *context.metrics);
  context.rate_limiter->Start();
  return absl::OkStatus();
}

}  // namespace

void ServiceFlags::AddTo(Config& config) {
  config.Text("listen", &listen, "HOST:PORT or unix:PATH to serve gRPC on; port 0: any free one");
  config.Text("metrics-listen", &metrics_listen, "HOST:PORT to serve /metrics on; empty: nowhere");
  config.Text("database", &database, "sqlite:PATH or postgresql://... without a password");
  config.Text("database-file", &database_file,
              "File (mode 0600) with what --database would say, for a URL with a password");
  config.Text("callers-file", &callers_file, "JSON file of the callers and their roles, mode 0600");
  config.Text("token-issuer", &tokens.issuer, "Issuer of access tokens, as their `iss` names it");
  config.Text("token-audience", &tokens.audience, "What their `aud` must name");
  config.Text("token-keys", &tokens.keys,
              "JWKS of the issuer's public keys: a file, or the https URL of one");
  config.Text("token-keys-ca", &tokens.keys_ca,
              "PEM file of the authorities of that URL's certificate; empty: the system's");
  config.Text("secret-file", &secret_file, "File with 64 hexadecimal digits, mode 0600");
  config.Text("redis", &redis,
              "HOST:PORT or unix:PATH of Redis; empty: replicas share neither limits nor caches");
  config.Int("caller-calls-per-second", &limits.caller, 0, kCallsPerSecondMax,
             "Calls of one caller, over all replicas; twice as many at once; 0: no limit");
  config.Int("organization-calls-per-second", &limits.organization, 0, kCallsPerSecondMax,
             "Likewise of one organization, all callers together");
  config.Text("simulated-clock", &simulated_clock,
              "File with an offset in microseconds; demonstrations on SQLite and loopback only");
  config.Text("log-level", &log_level, "debug, info, warning or error");
  tls.AddTo(config);
  config.Text("trust-domain", &trust_domain,
              "SPIFFE trust domain: a caller's certificate names spiffe://DOMAIN/...");
  config.Bool("reflection", &reflection, "Serve gRPC reflection");
  config.Bool("allow-plaintext-network", &allow_plaintext_network,
              "Listen beyond loopback without TLS: something else guards the wire");
  config.Int("threads", &threads, 1, 256, "Handlers that do I/O at one time");
  config.Int("database-connections", &database_connections, 1, 256,
             "Connections to PostgreSQL; readers of SQLite");
  config.Bool("database-pooled", &database_pooled,
              "PostgreSQL is behind a pooler in transaction mode: prepare no statement by name");
  config.Command("probe", &probe, "Ask the server on this machine whether it is ready, then exit");
  config.Command("migrate", &migrate, "Bring the database's schema up to date, then exit");
}

PeerOptions ServiceFlags::ToPeers(const std::string& key_file) const {
  return {key_file, tls, allow_plaintext_network};
}

absl::StatusOr<std::unique_ptr<ServiceContext>> OpenService(
    const std::string& service, int argc, const char* const* argv, Config& config,
    ServiceFlags& flags, absl::Span<const sql::Migration> migrations,
    std::vector<MethodAccess> access) {
  KeepMemoryPrivate();
  BlockStopSignals();
  signal(SIGPIPE, SIG_IGN);  // A peer that went away is an error of the write, not our end.
  RETURN_IF_ERROR(config.Parse(argc, argv));
  const std::optional<log::Level> level = LevelOf(flags.log_level);
  if (!level.has_value()) return BadConfig("--log-level is not debug, info, warning or error");
  StartLog(service, *level);
  if (flags.probe) {
    RETURN_IF_ERROR(Probe(flags.listen, flags.tls));
    return Error(absl::StatusCode::kCancelled, "SERVING", "the server is ready");
  }
  RETURN_IF_ERROR(FindDatabase(flags));
  AllowManyFiles();
  // Debian's absl is built without NDEBUG and would look for lock cycles at each lock that gRPC
  // takes: some 3 % of a search.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);

  auto context = std::make_unique<ServiceContext>();
  context->service = service;
  context->flags = flags;
  RETURN_IF_ERROR(OpenClock(*context));
  context->metrics = std::make_unique<Metrics>();
  RETURN_IF_ERROR(OpenDatabase(*context, migrations));
  // Not RequiredText: `migrate` needs neither.
  if (flags.callers_file.empty()) return BadConfig("--callers-file is required");
  if (flags.secret_file.empty()) return BadConfig("--secret-file is required");
  ASSIGN_OR_RETURN(Callers callers, Callers::Load(flags.callers_file, absl::Now()));
  const Tokens::Options& tokens = flags.tokens;
  if (!tokens.empty()) {
    // The machine's clock, as in Edge::Open.
    ASSIGN_OR_RETURN(auto taken, Tokens::Open(tokens, SystemClock().TimeNow()));
    callers.Accept(std::move(taken));
  }
  ASSIGN_OR_RETURN(const crypto::Key secret, crypto::Key::FromFile(flags.secret_file));
  if (!flags.tls.empty() || !flags.trust_domain.empty()) {
    ASSIGN_OR_RETURN(context->credentials, ServerTls(flags.tls, flags.trust_domain));
  }
  context->secret = std::make_unique<crypto::Key>(secret);
  context->ids = std::make_unique<RandomIds>();
  if (!flags.metrics_listen.empty()) {
    RETURN_IF_ERROR(context->metrics->Serve(flags.metrics_listen));
  }
  RETURN_IF_ERROR(OpenRateLimiter(*context));
  Edge::Options edge_options;
  edge_options.rate_limiter = context->rate_limiter.get();
  edge_options.trust_domain = flags.trust_domain;
  edge_options.threads = static_cast<int>(flags.threads);
  context->edge = std::make_unique<Edge>(edge_options, std::move(callers), std::move(access),
                                         *context->metrics);
  return context;
}

int ExitCodeOf(const absl::Status& status) {
  const std::string reason(ReasonOf(status));
  if (status.ok() || reason == "MIGRATED" || reason == "SERVING") return 0;
  if (reason == "SHOW_HELP") {
    std::cout << status.message();
    return 0;
  }
  std::cerr << reason << ": " << status.message() << "\n";
  return reason == "BAD_CONFIG" ? 2 : 1;
}

int Run(ServiceContext& context, const std::vector<NamedService>& services) {
  Server::Options options;
  options.listen = context.flags.listen;
  options.allow_plaintext_network = context.flags.allow_plaintext_network;
  options.credentials = context.credentials;
  options.reflection = context.flags.reflection;
  std::vector<grpc::Service*> handlers;
  std::vector<std::string> names;
  for (const NamedService& service : services) {
    handlers.push_back(service.service);
    names.push_back(service.name);
  }
  sql::Database& database = *context.database;
  auto server = Server::Start(options, *context.edge, handlers, names,
                              [&database] { return database.Ping(Deadline::After(kPingMax)); });
  if (!server.ok()) return ExitCodeOf(server.status());
  std::cout << absl::StrCat(R"({"event":"serving","service":")", context.service, R"(","port":)",
                            (*server)->port(), "}\n")
            << std::flush;
  WaitForStopSignal();
  log::Info("stopping", {});
  (*server)->Drain();
  log::Info("stopped", {});
  return 0;
}

}  // namespace stillpoint::rpc

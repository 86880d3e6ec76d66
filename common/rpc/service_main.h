// What every server's main.cc shares: the common flags, and the opening of what they name. main.cc
// stays the only wiring and reads from top to bottom:
//
// clang-format off
//   int main(int argc, char** argv) {
//     namespace rpc = stillpoint::rpc;
//     stillpoint::Config config("stillpoint-booking", "Catalogue, availability and bookings.");
//     rpc::ServiceFlags flags;
//     flags.AddTo(config);
//     std::string records_address, records_key_file;  // This service's own flags.
//     ...
//
//     auto opened = rpc::OpenService("booking", argc, argv, config, flags, kMigrations, kAccess);
//     if (!opened.ok()) return rpc::ExitCodeOf(opened.status());  // Also after --help, `migrate`.
//     rpc::ServiceContext& context = **opened;
//
//     // Objects in the order in which they need each other; after Run they go in the reverse.
//     auto redis = stillpoint::redis::Redis::Open(flags.redis, {});
//     if (!redis.ok()) return rpc::ExitCodeOf(redis.status());
//     auto records = rpc::Peer::Open(records_address, flags.ToPeers(records_key_file));
//     if (!records.ok()) return rpc::ExitCodeOf(records.status());
//     Cache cache(**redis, *context.metrics);
//     CreateBooking create(*context.database, cache, *context.ids);
//     BookingServiceImpl bookings(*context.edge, create);
//
//     return rpc::Run(context, {{"stillpoint.booking.v1.BookingService", &bookings}});
//   }
// clang-format on
#ifndef STILLPOINT_COMMON_RPC_SERVICE_MAIN_H_
#define STILLPOINT_COMMON_RPC_SERVICE_MAIN_H_

#include <grpcpp/impl/service_type.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/base/clock.h"
#include "common/base/ids.h"
#include "common/config/config.h"
#include "common/crypto/keys.h"
#include "common/metrics/metrics.h"
#include "common/rpc/client.h"
#include "common/rpc/edge.h"
#include "common/rpc/rate_limiter.h"
#include "common/rpc/tls.h"
#include "common/rpc/tokens.h"
#include "common/sql/database.h"
#include "common/sql/migrate.h"

namespace stillpoint::rpc {

// The flags of every server. Filled by Config::Parse, which OpenService calls.
struct ServiceFlags {
  std::string listen = "127.0.0.1:0";
  std::string metrics_listen;  // Empty: metrics are not served.
  std::string database;        // Of the file below, once it has been read.
  std::string database_file;   // Empty: `database` is given, and holds no password.
  std::string callers_file;
  std::string secret_file;
  Tokens::Options tokens;       // All empty: no access tokens are taken.
  std::string redis;            // Empty: none is used.
  RateLimiter::Options limits;  // How often one may call.
  std::string simulated_clock;  // Empty: the machine's clock.
  std::string log_level = "info";
  TlsFiles tls;  // Of both ends: callers of this service, and the services that it calls.
  std::string trust_domain;
  bool reflection = false;
  bool allow_plaintext_network = false;
  bool database_pooled = false;
  bool migrate = false;  // The command words.
  bool probe = false;
  int64_t threads = 16;
  int64_t database_connections = 8;

  void AddTo(Config& config);
  // How this service calls others: as itself, by its certificate or the key in `key_file`.
  PeerOptions ToPeers(const std::string& key_file) const;
};

// What OpenService opened. All members are set. They outlive everything main builds on them.
struct ServiceContext {
  std::string service;
  ServiceFlags flags;
  std::unique_ptr<Clock> clock;
  std::unique_ptr<IdSource> ids;
  std::unique_ptr<Metrics> metrics;
  std::unique_ptr<crypto::Key>
      secret;  // Of --secret-file; derive keys from it, do not use it bare.
  std::shared_ptr<grpc::ServerCredentials> credentials;  // Null: plaintext.
  std::unique_ptr<sql::Database> database;  // Migrated. Its Transaction::Now() agrees with `clock`.
  std::unique_ptr<RateLimiter> rate_limiter;
  std::unique_ptr<Edge> edge;
};

// Forbids core files, blocks the stop signals, parses `config` (to which `flags` were added),
// starts the log and opens the rest. `service` is the name in logs. SQLite is migrated here;
// PostgreSQL by the command `migrate`.
//
// Cancelled SHOW_HELP, MIGRATED, SERVING: done, exit with 0. InvalidArgument BAD_CONFIG: a flag, a
// file, a certificate, or a simulated clock with PostgreSQL or off loopback. FailedPrecondition
// SCHEMA_OLDER, SCHEMA_NEWER or MIGRATION_CHANGED: the database is not as this binary needs it;
// DATABASE_ROLE: nor is our role in it. Unavailable: the database or the metrics address;
// NOT_SERVING: what `probe` found.
absl::StatusOr<std::unique_ptr<ServiceContext>> OpenService(
    const std::string& service, int argc, const char* const* argv, Config& config,
    ServiceFlags& flags, absl::Span<const sql::Migration> migrations,
    std::vector<MethodAccess> access);

// Prints help to stdout, anything else as one readable line to stderr. 0 for what was asked for, 2
// for bad configuration, 1 for the rest.
int ExitCodeOf(const absl::Status& status);

struct NamedService {
  std::string name;  // "stillpoint.booking.v1.BookingService"
  grpc::Service* service;
};

// Serves until SIGTERM or SIGINT, drains, returns the exit code. Prints one line of JSON to stdout
// when calls are accepted: {"event":"serving","service":"booking","port":50051}.
int Run(ServiceContext& context, const std::vector<NamedService>& services);

}  // namespace stillpoint::rpc

#endif  // STILLPOINT_COMMON_RPC_SERVICE_MAIN_H_

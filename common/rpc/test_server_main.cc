// The smallest server on service_main.h, for service_main_test.cc. Says with the store's clock.
#include "common/rpc/service_main.h"
#include "common/rpc/test_service.h"

namespace {

constexpr stillpoint::sql::Migration kMigrations[] = {
    {1, "first",
     "CREATE TABLE word (organization TEXT NOT NULL, text TEXT NOT NULL, PRIMARY KEY "
     "(organization, text));"},
};

}  // namespace

int main(int argc, char** argv) {
  namespace rpc = stillpoint::rpc;
  stillpoint::Config config("stillpoint-rpc-test-server", "Echoes.");
  rpc::ServiceFlags flags;
  flags.AddTo(config);
  auto opened = rpc::OpenService("echo", argc, argv, config, flags, kMigrations, rpc::kEchoAccess);
  if (!opened.ok()) return rpc::ExitCodeOf(opened.status());
  rpc::ServiceContext& context = **opened;
  rpc::EchoServiceImpl echo(
      *context.edge, [&](const rpc::CallInfo& call, const auto&, auto* response) {
        return context.database->Read(
            stillpoint::sql::NoOrganization(), call.deadline,
            [&](stillpoint::sql::Transaction& tx) -> absl::Status {
              const absl::StatusOr<absl::Time> now = tx.Now();
              if (now.ok()) response->set_text(absl::FormatTime(*now, absl::UTCTimeZone()));
              return now.status();
            });
      });
  return rpc::Run(context, {{rpc::kEchoService, &echo}});
}

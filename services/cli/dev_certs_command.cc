// dev-certs: certificates for one machine.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "common/base/status_macros.h"
#include "services/cli/commands.h"
#include "services/cli/dev_certs.h"

namespace stillpoint::cli {
namespace {

struct Arguments {
  std::string directory;
  std::string trust_domain = "stillpoint.local";
  bool force = false;
};

absl::Status Run(const Arguments& arguments) {
  ASSIGN_OR_RETURN(const std::vector<std::string> written,
                   WriteDevCertificates(arguments.directory, arguments.trust_domain,
                                        arguments.force, SystemClock().TimeNow()));
  for (const std::string& path : written) std::printf("%s\n", path.c_str());
  return absl::OkStatus();
}

}  // namespace

void AddDevCertsCommand(CLI::App& app, Session& session) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand(
      "dev-certs", "Make an authority and certificates for this machine, for development only");
  command->add_option("directory", arguments->directory, "Folder to write to")->required();
  command->add_option("--trust-domain", arguments->trust_domain, "Of the SPIFFE ids they name")
      ->capture_default_str();
  command->add_flag("--force", arguments->force, "Replace files that are there");
  command->callback(
      [&session, arguments] { session.action = [arguments] { return Run(*arguments); }; });
}

}  // namespace stillpoint::cli

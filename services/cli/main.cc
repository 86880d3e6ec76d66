// `stillpoint`: the suite from a terminal.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>
#include <vector>

#include "services/cli/commands.h"
#include "services/cli/output.h"
#include "services/cli/session.h"

namespace stillpoint::cli {
namespace {

constexpr int kExitRefused = 1;
constexpr int kExitUsage = 2;

void AddGlobalOptions(CLI::App& app, Settings& settings) {
  app.add_option("--booking", settings.booking, "Address of the booking service")
      ->envname("STILLPOINT_BOOKING")
      ->capture_default_str();
  app.add_option("--client-record", settings.client_record, "Address of the client record service")
      ->envname("STILLPOINT_CLIENT_RECORD")
      ->capture_default_str();
  app.add_option("--notification", settings.notification, "Address of the notification service")
      ->envname("STILLPOINT_NOTIFICATION")
      ->capture_default_str();
  app.add_option("--organization", settings.organization, "Id of the organization to work for")
      ->envname("STILLPOINT_ORGANIZATION");
  app.add_option("--key-file", settings.key_file, "File with the caller's key, mode 0600")
      ->envname("STILLPOINT_KEY_FILE");
  app.add_option("--tls-ca", settings.tls.authorities,
                 "PEM file of the authorities that signed the services' certificates; without it: "
                 "plaintext")
      ->envname("STILLPOINT_TLS_CA");
  app.add_option("--tls-cert", settings.tls.certificate, "PEM file of the caller's certificate")
      ->envname("STILLPOINT_TLS_CERT");
  app.add_option("--tls-key", settings.tls.key, "PEM file of its private key, mode 0600")
      ->envname("STILLPOINT_TLS_KEY");
  app.add_flag("--allow-plaintext-network", settings.allow_plaintext_network,
               "Call beyond this machine without TLS: something else guards the wire")
      ->envname("STILLPOINT_ALLOW_PLAINTEXT_NETWORK");
  app.add_option("--simulated-clock", settings.simulated_clock,
                 "Clock file of the local demonstration")
      ->envname("STILLPOINT_SIMULATED_CLOCK");
  app.add_option("--request-id", settings.request_id,
                 "Makes a repeated command one effect (default: a new id)");
  app.add_option("--timeout", settings.timeout_seconds, "Seconds that a call may take")
      ->check(CLI::Range(1, 60))
      ->capture_default_str();
  app.add_flag("--json", settings.json, "Answers and errors as JSON");
}

int Run(int argc, char** argv) {
  CLI::App app("Stillpoint from a terminal: what is free, bookings, clients, messages");
  app.name("stillpoint");
  app.require_subcommand(1);
  app.fallthrough();  // Global options may follow the command.
  Session session;
  AddGlobalOptions(app, session.settings());
  AddImportCommand(app, session);
  AddCatalogCommands(app, session);
  AddTravelCommands(app, session);
  AddPolicyCommands(app, session);
  AddZoneCommand(app, session);
  AddSearchCommands(app, session);
  AddTakeCommands(app, session);
  AddBookingCommands(app, session);
  AddClientCommands(app, session);
  AddIntakeCommands(app, session);
  AddNoteCommands(app, session);
  AddNotificationCommands(app, session);
  AddReportCommands(app, session);
  AddDevCertsCommand(app, session);
  AddTokenCommands(app, session);
  AddCompletionCommand(app, session);
  try {
    app.parse(argc, argv);
  } catch (const CLI::RequiredError& error) {
    // CLI11 says only that a command is missing, also where one was misspelt.
    const std::vector<std::string> rest = app.remaining();
    if (app.get_subcommands().empty() && !rest.empty()) {
      std::fprintf(stderr, "There is no command `%s`.\nRun with --help for the list.\n",
                   rest.front().c_str());
      return kExitUsage;
    }
    app.exit(error);
    return kExitUsage;
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kExitUsage;
  }
  const absl::Status status = session.action();
  if (status.ok()) return 0;
  std::fputs(ErrorText(status, session.settings().json).c_str(), stderr);
  return kExitRefused;
}

}  // namespace
}  // namespace stillpoint::cli

int main(int argc, char** argv) { return stillpoint::cli::Run(argc, argv); }

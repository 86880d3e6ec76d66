// The commands, by area. Each function adds its words to the command line; a chosen command leaves
// what it does in Session::action.
#ifndef STILLPOINT_SERVICES_CLI_COMMANDS_H_
#define STILLPOINT_SERVICES_CLI_COMMANDS_H_

#include <CLI/App.hpp>

#include "services/cli/session.h"

namespace stillpoint::cli {

void AddImportCommand(CLI::App& app, Session& session);    // import
void AddCatalogCommands(CLI::App& app, Session& session);  // clinics, rooms, ...
void AddTravelCommands(CLI::App& app, Session& session);   // travel-times, set-travel-time
void AddPolicyCommands(CLI::App& app, Session& session);   // policies, set-policy, waive-fee
void AddZoneCommand(CLI::App& app, Session& session);      // follow-zones
void AddSearchCommands(CLI::App& app, Session& session);   // search, next
void AddTakeCommands(CLI::App& app, Session& session);     // hold, book, confirm, release, move
void AddBookingCommands(CLI::App& app, Session& session);  // show, bookings, cancel, check-in, ...
void AddClientCommands(CLI::App& app, Session& session);   // client ...
void AddIntakeCommands(CLI::App& app, Session& session);   // intake ..., clearance ...
void AddNoteCommands(CLI::App& app, Session& session);     // note ...
void AddNotificationCommands(CLI::App& app, Session& session);  // notifications, why
void AddReportCommands(CLI::App& app, Session& session);        // figures, audit, audit-verify
void AddDevCertsCommand(CLI::App& app, Session& session);       // dev-certs
void AddTokenCommands(CLI::App& app, Session& session);         // token ...
void AddCompletionCommand(CLI::App& app, Session& session);     // completion

}  // namespace stillpoint::cli

#endif  // STILLPOINT_SERVICES_CLI_COMMANDS_H_

// follow-zones: after a change of the zone data.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "services/cli/commands.h"
#include "services/cli/output.h"
#include "stillpoint/booking/v1/booking_service.grpc.pb.h"

namespace stillpoint::cli {
namespace {

namespace pb = ::stillpoint::booking::v1;

// Every part of the job, and what became of each booking whose local time means another instant.
absl::Status Follow(Session& session, bool dry_run) {
  RETURN_IF_ERROR(session.Open());
  auto stub = pb::BookingService::NewStub(session.booking().channel());
  pb::FollowZoneDataRequest request;
  ASSIGN_OR_RETURN(*request.mutable_parent(), session.Parent());
  request.set_validate_only(dry_run);
  pb::FollowZoneDataResponse all;
  absl::Status status;
  do {
    pb::FollowZoneDataResponse part;
    status =
        session.Call(session.booking(), request, &part, [&](auto* context, auto& req, auto* resp) {
          return stub->FollowZoneData(context, req, resp);
        });
    if (!status.ok()) break;
    request.set_page_token(part.next_page_token());
    all.set_seen(all.seen() + part.seen());
    all.set_unknown(all.unknown() + part.unknown());
    all.mutable_moves()->MergeFrom(part.moves());
  } while (!request.page_token().empty());
  // Also when a later part fails: what has moved is told.
  if (session.settings().json) {
    std::fputs(ToJson(all).c_str(), stdout);
    return status;
  }
  int stay = 0;
  Table table({"BOOKING", "LOCAL START", "ZONE", "WAS", "IS", ""});
  for (const pb::ZoneMove& move : all.moves()) {
    if (!move.reason().empty()) ++stay;
    table.Add({ShortId(move.booking().name()), move.booking().local_start(), move.booking().zone(),
               LocalTime(move.previous_start_time(), ""), LocalTime(move.start_time(), ""),
               move.reason().empty() ? move.concern() : absl::StrCat("stays: ", move.reason())});
  }
  std::fputs(table.Text().c_str(), stdout);
  std::printf("%lld bookings, %d %s, %d stay, %lld of unknown local time\n",
              static_cast<long long>(all.seen()), all.moves_size() - stay,
              dry_run ? "would move" : "moved", stay, static_cast<long long>(all.unknown()));
  return status;
}

}  // namespace

void AddZoneCommand(CLI::App& app, Session& session) {
  auto dry_run = std::make_shared<bool>(false);
  CLI::App* follow = app.add_subcommand(
      "follow-zones", "After a change of the zone data: keep bookings at their local time");
  follow->add_flag("--dry-run", *dry_run, "Say what would move, and move nothing");
  follow->callback([&session, dry_run] {
    session.action = [&session, dry_run] { return Follow(session, *dry_run); };
  });
}

}  // namespace stillpoint::cli

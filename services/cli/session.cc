#include "services/cli/session.h"

#include "absl/time/civil_time.h"
#include "common/base/status_macros.h"
#include "common/error/error.h"

namespace stillpoint::cli {

absl::Status Session::Open() {
  if (settings_.key_file.empty()) {
    return Error(absl::StatusCode::kInvalidArgument, "BAD_CONFIG",
                 "no key: give --key-file or set STILLPOINT_KEY_FILE");
  }
  clock_ = std::make_unique<SystemClock>();
  if (!settings_.simulated_clock.empty()) {
    ASSIGN_OR_RETURN(clock_, SimulatedClock::Open(settings_.simulated_clock));
  }
  const auto connect = [&](const std::string& address,
                           std::unique_ptr<rpc::Peer>& peer) -> absl::Status {
    ASSIGN_OR_RETURN(rpc::Peer opened,
                     rpc::Peer::Open(address, {settings_.key_file, settings_.tls,
                                               settings_.allow_plaintext_network}));
    peer = std::make_unique<rpc::Peer>(std::move(opened));
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(connect(settings_.booking, booking_));
  RETURN_IF_ERROR(connect(settings_.client_record, client_record_));
  return connect(settings_.notification, notification_);
}

std::string Session::NextRequestId() {
  return settings_.request_id.empty() ? ids_.Next() : settings_.request_id;
}

absl::StatusOr<std::string> Session::Parent() const {
  if (settings_.organization.empty()) {
    return Error(absl::StatusCode::kInvalidArgument, "BAD_CONFIG",
                 "no organization: give --organization or set STILLPOINT_ORGANIZATION");
  }
  return absl::StrCat("organizations/", settings_.organization);
}

absl::StatusOr<std::string> Session::Name(absl::string_view collection,
                                          absl::string_view id) const {
  if (id.empty() || absl::StrContains(id, '/')) return std::string(id);
  ASSIGN_OR_RETURN(const std::string parent, Parent());
  return absl::StrCat(parent, "/", collection, "/", id);
}

bool NeedsZone(absl::string_view text) {
  absl::Time time;
  return !text.empty() && !absl::ParseTime(absl::RFC3339_full, text, &time, nullptr);
}

absl::StatusOr<absl::Time> ReadInstant(absl::string_view option, absl::string_view text,
                                       absl::TimeZone zone) {
  absl::Time time;
  if (absl::ParseTime(absl::RFC3339_full, text, &time, nullptr)) return time;
  for (const char* format : {"%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d"}) {
    absl::Time parsed;
    // Parsed as if in UTC to get the civil time, then placed in the zone: absl's own parsing into a
    // zone would choose for us what a skipped or repeated time means.
    if (!absl::ParseTime(format, text, absl::UTCTimeZone(), &parsed, nullptr)) continue;
    const absl::CivilSecond civil = absl::ToCivilSecond(parsed, absl::UTCTimeZone());
    return zone.At(civil).pre;
  }
  return InvalidField(option, "use RFC 3339, `YYYY-MM-DD HH:MM` or `YYYY-MM-DD`");
}

}  // namespace stillpoint::cli

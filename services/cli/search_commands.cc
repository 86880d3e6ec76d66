// search, next: what is free, and why a time is not.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/base/clock.h"
#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "services/cli/bookings.h"
#include "services/cli/commands.h"
#include "services/cli/explanation.h"
#include "services/cli/output.h"
#include "stillpoint/booking/v1/availability_service.grpc.pb.h"

namespace stillpoint::cli {
namespace {

namespace pb = ::stillpoint::booking::v1;

constexpr int kWindowDays = 14;  // Of `search` without --until.
constexpr int kSearchLimit = 10;
constexpr int kNextLimit = 3;
constexpr int kLimitMax = 1000;     // The service's own bound for one page.
constexpr int kNextLimitMax = 100;  // Likewise.

struct SearchWords {
  std::vector<std::string> clinics, practitioners, styles, languages, credentials, room_kinds,
      room_features;
  std::string offering, gender, from, until, room, client, explain;
  int minutes = 0;
  int limit = kSearchLimit;
  bool next = false;
  bool compact = false;
};

absl::Status FillFilter(Session& session, const SearchWords& words, pb::SlotFilter* filter) {
  for (const std::string& clinic : words.clinics) {
    ASSIGN_OR_RETURN(*filter->add_clinics(), session.Name("clinics", clinic));
  }
  for (const std::string& practitioner : words.practitioners) {
    ASSIGN_OR_RETURN(*filter->add_practitioners(), session.Name("practitioners", practitioner));
  }
  ASSIGN_OR_RETURN(*filter->mutable_offering(), session.Name("offerings", words.offering));
  filter->set_duration_minutes(words.minutes);
  for (const std::string& name : words.styles) {
    pb::Style style;
    if (!pb::Style_Parse(absl::StrCat("STYLE_", absl::AsciiStrToUpper(name)), &style)) {
      return InvalidField("--style", "biomechanical, biodynamic or integrated");
    }
    filter->add_styles(style);
  }
  for (const std::string& language : words.languages) filter->add_languages(language);
  for (const std::string& kind : words.credentials) filter->add_credential_kinds(kind);
  for (const std::string& kind : words.room_kinds) filter->add_room_kinds(kind);
  for (const std::string& feature : words.room_features) filter->add_room_features(feature);
  if (!words.gender.empty()) {
    pb::Gender gender;
    if (!pb::Gender_Parse(absl::StrCat("GENDER_", absl::AsciiStrToUpper(words.gender)), &gender)) {
      return InvalidField("--gender", "female, male or non_binary");
    }
    filter->set_gender(gender);
  }
  return absl::OkStatus();
}

template <typename Response>
void Print(const Session& session, const Response& found) {
  if (session.settings().json) {
    std::fputs(ToJson(found).c_str(), stdout);
    return;
  }
  const bool gaps = found.slots_size() > 0 && found.slots(0).has_gaps();
  Table table({"START (clinic's time)", "CLINIC", "PRACTITIONER", "ROOM",
               gaps ? "GAPS (minutes)" : "START (UTC)"});
  for (const pb::Slot& slot : found.slots()) {
    const std::string utc =
        absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::FromUnixSeconds(slot.start_time().seconds()),
                         absl::UTCTimeZone());
    const pb::SlotGaps& left = slot.gaps();
    table.Add({slot.local_start(), ShortId(slot.clinic()), ShortId(slot.practitioner()),
               ShortId(slot.room()),
               gaps ? absl::StrCat(left.before_minutes(), " before, ", left.after_minutes(),
                                   " after, ", left.unusable_minutes(), " unusable")
                    : utc});
  }
  std::fputs(table.Text().c_str(), stdout);
}

// The filter with its window: from `--from` or now, until `--until` if that is said.
absl::StatusOr<pb::SlotFilter> MakeFilter(Session& session, const SearchWords& words) {
  pb::SlotFilter filter;
  RETURN_IF_ERROR(FillFilter(session, words, &filter));
  absl::TimeZone zone = absl::UTCTimeZone();
  if (filter.clinics_size() > 0 && (NeedsZone(words.from) || NeedsZone(words.until))) {
    ASSIGN_OR_RETURN(zone, ZoneOfClinic(session, filter.clinics(0)));
  }
  // Back to the 5-minute grid; the service leaves out what has passed.
  absl::Time from =
      absl::UnixEpoch() + absl::Floor(session.Now() - absl::UnixEpoch(), absl::Minutes(5));
  if (!words.from.empty()) {
    ASSIGN_OR_RETURN(from, ReadInstant("--from", words.from, zone));
  }
  SetTime(from, filter.mutable_window()->mutable_start_time());
  if (!words.until.empty()) {
    ASSIGN_OR_RETURN(const absl::Time until, ReadInstant("--until", words.until, zone));
    SetTime(until, filter.mutable_window()->mutable_end_time());
  } else if (!words.next) {
    SetTime(from + absl::Hours(24) * kWindowDays, filter.mutable_window()->mutable_end_time());
  }
  return filter;
}

absl::Status Next(Session& session, const SearchWords& words) {
  RETURN_IF_ERROR(session.Open());
  auto stub = pb::AvailabilityService::NewStub(session.booking().channel());
  pb::FindNextSlotsRequest request;
  ASSIGN_OR_RETURN(*request.mutable_parent(), session.Parent());
  ASSIGN_OR_RETURN(*request.mutable_filter(), MakeFilter(session, words));
  request.set_max_slots(words.limit);
  pb::FindNextSlotsResponse found;
  RETURN_IF_ERROR(
      session.Call(session.booking(), request, &found, [&](auto* context, auto& req, auto* resp) {
        return stub->FindNextSlots(context, req, resp);
      }));
  Print(session, found);
  if (!session.settings().json && found.has_searched_until_time()) {
    std::printf("nothing more before %s\n", LocalTime(found.searched_until_time(), "").c_str());
  }
  return absl::OkStatus();
}

// What `--explain` asks about: one clinic, and of practitioners and rooms one or any.
absl::Status Explain(Session& session, const SearchWords& words) {
  if (words.clinics.size() != 1) {
    return InvalidField("--clinic", "--explain asks about one time at one clinic: name it");
  }
  if (words.practitioners.size() > 1) {
    return InvalidField("--practitioner", "with --explain: one, or none for all");
  }
  RETURN_IF_ERROR(session.Open());
  auto stub = pb::AvailabilityService::NewStub(session.booking().channel());
  pb::ExplainSlotRequest request;
  ASSIGN_OR_RETURN(*request.mutable_parent(), session.Parent());
  pb::SlotRequest& slot = *request.mutable_slot();
  ASSIGN_OR_RETURN(*slot.mutable_clinic(), session.Name("clinics", words.clinics[0]));
  ASSIGN_OR_RETURN(*slot.mutable_offering(), session.Name("offerings", words.offering));
  slot.set_duration_minutes(words.minutes);
  for (const std::string& practitioner : words.practitioners) {
    ASSIGN_OR_RETURN(*slot.mutable_practitioner(), session.Name("practitioners", practitioner));
  }
  if (!words.room.empty()) slot.set_room(absl::StrCat(slot.clinic(), "/rooms/", words.room));
  ASSIGN_OR_RETURN(*request.mutable_client(), session.Name("clients", words.client));
  absl::TimeZone zone = absl::UTCTimeZone();
  if (NeedsZone(words.explain)) {
    ASSIGN_OR_RETURN(zone, ZoneOfClinic(session, slot.clinic()));
  }
  ASSIGN_OR_RETURN(const absl::Time start, ReadInstant("--explain", words.explain, zone));
  SetTime(start, slot.mutable_start_time());
  pb::ExplainSlotResponse explained;
  RETURN_IF_ERROR(session.Call(
      session.booking(), request, &explained,
      [&](auto* context, auto& req, auto* resp) { return stub->ExplainSlot(context, req, resp); }));
  std::fputs(
      session.settings().json ? ToJson(explained).c_str() : ExplanationText(explained).c_str(),
      stdout);
  return absl::OkStatus();
}

absl::Status Search(Session& session, const SearchWords& words) {
  if (words.next) return Next(session, words);
  if (!words.explain.empty()) return Explain(session, words);
  RETURN_IF_ERROR(session.Open());
  auto stub = pb::AvailabilityService::NewStub(session.booking().channel());
  pb::SearchSlotsRequest request;
  ASSIGN_OR_RETURN(*request.mutable_parent(), session.Parent());
  ASSIGN_OR_RETURN(*request.mutable_filter(), MakeFilter(session, words));
  request.set_page_size(words.limit);
  if (words.compact) request.set_order(pb::SearchSlotsRequest::ORDER_LEAST_FRAGMENTATION);
  pb::SearchSlotsResponse found;
  RETURN_IF_ERROR(session.Call(
      session.booking(), request, &found,
      [&](auto* context, auto& req, auto* resp) { return stub->SearchSlots(context, req, resp); }));
  Print(session, found);
  return absl::OkStatus();
}

void AddSearch(CLI::App& app, Session& session, const std::string& name, const std::string& about,
               bool next) {
  auto words = std::make_shared<SearchWords>();
  words->next = next;
  if (next) words->limit = kNextLimit;
  CLI::App* command = app.add_subcommand(name, about);
  command->add_option("--offering", words->offering, "Offering's id")->required();
  command->add_option("--minutes", words->minutes, "Length, one of the offering's")->required();
  command->add_option("--clinic", words->clinics, "Clinic's id; may be repeated. Default: any");
  command->add_option("--practitioner", words->practitioners, "May be repeated. Default: anyone");
  command->add_option("--style", words->styles, "biomechanical, biodynamic, integrated");
  command->add_option("--language", words->languages, "BCP 47: en, fr, ...");
  command->add_option("--gender", words->gender, "Practitioner's: female, male, non_binary");
  command->add_option("--credential", words->credentials,
                      "Practitioner holds it, besides the needed");
  command->add_option("--room-kind", words->room_kinds, "Of the room, besides the needed");
  command->add_option("--room-feature", words->room_features, "The room has it; may be repeated");
  command->add_option("--from", words->from,
                      "RFC 3339, or civil time at the first clinic; default: now");
  command->add_option("--until", words->until,
                      next ? "Likewise; at most 366 days later, which is the default"
                           : "Likewise; at most 92 days later, by default 14");
  command->add_option("--limit", words->limit, "At most so many times")
      ->check(CLI::Range(1, next ? kNextLimitMax : kLimitMax))
      ->capture_default_str();
  if (!next) {
    command->add_flag("--compact", words->compact,
                      "First what leaves the fewest useless gaps in the practitioner's day");
    CLI::Option* explain = command->add_option(
        "--explain", words->explain,
        "Instead: why this one time can or cannot be booked; as --from, at the one --clinic");
    command->add_option("--room", words->room, "With --explain: the one room asked about")
        ->needs(explain);
    command->add_option("--client", words->client, "With --explain: for this client")
        ->needs(explain);
  }
  command->callback([&session, words] {
    session.action = [&session, words] { return Search(session, *words); };
  });
}

}  // namespace

void AddSearchCommands(CLI::App& app, Session& session) {
  AddSearch(app, session, "search", "Free times of the next two weeks", false);
  AddSearch(app, session, "next", "The next free times, however far away", true);
}

}  // namespace stillpoint::cli

// search, next: what is free.
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
#include "services/cli/output.h"
#include "stillpoint/booking/v1/availability_service.grpc.pb.h"

namespace stillpoint::cli {
namespace {

namespace pb = ::stillpoint::booking::v1;

constexpr int kWindowDays = 14;     // Of `search` without --until.
constexpr int kWindowDaysMax = 92;  // The service's own bound.
constexpr int kNextWindows = 4;     // `next` looks about a year ahead.
constexpr int kSearchLimit = 10;
constexpr int kNextLimit = 3;
constexpr int kLimitMax = 1000;  // The service's own bound for one page.

struct SearchWords {
  std::vector<std::string> clinics, practitioners, styles, languages;
  std::string offering, gender, from, until;
  int minutes = 0;
  int limit = kSearchLimit;
  bool next = false;
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
  if (!words.gender.empty()) {
    pb::Gender gender;
    if (!pb::Gender_Parse(absl::StrCat("GENDER_", absl::AsciiStrToUpper(words.gender)), &gender)) {
      return InvalidField("--gender", "female, male or non_binary");
    }
    filter->set_gender(gender);
  }
  return absl::OkStatus();
}

// Searches one window; appends what it finds.
absl::Status SearchWindow(Session& session, const pb::SlotFilter& filter, absl::Time from,
                          absl::Time until, int limit, pb::SearchSlotsResponse* found) {
  auto stub = pb::AvailabilityService::NewStub(session.booking().channel());
  pb::SearchSlotsRequest request;
  ASSIGN_OR_RETURN(*request.mutable_parent(), session.Parent());
  *request.mutable_filter() = filter;
  SetTime(from, request.mutable_filter()->mutable_window()->mutable_start_time());
  SetTime(until, request.mutable_filter()->mutable_window()->mutable_end_time());
  request.set_page_size(limit);
  pb::SearchSlotsResponse page;
  RETURN_IF_ERROR(session.Call(
      session.booking(), request, &page,
      [&](auto* context, auto& req, auto* resp) { return stub->SearchSlots(context, req, resp); }));
  for (pb::Slot& slot : *page.mutable_slots()) *found->add_slots() = std::move(slot);
  return absl::OkStatus();
}

void Print(const Session& session, const pb::SearchSlotsResponse& found) {
  if (session.settings().json) {
    std::fputs(ToJson(found).c_str(), stdout);
    return;
  }
  Table table({"START (clinic's time)", "CLINIC", "PRACTITIONER", "ROOM", "START (UTC)"});
  for (const pb::Slot& slot : found.slots()) {
    table.Add(
        {slot.local_start(), ShortId(slot.clinic()), ShortId(slot.practitioner()),
         ShortId(slot.room()),
         absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::FromUnixSeconds(slot.start_time().seconds()),
                          absl::UTCTimeZone())});
  }
  std::fputs(table.Text().c_str(), stdout);
}

absl::Status Search(Session& session, const SearchWords& words) {
  RETURN_IF_ERROR(session.Open());
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
  const int windows = words.next ? kNextWindows : 1;
  pb::SearchSlotsResponse found;
  for (int i = 0; i < windows && found.slots_size() < words.limit; ++i) {
    absl::Time until = from + absl::Hours(24) * (words.next ? kWindowDaysMax : kWindowDays);
    if (!words.until.empty()) {
      ASSIGN_OR_RETURN(until, ReadInstant("--until", words.until, zone));
    }
    RETURN_IF_ERROR(
        SearchWindow(session, filter, from, until, words.limit - found.slots_size(), &found));
    if (!words.until.empty()) break;
    from = until;
  }
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
  command->add_option("--from", words->from,
                      "RFC 3339, or civil time at the first clinic; default: now");
  command->add_option("--until", words->until, "Likewise; at most 92 days later");
  command->add_option("--limit", words->limit, "At most so many times")
      ->check(CLI::Range(1, kLimitMax))
      ->capture_default_str();
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

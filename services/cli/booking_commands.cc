// show, bookings, orphaned, cancel, check-in, start, complete, no-show.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "services/cli/bookings.h"
#include "services/cli/commands.h"
#include "services/cli/output.h"
#include "stillpoint/booking/v1/booking_service.grpc.pb.h"

namespace stillpoint::cli {
namespace {

namespace pb = ::stillpoint::booking::v1;

// Adds a command that takes one booking's id and makes one call with it.
template <typename Request, typename Response, typename Fill, typename Method>
void AddOne(CLI::App& app, Session& session, const std::string& name, const std::string& about,
            Fill fill, Method method) {
  auto id = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand(name, about);
  command->add_option("booking", *id, "Booking's id")->required();
  command->callback([&session, id, fill, method] {
    session.action = [&session, id, fill, method]() -> absl::Status {
      RETURN_IF_ERROR(session.Open());
      Request request;
      ASSIGN_OR_RETURN(*request.mutable_name(), session.Name("bookings", *id));
      fill(request);
      auto stub = pb::BookingService::NewStub(session.booking().channel());
      Response response;
      RETURN_IF_ERROR(session.Call(
          session.booking(), request, &response,
          [&](auto* context, auto& req, auto* resp) { return method(*stub, context, req, resp); }));
      std::fputs(session.settings().json ? ToJson(response).c_str()
                                         : DescribeBooking(response.booking()).c_str(),
                 stdout);
      return absl::OkStatus();
    };
  });
}

struct ListWords {
  std::string clinic, practitioner, client, state, from, until;
};

// --from and --until, by the clinic's clock where they name no zone.
template <typename Request>
absl::Status FillWindow(Session& session, const ListWords& words, Request* request) {
  absl::TimeZone zone = absl::UTCTimeZone();
  if (NeedsZone(words.from) || NeedsZone(words.until)) {
    ASSIGN_OR_RETURN(zone, ZoneOfClinic(session, request->clinic()));
  }
  if (!words.from.empty()) {
    ASSIGN_OR_RETURN(const absl::Time from, ReadInstant("--from", words.from, zone));
    SetTime(from, request->mutable_window_start_time());
  }
  if (!words.until.empty()) {
    ASSIGN_OR_RETURN(const absl::Time until, ReadInstant("--until", words.until, zone));
    SetTime(until, request->mutable_window_end_time());
  }
  return absl::OkStatus();
}

absl::Status FillFilter(Session& session, const ListWords& words,
                        pb::ListBookingsRequest* request) {
  ASSIGN_OR_RETURN(*request->mutable_parent(), session.Parent());
  ASSIGN_OR_RETURN(*request->mutable_clinic(), session.Name("clinics", words.clinic));
  ASSIGN_OR_RETURN(*request->mutable_practitioner(),
                   session.Name("practitioners", words.practitioner));
  ASSIGN_OR_RETURN(*request->mutable_client(), session.Name("clients", words.client));
  if (!words.state.empty()) {
    pb::Booking::State state;
    if (!pb::Booking::State_Parse(absl::StrCat("STATE_", absl::AsciiStrToUpper(words.state)),
                                  &state)) {
      return InvalidField("--state",
                          "held, confirmed, checked_in, in_session, completed, released, "
                          "expired, cancelled or no_show");
    }
    request->add_states(state);
  }
  return FillWindow(session, words, request);
}

absl::Status List(Session& session, const ListWords& words) {
  RETURN_IF_ERROR(session.Open());
  pb::ListBookingsRequest request;
  RETURN_IF_ERROR(FillFilter(session, words, &request));
  auto stub = pb::BookingService::NewStub(session.booking().channel());
  pb::ListBookingsResponse all;
  do {
    pb::ListBookingsResponse page;
    RETURN_IF_ERROR(
        session.Call(session.booking(), request, &page, [&](auto* context, auto& req, auto* resp) {
          return stub->ListBookings(context, req, resp);
        }));
    for (pb::Booking& booking : *page.mutable_bookings()) *all.add_bookings() = std::move(booking);
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  if (session.settings().json) {
    std::fputs(ToJson(all).c_str(), stdout);
    return absl::OkStatus();
  }
  Table table({"BOOKING", "STATE", "START", "CLINIC", "PRACTITIONER", "CLIENT", "OFFERING"});
  for (const pb::Booking& booking : all.bookings()) {
    table.Add(
        {ShortId(booking.name()), WithoutPrefix(pb::Booking::State_Name(booking.state()), "STATE_"),
         LocalTime(booking.start_time(), booking.zone()), ShortId(booking.clinic()),
         ShortId(booking.practitioner()), ShortId(booking.client()), ShortId(booking.offering())});
  }
  std::fputs(table.Text().c_str(), stdout);
  return absl::OkStatus();
}

absl::Status ListOrphaned(Session& session, const ListWords& words) {
  RETURN_IF_ERROR(session.Open());
  pb::ListOrphanedBookingsRequest request;
  ASSIGN_OR_RETURN(*request.mutable_parent(), session.Parent());
  ASSIGN_OR_RETURN(*request.mutable_clinic(), session.Name("clinics", words.clinic));
  RETURN_IF_ERROR(FillWindow(session, words, &request));
  auto stub = pb::BookingService::NewStub(session.booking().channel());
  pb::ListOrphanedBookingsResponse all;
  do {
    pb::ListOrphanedBookingsResponse page;
    RETURN_IF_ERROR(
        session.Call(session.booking(), request, &page, [&](auto* context, auto& req, auto* resp) {
          return stub->ListOrphanedBookings(context, req, resp);
        }));
    request.set_page_token(page.next_page_token());
    page.clear_next_page_token();
    all.MergeFrom(page);
  } while (!request.page_token().empty());
  if (session.settings().json) {
    std::fputs(ToJson(all).c_str(), stdout);
    return absl::OkStatus();
  }
  Table table({"BOOKING", "STATE", "START", "CLINIC", "PRACTITIONER", "CLIENT", "WHY"});
  for (const pb::OrphanedBooking& orphan : all.orphaned_bookings()) {
    const pb::Booking& booking = orphan.booking();
    std::vector<std::string> why;
    why.reserve(orphan.reasons_size());
    for (const int reason : orphan.reasons()) {
      why.push_back(WithoutPrefix(
          pb::OrphanedBooking::Reason_Name(static_cast<pb::OrphanedBooking::Reason>(reason)),
          "REASON_"));
    }
    table.Add(
        {ShortId(booking.name()), WithoutPrefix(pb::Booking::State_Name(booking.state()), "STATE_"),
         LocalTime(booking.start_time(), booking.zone()), ShortId(booking.clinic()),
         ShortId(booking.practitioner()), ShortId(booking.client()), absl::StrJoin(why, ", ")});
  }
  std::fputs(table.Text().c_str(), stdout);
  return absl::OkStatus();
}

void AddOrphaned(CLI::App& app, Session& session) {
  auto words = std::make_shared<ListWords>();
  CLI::App* command = app.add_subcommand(
      "orphaned", "List bookings whose hours, credential, room or device were taken away");
  command->add_option("--clinic", words->clinic, "Clinic's id");
  command->add_option("--from", words->from, "Ends after this time; default: now");
  command->add_option("--until", words->until, "Starts before this time; at most 92 days later");
  command->callback([&session, words] {
    session.action = [&session, words] { return ListOrphaned(session, *words); };
  });
}

void AddList(CLI::App& app, Session& session) {
  auto words = std::make_shared<ListWords>();
  CLI::App* command = app.add_subcommand("bookings", "List bookings");
  command->add_option("--clinic", words->clinic, "Clinic's id");
  command->add_option("--practitioner", words->practitioner, "Practitioner's id");
  command->add_option("--client", words->client, "Client's id");
  command->add_option("--state", words->state, "held, confirmed, checked_in, ...");
  command->add_option("--from", words->from, "Ends after this time");
  command->add_option("--until", words->until, "Starts before this time");
  command->callback(
      [&session, words] { session.action = [&session, words] { return List(session, *words); }; });
}

void AddCancel(CLI::App& app, Session& session) {
  static const std::map<std::string, pb::Booking::CancelReason> kReasons = {
      {"client", pb::Booking::CANCEL_REASON_CLIENT},
      {"practitioner", pb::Booking::CANCEL_REASON_PRACTITIONER},
      {"clinic", pb::Booking::CANCEL_REASON_CLINIC},
      {"other", pb::Booking::CANCEL_REASON_OTHER}};
  auto reason = std::make_shared<pb::Booking::CancelReason>(pb::Booking::CANCEL_REASON_CLIENT);
  AddOne<pb::CancelBookingRequest, pb::CancelBookingResponse>(
      app, session, "cancel", "Cancel a booking; its time is free at once",
      [&session, reason](pb::CancelBookingRequest& request) {
        request.set_reason(*reason);
        request.set_request_id(session.NextRequestId());
      },
      [](auto& stub, auto* context, auto& request, auto* response) {
        return stub.CancelBooking(context, request, response);
      });
  app.get_subcommand("cancel")
      ->add_option("--reason", *reason, "Who could not: client, practitioner, clinic, other")
      ->transform(CLI::CheckedTransformer(kReasons));
}

}  // namespace

void AddBookingCommands(CLI::App& app, Session& session) {
  const auto with_id = [&session](auto& request) {
    request.set_request_id(session.NextRequestId());
  };
  AddOne<pb::GetBookingRequest, pb::GetBookingResponse>(
      app, session, "show", "Show a booking", [](pb::GetBookingRequest&) {},
      [](auto& stub, auto* context, auto& request, auto* response) {
        return stub.GetBooking(context, request, response);
      });
  AddList(app, session);
  AddOrphaned(app, session);
  AddCancel(app, session);
  AddOne<pb::CheckInBookingRequest, pb::CheckInBookingResponse>(
      app, session, "check-in", "The client has arrived", with_id,
      [](auto& stub, auto* context, auto& request, auto* response) {
        return stub.CheckInBooking(context, request, response);
      });
  AddOne<pb::StartBookingRequest, pb::StartBookingResponse>(
      app, session, "start", "The session begins", with_id,
      [](auto& stub, auto* context, auto& request, auto* response) {
        return stub.StartBooking(context, request, response);
      });
  AddOne<pb::CompleteBookingRequest, pb::CompleteBookingResponse>(
      app, session, "complete", "The session is over", with_id,
      [](auto& stub, auto* context, auto& request, auto* response) {
        return stub.CompleteBooking(context, request, response);
      });
  AddOne<pb::MarkNoShowRequest, pb::MarkNoShowResponse>(
      app, session, "no-show", "The client did not come", with_id,
      [](auto& stub, auto* context, auto& request, auto* response) {
        return stub.MarkNoShow(context, request, response);
      });
}

}  // namespace stillpoint::cli

// hold, book, move: what takes a time. confirm and release: what becomes of a hold.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "common/base/status_macros.h"
#include "services/cli/bookings.h"
#include "services/cli/commands.h"
#include "services/cli/output.h"
#include "stillpoint/booking/v1/booking_service.grpc.pb.h"

namespace stillpoint::cli {
namespace {

namespace pb = ::stillpoint::booking::v1;

// The options that name a time to take.
struct SlotWords {
  std::string client, clinic, offering, practitioner, room, start;
  int minutes = 0;
  bool dry_run = false;
};

template <typename Response>
void Print(const Session& session, const Response& response) {
  std::fputs(session.settings().json ? ToJson(response).c_str()
                                     : DescribeBooking(response.booking()).c_str(),
             stdout);
}

absl::Status FillSlot(Session& session, const SlotWords& words, pb::SlotRequest* slot) {
  ASSIGN_OR_RETURN(*slot->mutable_clinic(), session.Name("clinics", words.clinic));
  ASSIGN_OR_RETURN(*slot->mutable_offering(), session.Name("offerings", words.offering));
  ASSIGN_OR_RETURN(*slot->mutable_practitioner(),
                   session.Name("practitioners", words.practitioner));
  *slot->mutable_room() = words.room;
  if (!words.room.empty() && words.room.find('/') == std::string::npos) {
    slot->set_room(slot->clinic() + "/rooms/" + words.room);
  }
  slot->set_duration_minutes(words.minutes);
  absl::TimeZone zone = absl::UTCTimeZone();
  if (NeedsZone(words.start)) {
    ASSIGN_OR_RETURN(zone, ZoneOfClinic(session, slot->clinic()));
  }
  ASSIGN_OR_RETURN(const absl::Time start, ReadInstant("--start", words.start, zone));
  SetTime(start, slot->mutable_start_time());
  return absl::OkStatus();
}

// HoldSlot and CreateBooking differ in their names alone.
template <typename Request, typename Response, typename Method>
absl::Status Take(Session& session, const SlotWords& words, Method method) {
  RETURN_IF_ERROR(session.Open());
  Request request;
  ASSIGN_OR_RETURN(*request.mutable_parent(), session.Parent());
  ASSIGN_OR_RETURN(*request.mutable_client(), session.Name("clients", words.client));
  RETURN_IF_ERROR(FillSlot(session, words, request.mutable_slot()));
  request.set_request_id(session.NextRequestId());
  request.set_validate_only(words.dry_run);
  auto stub = pb::BookingService::NewStub(session.booking().channel());
  Response response;
  RETURN_IF_ERROR(session.Call(
      session.booking(), request, &response,
      [&](auto* context, auto& req, auto* resp) { return method(*stub, context, req, resp); }));
  Print(session, response);
  return absl::OkStatus();
}

void AddTake(CLI::App& app, Session& session, const std::string& name, const std::string& about,
             std::function<absl::Status(const SlotWords&)> action) {
  auto words = std::make_shared<SlotWords>();
  CLI::App* command = app.add_subcommand(name, about);
  command->add_option("--client", words->client, "Client's id")->required();
  command->add_option("--clinic", words->clinic, "Clinic's id")->required();
  command->add_option("--offering", words->offering, "Offering's id")->required();
  command->add_option("--minutes", words->minutes, "Length, one of the offering's")->required();
  command->add_option("--start", words->start, "RFC 3339, or `YYYY-MM-DD HH:MM` at the clinic")
      ->required();
  command->add_option("--practitioner", words->practitioner, "Practitioner's id; default: any");
  command->add_option("--room", words->room, "Room's id; default: any suitable");
  command->add_flag("--dry-run", words->dry_run, "Check everything, write nothing");
  command->callback([&session, words, action] { session.action = [=] { return action(*words); }; });
}

absl::Status Move(Session& session, const std::string& id, const SlotWords& words) {
  RETURN_IF_ERROR(session.Open());
  auto stub = pb::BookingService::NewStub(session.booking().channel());
  pb::GetBookingRequest get;
  ASSIGN_OR_RETURN(*get.mutable_name(), session.Name("bookings", id));
  pb::GetBookingResponse present;
  RETURN_IF_ERROR(session.Call(
      session.booking(), get, &present,
      [&](auto* context, auto& req, auto* resp) { return stub->GetBooking(context, req, resp); }));
  SlotWords slot = words;
  if (slot.clinic.empty()) slot.clinic = present.booking().clinic();
  pb::RescheduleBookingRequest request;
  request.set_name(get.name());
  request.set_etag(present.booking().etag());
  RETURN_IF_ERROR(FillSlot(session, slot, request.mutable_slot()));
  request.set_request_id(session.NextRequestId());
  request.set_validate_only(words.dry_run);
  pb::RescheduleBookingResponse response;
  RETURN_IF_ERROR(session.Call(session.booking(), request, &response,
                               [&](auto* context, auto& req, auto* resp) {
                                 return stub->RescheduleBooking(context, req, resp);
                               }));
  Print(session, response);
  return absl::OkStatus();
}

void AddMove(CLI::App& app, Session& session) {
  auto words = std::make_shared<SlotWords>();
  auto id = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("move", "Move a booking; it keeps its identity");
  command->add_option("booking", *id, "Booking's id")->required();
  command->add_option("--start", words->start, "RFC 3339, or `YYYY-MM-DD HH:MM` at the clinic")
      ->required();
  command->add_option("--practitioner", words->practitioner, "Default: the same if free, else any");
  command->add_option("--clinic", words->clinic, "Default: the same");
  command->add_flag("--dry-run", words->dry_run, "Check everything, write nothing");
  command->callback([&session, words, id] {
    session.action = [&session, words, id] { return Move(session, *id, *words); };
  });
}

template <typename Request, typename Response, typename Method>
void AddHoldEnd(CLI::App& app, Session& session, const std::string& name, const std::string& about,
                Method method) {
  auto id = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand(name, about);
  command->add_option("booking", *id, "Booking's id")->required();
  command->callback([&session, id, method] {
    session.action = [&session, id, method]() -> absl::Status {
      RETURN_IF_ERROR(session.Open());
      Request request;
      ASSIGN_OR_RETURN(*request.mutable_name(), session.Name("bookings", *id));
      request.set_request_id(session.NextRequestId());
      auto stub = pb::BookingService::NewStub(session.booking().channel());
      Response response;
      RETURN_IF_ERROR(session.Call(
          session.booking(), request, &response,
          [&](auto* context, auto& req, auto* resp) { return method(*stub, context, req, resp); }));
      Print(session, response);
      return absl::OkStatus();
    };
  });
}

}  // namespace

void AddTakeCommands(CLI::App& app, Session& session) {
  AddTake(app, session, "hold", "Keep a time for a few minutes",
          [&session](const SlotWords& words) {
            return Take<pb::HoldSlotRequest, pb::HoldSlotResponse>(
                session, words, [](auto& stub, auto* context, auto& request, auto* response) {
                  return stub.HoldSlot(context, request, response);
                });
          });
  AddTake(app, session, "book", "Book a time at once", [&session](const SlotWords& words) {
    return Take<pb::CreateBookingRequest, pb::CreateBookingResponse>(
        session, words, [](auto& stub, auto* context, auto& request, auto* response) {
          return stub.CreateBooking(context, request, response);
        });
  });
  AddMove(app, session);
  AddHoldEnd<pb::ConfirmBookingRequest, pb::ConfirmBookingResponse>(
      app, session, "confirm", "Make a hold a booking",
      [](auto& stub, auto* context, auto& request, auto* response) {
        return stub.ConfirmBooking(context, request, response);
      });
  AddHoldEnd<pb::ReleaseHoldRequest, pb::ReleaseHoldResponse>(
      app, session, "release", "Give a hold back",
      [](auto& stub, auto* context, auto& request, auto* response) {
        return stub.ReleaseHold(context, request, response);
      });
}

}  // namespace stillpoint::cli

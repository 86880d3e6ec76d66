// clinics, rooms, devices, holidays, practitioners, offerings: what there is to book.
// travel-times, set-travel-time: the ways between clinics.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/base/status_macros.h"
#include "services/cli/commands.h"
#include "services/cli/output.h"
#include "stillpoint/booking/v1/catalog_service.grpc.pb.h"

namespace stillpoint::cli {
namespace {

namespace pb = ::stillpoint::booking::v1;

// Follows the pages of a list and merges them into one response.
template <typename Request, typename Response, typename Method>
absl::Status ListAll(Session& session, Request request, Response* all, Method method) {
  auto stub = pb::CatalogService::NewStub(session.booking().channel());
  do {
    Response page;
    RETURN_IF_ERROR(session.Call(
        session.booking(), request, &page,
        [&](auto* context, auto& req, auto* resp) { return method(*stub, context, req, resp); }));
    request.set_page_token(page.next_page_token());
    page.clear_next_page_token();
    all->MergeFrom(page);
  } while (!request.page_token().empty());
  return absl::OkStatus();
}

template <typename Response>
void Print(const Session& session, const Response& response, const Table& table) {
  std::fputs(session.settings().json ? ToJson(response).c_str() : table.Text().c_str(), stdout);
}

absl::Status Clinics(Session& session) {
  RETURN_IF_ERROR(session.Open());
  pb::ListClinicsRequest request;
  ASSIGN_OR_RETURN(*request.mutable_parent(), session.Parent());
  pb::ListClinicsResponse all;
  RETURN_IF_ERROR(
      ListAll(session, request, &all, [](auto& stub, auto* context, auto& req, auto* resp) {
        return stub.ListClinics(context, req, resp);
      }));
  Table table({"CLINIC", "NAME", "ZONE", "HOLIDAYS", "ADDRESS"});
  for (const pb::Clinic& clinic : all.clinics()) {
    table.Add({ShortId(clinic.name()), clinic.display_name(), clinic.time_zone(),
               clinic.holiday_region(), clinic.address()});
  }
  Print(session, all, table);
  return absl::OkStatus();
}

absl::Status Rooms(Session& session, const std::string& clinic) {
  RETURN_IF_ERROR(session.Open());
  pb::ListRoomsRequest request;
  ASSIGN_OR_RETURN(*request.mutable_parent(), session.Name("clinics", clinic));
  pb::ListRoomsResponse all;
  RETURN_IF_ERROR(
      ListAll(session, request, &all, [](auto& stub, auto* context, auto& req, auto* resp) {
        return stub.ListRooms(context, req, resp);
      }));
  Table table({"ROOM", "NAME", "KIND", "FEATURES"});
  for (const pb::Room& room : all.rooms()) {
    table.Add({ShortId(room.name()), room.display_name(), room.kind(),
               absl::StrJoin(room.features(), ", ")});
  }
  Print(session, all, table);
  return absl::OkStatus();
}

absl::Status Devices(Session& session, const std::string& clinic) {
  RETURN_IF_ERROR(session.Open());
  pb::ListDevicesRequest request;
  ASSIGN_OR_RETURN(*request.mutable_parent(), session.Name("clinics", clinic));
  pb::ListDevicesResponse all;
  RETURN_IF_ERROR(
      ListAll(session, request, &all, [](auto& stub, auto* context, auto& req, auto* resp) {
        return stub.ListDevices(context, req, resp);
      }));
  Table table({"DEVICE", "NAME", "KIND", "FEATURES", "TURNOVER", "ARCHIVED"});
  for (const pb::Device& device : all.devices()) {
    table.Add({ShortId(device.name()), device.display_name(), device.kind(),
               absl::StrJoin(device.features(), ", "), absl::StrCat(device.turnover_minutes()),
               device.archived() ? "yes" : "no"});
  }
  Print(session, all, table);
  return absl::OkStatus();
}

absl::Status Holidays(Session& session, const std::string& clinic) {
  RETURN_IF_ERROR(session.Open());
  pb::ListHolidaysRequest request;
  ASSIGN_OR_RETURN(*request.mutable_clinic(), session.Name("clinics", clinic));
  pb::ListHolidaysResponse response;
  auto stub = pb::CatalogService::NewStub(session.booking().channel());
  RETURN_IF_ERROR(session.Call(session.booking(), request, &response,
                               [&](auto* context, auto& req, auto* resp) {
                                 return stub->ListHolidays(context, req, resp);
                               }));
  Table table({"DATE", "HOLIDAY", "LAW"});
  for (const pb::Holiday& holiday : response.holidays()) {
    table.Add({absl::StrFormat("%04d-%02d-%02d", holiday.date().year(), holiday.date().month(),
                               holiday.date().day()),
               holiday.display_name(), holiday.source()});
  }
  Print(session, response, table);
  return absl::OkStatus();
}

absl::StatusOr<pb::Organization> ReadOrganization(Session& session) {
  pb::GetOrganizationRequest request;
  ASSIGN_OR_RETURN(*request.mutable_name(), session.Parent());
  pb::GetOrganizationResponse response;
  auto stub = pb::CatalogService::NewStub(session.booking().channel());
  RETURN_IF_ERROR(session.Call(session.booking(), request, &response,
                               [&](auto* context, auto& req, auto* resp) {
                                 return stub->GetOrganization(context, req, resp);
                               }));
  return std::move(*response.mutable_organization());
}

template <typename Response>
void PrintTravelTimes(const Session& session, const Response& response) {
  Table table({"CLINIC", "OTHER CLINIC", "MINUTES"});
  for (const pb::TravelTime& way : response.organization().travel_times()) {
    table.Add({ShortId(way.clinic()), ShortId(way.other_clinic()), absl::StrCat(way.minutes())});
  }
  Print(session, response, table);
}

absl::Status TravelTimes(Session& session) {
  RETURN_IF_ERROR(session.Open());
  pb::GetOrganizationResponse response;
  ASSIGN_OR_RETURN(*response.mutable_organization(), ReadOrganization(session));
  PrintTravelTimes(session, response);
  return absl::OkStatus();
}

// The service takes all of them at once: one is changed among those that were read, and if another
// caller has changed any meanwhile, nothing is.
absl::Status SetTravelTime(Session& session, const std::string& clinic, const std::string& other,
                           int minutes) {
  RETURN_IF_ERROR(session.Open());
  ASSIGN_OR_RETURN(const std::string from, session.Name("clinics", clinic));
  ASSIGN_OR_RETURN(const std::string to, session.Name("clinics", other));
  ASSIGN_OR_RETURN(const pb::Organization before, ReadOrganization(session));
  pb::SetTravelTimesRequest request;
  request.set_organization(before.name());
  request.set_etag(before.etag());
  request.set_request_id(session.NextRequestId());
  for (const pb::TravelTime& way : before.travel_times()) {
    const bool is_it = (way.clinic() == from && way.other_clinic() == to) ||
                       (way.clinic() == to && way.other_clinic() == from);
    if (!is_it) *request.add_travel_times() = way;
  }
  if (minutes != 0) {
    pb::TravelTime& way = *request.add_travel_times();
    way.set_clinic(from);
    way.set_other_clinic(to);
    way.set_minutes(minutes);
  }
  auto stub = pb::CatalogService::NewStub(session.booking().channel());
  pb::SetTravelTimesResponse response;
  RETURN_IF_ERROR(session.Call(session.booking(), request, &response,
                               [&](auto* context, auto& req, auto* resp) {
                                 return stub->SetTravelTimes(context, req, resp);
                               }));
  PrintTravelTimes(session, response);
  return absl::OkStatus();
}

absl::Status Practitioners(Session& session) {
  RETURN_IF_ERROR(session.Open());
  pb::ListPractitionersRequest request;
  ASSIGN_OR_RETURN(*request.mutable_parent(), session.Parent());
  pb::ListPractitionersResponse all;
  RETURN_IF_ERROR(
      ListAll(session, request, &all, [](auto& stub, auto* context, auto& req, auto* resp) {
        return stub.ListPractitioners(context, req, resp);
      }));
  Table table({"PRACTITIONER", "NAME", "STYLES", "LANGUAGES", "CREDENTIALS"});
  for (const pb::Practitioner& person : all.practitioners()) {
    const auto style_name = [](std::string* out, int style) {
      absl::StrAppend(out, WithoutPrefix(pb::Style_Name(static_cast<pb::Style>(style)), "STYLE_"));
    };
    const auto kind = [](std::string* out, const pb::Credential& credential) {
      absl::StrAppend(out, credential.kind());
    };
    table.Add({ShortId(person.name()), person.display_name(),
               absl::StrJoin(person.styles(), ", ", style_name),
               absl::StrJoin(person.languages(), ", "),
               absl::StrJoin(person.credentials(), ", ", kind)});
  }
  Print(session, all, table);
  return absl::OkStatus();
}

absl::Status Offerings(Session& session) {
  RETURN_IF_ERROR(session.Open());
  pb::ListOfferingsRequest request;
  ASSIGN_OR_RETURN(*request.mutable_parent(), session.Parent());
  pb::ListOfferingsResponse all;
  RETURN_IF_ERROR(
      ListAll(session, request, &all, [](auto& stub, auto* context, auto& req, auto* resp) {
        return stub.ListOfferings(context, req, resp);
      }));
  Table table({"OFFERING", "NAME", "MINUTES", "NEEDS", "PRICE"});
  for (const pb::Offering& offering : all.offerings()) {
    const std::string price =
        absl::StrCat(offering.price().cents() / 100, ".", offering.price().cents() % 100 / 10,
                     offering.price().cents() % 10, " ", offering.price().currency_code());
    table.Add({ShortId(offering.name()), offering.display_name(),
               absl::StrJoin(offering.duration_minutes(), ", "), offering.credential_kind(),
               price});
  }
  Print(session, all, table);
  return absl::OkStatus();
}

}  // namespace

void AddTravelCommands(CLI::App& app, Session& session) {
  app.add_subcommand("travel-times", "List how long the ways between clinics are")
      ->callback([&session] { session.action = [&session] { return TravelTimes(session); }; });
  auto clinic = std::make_shared<std::string>();
  auto other = std::make_shared<std::string>();
  auto minutes = std::make_shared<int>();
  CLI::App* set =
      app.add_subcommand("set-travel-time", "Change how long the way between two clinics is");
  set->add_option("clinic", *clinic, "Clinic's id")->required();
  set->add_option("other", *other, "The other clinic's id")->required();
  set->add_option("minutes", *minutes, "5 to 480, a multiple of 5; 0: no way to go")->required();
  set->callback([&session, clinic, other, minutes] {
    session.action = [&session, clinic, other, minutes] {
      return SetTravelTime(session, *clinic, *other, *minutes);
    };
  });
}

void AddCatalogCommands(CLI::App& app, Session& session) {
  app.add_subcommand("clinics", "List clinics")->callback([&session] {
    session.action = [&session] { return Clinics(session); };
  });
  auto clinic = std::make_shared<std::string>();
  CLI::App* rooms = app.add_subcommand("rooms", "List the rooms of a clinic");
  rooms->add_option("clinic", *clinic, "Clinic's id")->required();
  rooms->callback([&session, clinic] {
    session.action = [&session, clinic] { return Rooms(session, *clinic); };
  });
  CLI::App* devices = app.add_subcommand("devices", "List the devices of a clinic");
  devices->add_option("clinic", *clinic, "Clinic's id")->required();
  devices->callback([&session, clinic] {
    session.action = [&session, clinic] { return Devices(session, *clinic); };
  });
  CLI::App* holidays =
      app.add_subcommand("holidays", "List the public holidays on which a clinic is closed");
  holidays->add_option("clinic", *clinic, "Clinic's id")->required();
  holidays->callback([&session, clinic] {
    session.action = [&session, clinic] { return Holidays(session, *clinic); };
  });
  app.add_subcommand("practitioners", "List practitioners")->callback([&session] {
    session.action = [&session] { return Practitioners(session); };
  });
  app.add_subcommand("offerings", "List what can be booked")->callback([&session] {
    session.action = [&session] { return Offerings(session); };
  });
}

}  // namespace stillpoint::cli

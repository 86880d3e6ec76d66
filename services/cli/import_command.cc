// import: loads a platform file. Every call's request id comes from the file, so a second import of
// the same file changes nothing and one that was cut off is continued. Clinics and practitioners
// are written as in catalog.proto, with `date_overrides` beside them.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/crypto/keys.h"
#include "common/error/error.h"
#include "services/cli/commands.h"
#include "services/cli/files.h"
#include "services/cli/output.h"
#include "stillpoint/booking/v1/booking_service.grpc.pb.h"
#include "stillpoint/booking/v1/catalog_service.grpc.pb.h"
#include "stillpoint/client_record/v1/client_service.grpc.pb.h"
#include "stillpoint/client_record/v1/intake_service.grpc.pb.h"

namespace stillpoint::cli {
namespace {

namespace bpb = ::stillpoint::booking::v1;
namespace cpb = ::stillpoint::client_record::v1;
using nlohmann::json;

// The list under `key`; empty if there is none.
json ListOf(const json& object, const char* key) {
  return object.is_object() && object.contains(key) && object[key].is_array() ? object[key]
                                                                              : json::array();
}

std::string TextOf(const json& object, const char* key) {
  return object.is_object() && object.contains(key) && object[key].is_string()
             ? object[key].get<std::string>()
             : "";
}

// What is under `key`, as text; an empty object if there is nothing, or no object to look in.
std::string ObjectOf(const json& entry, const char* key) {
  return entry.is_object() && entry.contains(key) ? entry[key].dump() : "{}";
}

class Importer {
 public:
  explicit Importer(Session& session)
      : session_(session),
        catalog_(bpb::CatalogService::NewStub(session.booking().channel())),
        bookings_(bpb::BookingService::NewStub(session.booking().channel())),
        clients_(cpb::ClientService::NewStub(session.client_record().channel())),
        intakes_(cpb::IntakeService::NewStub(session.client_record().channel())) {}

  absl::Status Organization(const json& organization) {
    const std::string id = TextOf(organization, "id");
    parent_ = absl::StrCat("organizations/", id);
    bpb::CreateOrganizationRequest request;
    request.set_organization_id(id);
    request.mutable_organization()->set_display_name(TextOf(organization, "display_name"));
    RETURN_IF_ERROR(Send(request, [&](auto* context, auto& req) {
      bpb::CreateOrganizationResponse response;
      return catalog_->CreateOrganization(context, req, &response);
    }));
    RETURN_IF_ERROR(Policies(organization, parent_));
    RETURN_IF_ERROR(
        Each(organization, "clinics", [&](const json& entry) { return Clinic(entry); }));
    RETURN_IF_ERROR(Each(organization, "practitioners",
                         [&](const json& entry) { return Practitioner(entry); }));
    // An offering asks for credentials that someone must have, so it comes after the people.
    RETURN_IF_ERROR(
        Each(organization, "offerings", [&](const json& entry) { return Offering(entry); }));
    RETURN_IF_ERROR(
        Each(organization, "clients", [&](const json& entry) { return Client(entry); }));
    return Each(organization, "bookings", [&](const json& entry) { return Booking(entry); });
  }

 private:
  // Runs `one` for each entry of a list, saying how far it has come and, on error, at which entry.
  template <typename One>
  absl::Status Each(const json& organization, const char* key, One one) {
    const json entries = ListOf(organization, key);
    size_t done = 0;
    for (const json& entry : entries) {
      if (absl::Status status = one(entry); !status.ok()) {
        std::fprintf(stderr, "import: %s: stopped at %s \"%s\"\n", parent_.c_str(), key,
                     TextOf(entry, "id").c_str());
        return status;
      }
      ++done;
    }
    if (done > 0) std::fprintf(stderr, "import: %s: %zu %s\n", parent_.c_str(), done, key);
    return absl::OkStatus();
  }

  // Makes one call with a request id that is a digest of the request itself. What exists already,
  // from an import whose idempotency records are gone, is left as it is.
  template <typename Request, typename Method>
  absl::Status Send(Request& request, Method method) {
    request.set_request_id(absl::BytesToHexString(
        crypto::Hash(absl::StrCat(parent_, request.SerializeAsString())).substr(0, 16)));
    const rpc::Peer& peer = session_.booking();  // All peers carry the same key.
    absl::Status status;
    for (int attempt = 0; attempt < 3; ++attempt) {
      grpc::ClientContext context;
      peer.Prepare(context, session_.CallDeadline());
      status = rpc::FromGrpc(method(&context, request));
      if (!absl::IsUnavailable(status)) break;
      peer.WaitUntilConnected(Deadline::After(absl::Milliseconds(500)));
    }
    return absl::IsAlreadyExists(status) ? absl::OkStatus() : status;
  }

  absl::Status Clinic(const json& entry) {
    bpb::CreateClinicRequest request;
    request.set_parent(parent_);
    request.set_clinic_id(TextOf(entry, "id"));
    RETURN_IF_ERROR(FromJson("clinic", ObjectOf(entry, "clinic"), request.mutable_clinic()));
    RETURN_IF_ERROR(Send(request, [&](auto* context, auto& req) {
      bpb::CreateClinicResponse response;
      return catalog_->CreateClinic(context, req, &response);
    }));
    const std::string clinic = absl::StrCat(parent_, "/clinics/", TextOf(entry, "id"));
    for (const json& room : ListOf(entry, "rooms")) {
      bpb::CreateRoomRequest room_request;
      room_request.set_parent(clinic);
      room_request.set_room_id(TextOf(room, "id"));
      RETURN_IF_ERROR(FromJson("room", ObjectOf(room, "room"), room_request.mutable_room()));
      RETURN_IF_ERROR(Send(room_request, [&](auto* context, auto& req) {
        bpb::CreateRoomResponse response;
        return catalog_->CreateRoom(context, req, &response);
      }));
    }
    for (const json& device : ListOf(entry, "devices")) {
      bpb::CreateDeviceRequest device_request;
      device_request.set_parent(clinic);
      device_request.set_device_id(TextOf(device, "id"));
      RETURN_IF_ERROR(
          FromJson("device", ObjectOf(device, "device"), device_request.mutable_device()));
      RETURN_IF_ERROR(Send(device_request, [&](auto* context, auto& req) {
        bpb::CreateDeviceResponse response;
        return catalog_->CreateDevice(context, req, &response);
      }));
    }
    RETURN_IF_ERROR(Policies(entry, clinic));
    return Overrides(entry, clinic);
  }

  // Versions of an organization's or a clinic's policy, each after the other.
  absl::Status Policies(const json& entry, const std::string& owner) {
    for (const json& policy : ListOf(entry, "policies")) {
      bpb::SetBookingPolicyRequest request;
      request.set_parent(owner);
      RETURN_IF_ERROR(FromJson("policies", policy.dump(), request.mutable_booking_policy()));
      RETURN_IF_ERROR(Send(request, [&](auto* context, auto& req) {
        bpb::SetBookingPolicyResponse response;
        return catalog_->SetBookingPolicy(context, req, &response);
      }));
    }
    return absl::OkStatus();
  }

  // What single dates of a clinic or practitioner have of their own.
  absl::Status Overrides(const json& entry, const std::string& owner) {
    for (const json& day : ListOf(entry, "date_overrides")) {
      bpb::SetDateOverrideRequest request;
      request.set_parent(owner);
      RETURN_IF_ERROR(FromJson("date_overrides", day.dump(), request.mutable_date_override()));
      RETURN_IF_ERROR(Send(request, [&](auto* context, auto& req) {
        bpb::SetDateOverrideResponse response;
        return catalog_->SetDateOverride(context, req, &response);
      }));
    }
    return absl::OkStatus();
  }

  absl::Status Offering(const json& entry) {
    bpb::CreateOfferingRequest request;
    request.set_parent(parent_);
    request.set_offering_id(TextOf(entry, "id"));
    RETURN_IF_ERROR(FromJson("offering", ObjectOf(entry, "offering"), request.mutable_offering()));
    return Send(request, [&](auto* context, auto& req) {
      bpb::CreateOfferingResponse response;
      return catalog_->CreateOffering(context, req, &response);
    });
  }

  // Hours are set by a call of their own: they are checked against every clinic's.
  absl::Status Practitioner(const json& entry) {
    bpb::CreatePractitionerRequest request;
    request.set_parent(parent_);
    request.set_practitioner_id(TextOf(entry, "id"));
    RETURN_IF_ERROR(
        FromJson("practitioner", ObjectOf(entry, "practitioner"), request.mutable_practitioner()));
    bpb::SetWorkingHoursRequest hours;
    hours.set_practitioner(absl::StrCat(parent_, "/practitioners/", TextOf(entry, "id")));
    hours.mutable_working_hours()->Swap(request.mutable_practitioner()->mutable_working_hours());
    RETURN_IF_ERROR(Send(request, [&](auto* context, auto& req) {
      bpb::CreatePractitionerResponse response;
      return catalog_->CreatePractitioner(context, req, &response);
    }));
    RETURN_IF_ERROR(Send(hours, [&](auto* context, auto& req) {
      bpb::SetWorkingHoursResponse response;
      return catalog_->SetWorkingHours(context, req, &response);
    }));
    return Overrides(entry, hours.practitioner());
  }

  absl::Status Client(const json& entry) {
    cpb::CreateClientRequest request;
    request.set_parent(parent_);
    request.set_client_id(TextOf(entry, "id"));
    RETURN_IF_ERROR(FromJson("client", ObjectOf(entry, "client"), request.mutable_client()));
    RETURN_IF_ERROR(Send(request, [&](auto* context, auto& req) {
      cpb::CreateClientResponse response;
      return clients_->CreateClient(context, req, &response);
    }));
    if (!entry.contains("intake")) return absl::OkStatus();
    cpb::SubmitIntakeRequest intake;
    const json body = {{"intake", entry["intake"]}, {"consents", ListOf(entry, "consents")}};
    RETURN_IF_ERROR(FromJson("intake", body.dump(), &intake));
    intake.set_client(absl::StrCat(parent_, "/clients/", TextOf(entry, "id")));
    return Send(intake, [&](auto* context, auto& req) {
      cpb::SubmitIntakeResponse response;
      return intakes_->SubmitIntake(context, req, &response);
    });
  }

  absl::Status Booking(const json& entry) {
    bpb::CreateBookingRequest request;
    request.set_parent(parent_);
    request.set_client(TextOf(entry, "client"));
    RETURN_IF_ERROR(FromJson("slot", ObjectOf(entry, "slot"), request.mutable_slot()));
    return Send(request, [&](auto* context, auto& req) {
      bpb::CreateBookingResponse response;
      return bookings_->CreateBooking(context, req, &response);
    });
  }

  Session& session_;
  std::string parent_;
  std::unique_ptr<bpb::CatalogService::Stub> catalog_;
  std::unique_ptr<bpb::BookingService::Stub> bookings_;
  std::unique_ptr<cpb::ClientService::Stub> clients_;
  std::unique_ptr<cpb::IntakeService::Stub> intakes_;
};

absl::Status Import(Session& session, const std::string& path) {
  RETURN_IF_ERROR(session.Open());
  ASSIGN_OR_RETURN(const json file, ReadJsonFile("file", path));
  const json organizations = ListOf(file, "organizations");
  if (organizations.empty()) {
    return InvalidField("file", absl::StrCat(path, " holds no \"organizations\""));
  }
  Importer importer(session);
  for (const json& organization : organizations)
    RETURN_IF_ERROR(importer.Organization(organization));
  if (session.settings().json) std::fputs("{}\n", stdout);
  return absl::OkStatus();
}

}  // namespace

void AddImportCommand(CLI::App& app, Session& session) {
  auto path = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand(
      "import", "Load organizations, their catalogue, clients and bookings from a platform file");
  command->add_option("file", *path, "JSON; deploy/local/sample.py writes one")->required();
  command->callback(
      [=, &session] { session.action = [=, &session] { return Import(session, *path); }; });
}

}  // namespace stillpoint::cli

#include <string>
#include <utility>

#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "services/booking/edge/catalog_proto.h"
#include "services/booking/edge/catalog_service.h"
#include "services/booking/edge/names.h"
#include "services/booking/edge/reply.h"

namespace stillpoint::booking::edge {

grpc::ServerUnaryReactor* CatalogServiceImpl::CreateOrganization(
    grpc::CallbackServerContext* context, const pb::CreateOrganizationRequest* request,
    pb::CreateOrganizationResponse* response) {
  return rpc::Unary(
      edge_, context, "CatalogService.CreateOrganization",
      [this, request, response](const rpc::CallInfo& info) -> absl::Status {
        // Not a name of a tenant yet, but from here on it is one.
        if (request->organization_id().empty()) return InvalidField("organization_id", "required");
        RETURN_IF_ERROR(CheckNewId(request->organization_id(), "organization_id"));
        const std::string& organization = request->organization_id();
        ASSIGN_OR_RETURN(const app::Call call, CallOf(info, *request, organization));
        return rpc::Answer(
            changes_.CreateOrganization(
                call, request->organization().display_name(),
                EncodeIn(organization, &pb::CreateOrganizationResponse::mutable_organization)),
            response);
      });
}

grpc::ServerUnaryReactor* CatalogServiceImpl::SetTravelTimes(
    grpc::CallbackServerContext* context, const pb::SetTravelTimesRequest* request,
    pb::SetTravelTimesResponse* response) {
  return rpc::Unary(
      edge_, context, "CatalogService.SetTravelTimes",
      [this, request, response](const rpc::CallInfo& info) -> absl::Status {
        std::string organization;
        RETURN_IF_ERROR(ReadName(request->organization(), kOrganizationPattern, "organization",
                                 {&organization}));
        ASSIGN_OR_RETURN(const app::Call call, CallOf(info, *request, organization));
        ASSIGN_OR_RETURN(const std::vector<domain::TravelTime> times,
                         FromProto(request->travel_times(), organization, "travel_times"));
        return rpc::Answer(
            organizations_.SetTravelTimes(
                call, times, request->etag(),
                EncodeIn(organization, &pb::SetTravelTimesResponse::mutable_organization)),
            response);
      });
}

grpc::ServerUnaryReactor* CatalogServiceImpl::CreateClinic(grpc::CallbackServerContext* context,
                                                           const pb::CreateClinicRequest* request,
                                                           pb::CreateClinicResponse* response) {
  return rpc::Unary(
      edge_, context, "CatalogService.CreateClinic",
      [this, request, response](const rpc::CallInfo& info) -> absl::Status {
        std::string organization;
        RETURN_IF_ERROR(
            ReadName(request->parent(), kOrganizationPattern, "parent", {&organization}));
        ASSIGN_OR_RETURN(const app::Call call, CallOf(info, *request, organization));
        RETURN_IF_ERROR(CheckNewId(request->clinic_id(), "clinic_id"));
        ASSIGN_OR_RETURN(domain::Clinic clinic, FromProto(request->clinic(), {"time_zone"}));
        ASSIGN_OR_RETURN(clinic.opening_hours,
                         FromProto(request->clinic().opening_hours(), "clinic.opening_hours"));
        clinic.id = request->clinic_id();
        return rpc::Answer(
            clinics_.Create(call, std::move(clinic),
                            EncodeIn(organization, &pb::CreateClinicResponse::mutable_clinic)),
            response);
      });
}

grpc::ServerUnaryReactor* CatalogServiceImpl::UpdateClinic(grpc::CallbackServerContext* context,
                                                           const pb::UpdateClinicRequest* request,
                                                           pb::UpdateClinicResponse* response) {
  return rpc::Unary(
      edge_, context, "CatalogService.UpdateClinic",
      [this, request, response](const rpc::CallInfo& info) -> absl::Status {
        std::string organization;
        app::Patch<domain::Clinic> patch;
        std::string id;
        RETURN_IF_ERROR(ReadName(request->clinic().name(), kClinicPattern, "clinic.name",
                                 {&organization, &id}));
        ASSIGN_OR_RETURN(const app::Call call, CallOf(info, *request, organization));
        ASSIGN_OR_RETURN(patch.fields, ReadMask(request->update_mask(), ClinicFields()));
        ASSIGN_OR_RETURN(patch.values, FromProto(request->clinic(), patch.fields));
        patch.values.id = id;
        patch.etag = request->clinic().etag();
        return rpc::Answer(
            clinics_.Update(
                call, patch,
                EncodeChangeIn(organization, &pb::UpdateClinicResponse::mutable_clinic)),
            response);
      });
}

grpc::ServerUnaryReactor* CatalogServiceImpl::SetOpeningHours(
    grpc::CallbackServerContext* context, const pb::SetOpeningHoursRequest* request,
    pb::SetOpeningHoursResponse* response) {
  return rpc::Unary(
      edge_, context, "CatalogService.SetOpeningHours",
      [this, request, response](const rpc::CallInfo& info) -> absl::Status {
        std::string organization;
        std::string clinic;
        RETURN_IF_ERROR(
            ReadName(request->clinic(), kClinicPattern, "clinic", {&organization, &clinic}));
        ASSIGN_OR_RETURN(const app::Call call, CallOf(info, *request, organization));
        ASSIGN_OR_RETURN(std::vector<domain::WeeklyHours> hours,
                         FromProto(request->opening_hours(), "opening_hours"));
        return rpc::Answer(
            clinics_.SetOpeningHours(
                call, clinic, std::move(hours), request->etag(),
                EncodeChangeIn(organization, &pb::SetOpeningHoursResponse::mutable_clinic)),
            response);
      });
}

grpc::ServerUnaryReactor* CatalogServiceImpl::CreateRoom(grpc::CallbackServerContext* context,
                                                         const pb::CreateRoomRequest* request,
                                                         pb::CreateRoomResponse* response) {
  return rpc::Unary(
      edge_, context, "CatalogService.CreateRoom",
      [this, request, response](const rpc::CallInfo& info) -> absl::Status {
        std::string organization;
        std::string clinic;
        RETURN_IF_ERROR(
            ReadName(request->parent(), kClinicPattern, "parent", {&organization, &clinic}));
        ASSIGN_OR_RETURN(const app::Call call, CallOf(info, *request, organization));
        RETURN_IF_ERROR(CheckNewId(request->room_id(), "room_id"));
        domain::Room room = FromProto(request->room());
        room.clinic = clinic;
        room.id = request->room_id();
        return rpc::Answer(
            rooms_.Create(call, std::move(room),
                          EncodeIn(organization, &pb::CreateRoomResponse::mutable_room)),
            response);
      });
}

grpc::ServerUnaryReactor* CatalogServiceImpl::UpdateRoom(grpc::CallbackServerContext* context,
                                                         const pb::UpdateRoomRequest* request,
                                                         pb::UpdateRoomResponse* response) {
  return rpc::Unary(
      edge_, context, "CatalogService.UpdateRoom",
      [this, request, response](const rpc::CallInfo& info) -> absl::Status {
        std::string organization;
        app::Patch<domain::Room> patch;
        std::string id;
        std::string clinic;
        RETURN_IF_ERROR(ReadName(request->room().name(), kRoomPattern, "room.name",
                                 {&organization, &clinic, &id}));
        ASSIGN_OR_RETURN(const app::Call call, CallOf(info, *request, organization));
        ASSIGN_OR_RETURN(patch.fields, ReadMask(request->update_mask(), RoomFields()));
        patch.values = FromProto(request->room());
        patch.values.id = id;
        patch.values.clinic = clinic;
        patch.etag = request->room().etag();
        return rpc::Answer(
            rooms_.Update(call, patch,
                          EncodeChangeIn(organization, &pb::UpdateRoomResponse::mutable_room)),
            response);
      });
}

grpc::ServerUnaryReactor* CatalogServiceImpl::CreatePractitioner(
    grpc::CallbackServerContext* context, const pb::CreatePractitionerRequest* request,
    pb::CreatePractitionerResponse* response) {
  return rpc::Unary(
      edge_, context, "CatalogService.CreatePractitioner",
      [this, request, response](const rpc::CallInfo& info) -> absl::Status {
        std::string organization;
        RETURN_IF_ERROR(
            ReadName(request->parent(), kOrganizationPattern, "parent", {&organization}));
        ASSIGN_OR_RETURN(const app::Call call, CallOf(info, *request, organization));
        RETURN_IF_ERROR(CheckNewId(request->practitioner_id(), "practitioner_id"));
        ASSIGN_OR_RETURN(domain::Practitioner practitioner, FromProto(request->practitioner()));
        practitioner.id = request->practitioner_id();
        return rpc::Answer(
            practitioners_.Create(
                call, std::move(practitioner),
                EncodeIn(organization, &pb::CreatePractitionerResponse::mutable_practitioner)),
            response);
      });
}

grpc::ServerUnaryReactor* CatalogServiceImpl::UpdatePractitioner(
    grpc::CallbackServerContext* context, const pb::UpdatePractitionerRequest* request,
    pb::UpdatePractitionerResponse* response) {
  return rpc::Unary(
      edge_, context, "CatalogService.UpdatePractitioner",
      [this, request, response](const rpc::CallInfo& info) -> absl::Status {
        std::string organization;
        app::Patch<domain::Practitioner> patch;
        std::string id;
        RETURN_IF_ERROR(ReadName(request->practitioner().name(), kPractitionerPattern,
                                 "practitioner.name", {&organization, &id}));
        ASSIGN_OR_RETURN(const app::Call call, CallOf(info, *request, organization));
        ASSIGN_OR_RETURN(patch.fields, ReadMask(request->update_mask(), PractitionerFields()));
        ASSIGN_OR_RETURN(patch.values, FromProto(request->practitioner()));
        patch.values.id = id;
        patch.etag = request->practitioner().etag();
        return rpc::Answer(
            practitioners_.Update(
                call, patch,
                EncodeChangeIn(organization,
                               &pb::UpdatePractitionerResponse::mutable_practitioner)),
            response);
      });
}

grpc::ServerUnaryReactor* CatalogServiceImpl::SetWorkingHours(
    grpc::CallbackServerContext* context, const pb::SetWorkingHoursRequest* request,
    pb::SetWorkingHoursResponse* response) {
  return rpc::Unary(
      edge_, context, "CatalogService.SetWorkingHours",
      [this, request, response](const rpc::CallInfo& info) -> absl::Status {
        std::string organization;
        std::string practitioner;
        RETURN_IF_ERROR(ReadName(request->practitioner(), kPractitionerPattern, "practitioner",
                                 {&organization, &practitioner}));
        ASSIGN_OR_RETURN(const app::Call call, CallOf(info, *request, organization));
        ASSIGN_OR_RETURN(std::vector<domain::WorkingHours> hours,
                         FromProto(request->working_hours(), organization));
        return rpc::Answer(
            practitioners_.SetWorkingHours(
                call, practitioner, std::move(hours), request->etag(),
                EncodeChangeIn(organization, &pb::SetWorkingHoursResponse::mutable_practitioner)),
            response);
      });
}

grpc::ServerUnaryReactor* CatalogServiceImpl::AddTimeOff(grpc::CallbackServerContext* context,
                                                         const pb::AddTimeOffRequest* request,
                                                         pb::AddTimeOffResponse* response) {
  return rpc::Unary(
      edge_, context, "CatalogService.AddTimeOff",
      [this, request, response](const rpc::CallInfo& info) -> absl::Status {
        std::string organization;
        std::string practitioner;
        RETURN_IF_ERROR(ReadName(request->practitioner(), kPractitionerPattern, "practitioner",
                                 {&organization, &practitioner}));
        ASSIGN_OR_RETURN(const app::Call call, CallOf(info, *request, organization));
        ASSIGN_OR_RETURN(const domain::TimeOff time_off, FromProto(request->time_off()));
        const auto encode = [&](const domain::TimeOff& added, const app::Affected& affected) {
          pb::AddTimeOffResponse reply;
          ToProto(organization, practitioner, added, reply.mutable_time_off());
          SetAffected(organization, affected, &reply);
          return reply.SerializeAsString();
        };
        return rpc::Answer(practitioners_.AddTimeOff(call, practitioner, time_off, encode),
                           response);
      });
}

grpc::ServerUnaryReactor* CatalogServiceImpl::RemoveTimeOff(grpc::CallbackServerContext* context,
                                                            const pb::RemoveTimeOffRequest* request,
                                                            pb::RemoveTimeOffResponse* response) {
  return rpc::Unary(edge_, context, "CatalogService.RemoveTimeOff",
                    [this, request, response](const rpc::CallInfo& info) -> absl::Status {
                      std::string organization;
                      std::string practitioner;
                      std::string time_off;
                      RETURN_IF_ERROR(ReadName(request->name(), kTimeOffPattern, "name",
                                               {&organization, &practitioner, &time_off}));
                      ASSIGN_OR_RETURN(const app::Call call, CallOf(info, *request, organization));
                      return rpc::Answer(practitioners_.RemoveTimeOff(call, practitioner, time_off),
                                         response);
                    });
}

grpc::ServerUnaryReactor* CatalogServiceImpl::CreateOffering(
    grpc::CallbackServerContext* context, const pb::CreateOfferingRequest* request,
    pb::CreateOfferingResponse* response) {
  return rpc::Unary(
      edge_, context, "CatalogService.CreateOffering",
      [this, request, response](const rpc::CallInfo& info) -> absl::Status {
        std::string organization;
        RETURN_IF_ERROR(
            ReadName(request->parent(), kOrganizationPattern, "parent", {&organization}));
        ASSIGN_OR_RETURN(const app::Call call, CallOf(info, *request, organization));
        RETURN_IF_ERROR(CheckNewId(request->offering_id(), "offering_id"));
        ASSIGN_OR_RETURN(domain::Offering offering, FromProto(request->offering(), organization));
        offering.id = request->offering_id();
        return rpc::Answer(
            offerings_.Create(
                call, std::move(offering),
                EncodeIn(organization, &pb::CreateOfferingResponse::mutable_offering)),
            response);
      });
}

grpc::ServerUnaryReactor* CatalogServiceImpl::UpdateOffering(
    grpc::CallbackServerContext* context, const pb::UpdateOfferingRequest* request,
    pb::UpdateOfferingResponse* response) {
  return rpc::Unary(
      edge_, context, "CatalogService.UpdateOffering",
      [this, request, response](const rpc::CallInfo& info) -> absl::Status {
        std::string organization;
        app::Patch<domain::Offering> patch;
        std::string id;
        RETURN_IF_ERROR(ReadName(request->offering().name(), kOfferingPattern, "offering.name",
                                 {&organization, &id}));
        ASSIGN_OR_RETURN(const app::Call call, CallOf(info, *request, organization));
        ASSIGN_OR_RETURN(patch.fields, ReadMask(request->update_mask(), OfferingFields()));
        ASSIGN_OR_RETURN(patch.values, FromProto(request->offering(), organization));
        patch.values.id = id;
        patch.etag = request->offering().etag();
        return rpc::Answer(
            offerings_.Update(
                call, patch, EncodeIn(organization, &pb::UpdateOfferingResponse::mutable_offering)),
            response);
      });
}

}  // namespace stillpoint::booking::edge

#include <map>
#include <memory>
#include <string>

#include "absl/strings/str_format.h"
#include "common/base/status_macros.h"
#include "services/booking/domain/errors.h"
#include "services/booking/edge/catalog_proto.h"
#include "services/booking/edge/catalog_service.h"
#include "services/booking/edge/names.h"
#include "services/booking/edge/paging.h"

namespace stillpoint::booking::edge {
namespace {

using Snapshot = std::shared_ptr<const domain::Catalogue>;

absl::StatusOr<Snapshot> Load(app::ReadCatalogue& read, const rpc::CallInfo& info,
                              const std::string& organization) {
  ASSIGN_OR_RETURN(const Tenant tenant, info.TenantFor(organization));
  return read.Run(tenant, info.deadline);
}

// `found` may be null.
template <typename Part, typename Pb>
absl::Status AnswerWith(const std::string& organization, const Part* found, Pb* out) {
  if (found == nullptr) return error::NotFound();
  ToProto(organization, *found, out);
  return absl::OkStatus();
}

}  // namespace

grpc::ServerUnaryReactor* CatalogServiceImpl::GetOrganization(
    grpc::CallbackServerContext* context, const pb::GetOrganizationRequest* request,
    pb::GetOrganizationResponse* response) {
  return rpc::Unary(
      edge_, context, "CatalogService.GetOrganization",
      [this, request, response](const rpc::CallInfo& info) -> absl::Status {
        std::string organization;
        RETURN_IF_ERROR(ReadName(request->name(), kOrganizationPattern, "name", {&organization}));
        ASSIGN_OR_RETURN(const Snapshot catalogue, Load(read_, info, organization));
        return AnswerWith(organization, catalogue.get(), response->mutable_organization());
      });
}

grpc::ServerUnaryReactor* CatalogServiceImpl::GetClinic(grpc::CallbackServerContext* context,
                                                        const pb::GetClinicRequest* request,
                                                        pb::GetClinicResponse* response) {
  return rpc::Unary(
      edge_, context, "CatalogService.GetClinic",
      [this, request, response](const rpc::CallInfo& info) -> absl::Status {
        std::string organization;
        std::string id;
        RETURN_IF_ERROR(ReadName(request->name(), kClinicPattern, "name", {&organization, &id}));
        ASSIGN_OR_RETURN(const Snapshot catalogue, Load(read_, info, organization));
        return AnswerWith(organization, catalogue->FindClinic(id), response->mutable_clinic());
      });
}

grpc::ServerUnaryReactor* CatalogServiceImpl::ListClinics(grpc::CallbackServerContext* context,
                                                          const pb::ListClinicsRequest* request,
                                                          pb::ListClinicsResponse* response) {
  return rpc::Unary(edge_, context, "CatalogService.ListClinics",
                    [this, request, response](const rpc::CallInfo& info) -> absl::Status {
                      std::string organization;
                      RETURN_IF_ERROR(ReadName(request->parent(), kOrganizationPattern, "parent",
                                               {&organization}));
                      ASSIGN_OR_RETURN(const Snapshot catalogue, Load(read_, info, organization));
                      ASSIGN_OR_RETURN(const Page page, ReadPage(tokens_, info, *request));
                      response->set_next_page_token(EmitPage(
                          tokens_, page, catalogue->clinics, "", [&](const domain::Clinic& part) {
                            ToProto(organization, part, response->add_clinics());
                          }));
                      return absl::OkStatus();
                    });
}

grpc::ServerUnaryReactor* CatalogServiceImpl::GetRoom(grpc::CallbackServerContext* context,
                                                      const pb::GetRoomRequest* request,
                                                      pb::GetRoomResponse* response) {
  return rpc::Unary(
      edge_, context, "CatalogService.GetRoom",
      [this, request, response](const rpc::CallInfo& info) -> absl::Status {
        std::string organization;
        std::string clinic;
        std::string id;
        RETURN_IF_ERROR(
            ReadName(request->name(), kRoomPattern, "name", {&organization, &clinic, &id}));
        ASSIGN_OR_RETURN(const Snapshot catalogue, Load(read_, info, organization));
        return AnswerWith(organization, catalogue->FindRoom(clinic, id), response->mutable_room());
      });
}

grpc::ServerUnaryReactor* CatalogServiceImpl::ListRooms(grpc::CallbackServerContext* context,
                                                        const pb::ListRoomsRequest* request,
                                                        pb::ListRoomsResponse* response) {
  return rpc::Unary(
      edge_, context, "CatalogService.ListRooms",
      [this, request, response](const rpc::CallInfo& info) -> absl::Status {
        std::string organization;
        std::string clinic;
        RETURN_IF_ERROR(
            ReadName(request->parent(), kClinicPattern, "parent", {&organization, &clinic}));
        ASSIGN_OR_RETURN(const Snapshot catalogue, Load(read_, info, organization));
        if (catalogue->FindClinic(clinic) == nullptr) return error::NotFound();
        ASSIGN_OR_RETURN(const Page page, ReadPage(tokens_, info, *request));
        response->set_next_page_token(EmitPage(
            tokens_, page, catalogue->rooms, domain::RoomResource(clinic, ""),
            [&](const domain::Room& room) { ToProto(organization, room, response->add_rooms()); }));
        return absl::OkStatus();
      });
}

grpc::ServerUnaryReactor* CatalogServiceImpl::GetPractitioner(
    grpc::CallbackServerContext* context, const pb::GetPractitionerRequest* request,
    pb::GetPractitionerResponse* response) {
  return rpc::Unary(edge_, context, "CatalogService.GetPractitioner",
                    [this, request, response](const rpc::CallInfo& info) -> absl::Status {
                      std::string organization;
                      std::string id;
                      RETURN_IF_ERROR(ReadName(request->name(), kPractitionerPattern, "name",
                                               {&organization, &id}));
                      ASSIGN_OR_RETURN(const Snapshot catalogue, Load(read_, info, organization));
                      return AnswerWith(organization, catalogue->FindPractitioner(id),
                                        response->mutable_practitioner());
                    });
}

grpc::ServerUnaryReactor* CatalogServiceImpl::ListPractitioners(
    grpc::CallbackServerContext* context, const pb::ListPractitionersRequest* request,
    pb::ListPractitionersResponse* response) {
  return rpc::Unary(
      edge_, context, "CatalogService.ListPractitioners",
      [this, request, response](const rpc::CallInfo& info) -> absl::Status {
        std::string organization;
        RETURN_IF_ERROR(
            ReadName(request->parent(), kOrganizationPattern, "parent", {&organization}));
        ASSIGN_OR_RETURN(const Snapshot catalogue, Load(read_, info, organization));
        ASSIGN_OR_RETURN(const Page page, ReadPage(tokens_, info, *request));
        response->set_next_page_token(EmitPage(
            tokens_, page, catalogue->practitioners, "", [&](const domain::Practitioner& part) {
              ToProto(organization, part, response->add_practitioners());
            }));
        return absl::OkStatus();
      });
}

grpc::ServerUnaryReactor* CatalogServiceImpl::ListTimeOff(grpc::CallbackServerContext* context,
                                                          const pb::ListTimeOffRequest* request,
                                                          pb::ListTimeOffResponse* response) {
  return rpc::Unary(
      edge_, context, "CatalogService.ListTimeOff",
      [this, request, response](const rpc::CallInfo& info) -> absl::Status {
        std::string organization;
        std::string practitioner;
        RETURN_IF_ERROR(ReadName(request->practitioner(), kPractitionerPattern, "practitioner",
                                 {&organization, &practitioner}));
        ASSIGN_OR_RETURN(const Snapshot catalogue, Load(read_, info, organization));
        const domain::Practitioner* found = catalogue->FindPractitioner(practitioner);
        if (found == nullptr) return error::NotFound();
        ASSIGN_OR_RETURN(const Page page, ReadPage(tokens_, info, *request));
        // Keyed so that the order of keys is that of starts, from 1970 on.
        std::map<std::string, domain::TimeOff> by_start;
        for (const domain::TimeOff& time_off : found->time_off) {
          by_start.emplace(
              absl::StrFormat("%020d/%s", absl::ToUnixMicros(time_off.start), time_off.id),
              time_off);
        }
        response->set_next_page_token(
            EmitPage(tokens_, page, by_start, "", [&](const domain::TimeOff& time_off) {
              ToProto(organization, practitioner, time_off, response->add_time_offs());
            }));
        return absl::OkStatus();
      });
}

grpc::ServerUnaryReactor* CatalogServiceImpl::GetOffering(grpc::CallbackServerContext* context,
                                                          const pb::GetOfferingRequest* request,
                                                          pb::GetOfferingResponse* response) {
  return rpc::Unary(
      edge_, context, "CatalogService.GetOffering",
      [this, request, response](const rpc::CallInfo& info) -> absl::Status {
        std::string organization;
        std::string id;
        RETURN_IF_ERROR(ReadName(request->name(), kOfferingPattern, "name", {&organization, &id}));
        ASSIGN_OR_RETURN(const Snapshot catalogue, Load(read_, info, organization));
        return AnswerWith(organization, catalogue->FindOffering(id), response->mutable_offering());
      });
}

grpc::ServerUnaryReactor* CatalogServiceImpl::ListOfferings(grpc::CallbackServerContext* context,
                                                            const pb::ListOfferingsRequest* request,
                                                            pb::ListOfferingsResponse* response) {
  return rpc::Unary(
      edge_, context, "CatalogService.ListOfferings",
      [this, request, response](const rpc::CallInfo& info) -> absl::Status {
        std::string organization;
        RETURN_IF_ERROR(
            ReadName(request->parent(), kOrganizationPattern, "parent", {&organization}));
        ASSIGN_OR_RETURN(const Snapshot catalogue, Load(read_, info, organization));
        ASSIGN_OR_RETURN(const Page page, ReadPage(tokens_, info, *request));
        response->set_next_page_token(
            EmitPage(tokens_, page, catalogue->offerings, "", [&](const domain::Offering& part) {
              ToProto(organization, part, response->add_offerings());
            }));
        return absl::OkStatus();
      });
}

}  // namespace stillpoint::booking::edge

#include <string>
#include <utility>

#include "common/base/status_macros.h"
#include "services/booking/domain/errors.h"
#include "services/booking/edge/catalog_proto.h"
#include "services/booking/edge/catalog_service.h"
#include "services/booking/edge/names.h"
#include "services/booking/edge/paging.h"
#include "services/booking/edge/reply.h"

namespace stillpoint::booking::edge {

grpc::ServerUnaryReactor* CatalogServiceImpl::CreateDevice(grpc::CallbackServerContext* context,
                                                           const pb::CreateDeviceRequest* request,
                                                           pb::CreateDeviceResponse* response) {
  return rpc::Unary(
      edge_, context, "CatalogService.CreateDevice",
      [this, request, response](const rpc::CallInfo& info) -> absl::Status {
        std::string organization;
        std::string clinic;
        RETURN_IF_ERROR(
            ReadName(request->parent(), kClinicPattern, "parent", {&organization, &clinic}));
        ASSIGN_OR_RETURN(const app::Call call, CallOf(info, *request, organization));
        RETURN_IF_ERROR(CheckNewId(request->device_id(), "device_id"));
        domain::Device device = FromProto(request->device());
        device.clinic = clinic;
        device.id = request->device_id();
        return rpc::Answer(
            devices_.Create(call, std::move(device),
                            EncodeIn(organization, &pb::CreateDeviceResponse::mutable_device)),
            response);
      });
}

grpc::ServerUnaryReactor* CatalogServiceImpl::GetDevice(grpc::CallbackServerContext* context,
                                                        const pb::GetDeviceRequest* request,
                                                        pb::GetDeviceResponse* response) {
  return rpc::Unary(edge_, context, "CatalogService.GetDevice",
                    [this, request, response](const rpc::CallInfo& info) -> absl::Status {
                      std::string organization;
                      std::string clinic;
                      std::string id;
                      RETURN_IF_ERROR(ReadName(request->name(), kDevicePattern, "name",
                                               {&organization, &clinic, &id}));
                      ASSIGN_OR_RETURN(const Tenant tenant, info.TenantFor(organization));
                      ASSIGN_OR_RETURN(const auto catalogue, read_.Run(tenant, info.deadline));
                      const domain::Device* found = catalogue->FindDevice(clinic, id);
                      if (found == nullptr) return error::NotFound();
                      ToProto(organization, *found, response->mutable_device());
                      return absl::OkStatus();
                    });
}

grpc::ServerUnaryReactor* CatalogServiceImpl::ListDevices(grpc::CallbackServerContext* context,
                                                          const pb::ListDevicesRequest* request,
                                                          pb::ListDevicesResponse* response) {
  return rpc::Unary(edge_, context, "CatalogService.ListDevices",
                    [this, request, response](const rpc::CallInfo& info) -> absl::Status {
                      std::string organization;
                      std::string clinic;
                      RETURN_IF_ERROR(ReadName(request->parent(), kClinicPattern, "parent",
                                               {&organization, &clinic}));
                      ASSIGN_OR_RETURN(const Tenant tenant, info.TenantFor(organization));
                      ASSIGN_OR_RETURN(const auto catalogue, read_.Run(tenant, info.deadline));
                      if (catalogue->FindClinic(clinic) == nullptr) return error::NotFound();
                      ASSIGN_OR_RETURN(const Page page, ReadPage(tokens_, info, *request));
                      response->set_next_page_token(EmitPage(
                          tokens_, page, catalogue->devices, domain::DeviceResource(clinic, ""),
                          [&](const domain::Device& device) {
                            ToProto(organization, device, response->add_devices());
                          }));
                      return absl::OkStatus();
                    });
}

grpc::ServerUnaryReactor* CatalogServiceImpl::UpdateDevice(grpc::CallbackServerContext* context,
                                                           const pb::UpdateDeviceRequest* request,
                                                           pb::UpdateDeviceResponse* response) {
  return rpc::Unary(
      edge_, context, "CatalogService.UpdateDevice",
      [this, request, response](const rpc::CallInfo& info) -> absl::Status {
        std::string organization;
        app::Patch<domain::Device> patch;
        std::string id;
        std::string clinic;
        RETURN_IF_ERROR(ReadName(request->device().name(), kDevicePattern, "device.name",
                                 {&organization, &clinic, &id}));
        ASSIGN_OR_RETURN(const app::Call call, CallOf(info, *request, organization));
        ASSIGN_OR_RETURN(patch.fields, ReadMask(request->update_mask(), DeviceFields()));
        patch.values = FromProto(request->device());
        patch.values.id = id;
        patch.values.clinic = clinic;
        patch.etag = request->device().etag();
        return rpc::Answer(
            devices_.Update(
                call, patch,
                EncodeChangeIn(organization, &pb::UpdateDeviceResponse::mutable_device)),
            response);
      });
}

}  // namespace stillpoint::booking::edge

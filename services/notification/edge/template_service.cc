#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "common/rpc/request_key.h"
#include "services/notification/edge/convert.h"
#include "services/notification/edge/services.h"

namespace stillpoint::notification::edge {

grpc::ServerUnaryReactor* TemplateServiceImpl::CreateTemplateVersion(
    grpc::CallbackServerContext* context, const pb::CreateTemplateVersionRequest* request,
    pb::CreateTemplateVersionResponse* response) {
  return rpc::Unary(
      edge_, context, "TemplateService.CreateTemplateVersion",
      [this, request, response](const rpc::CallInfo& call) -> absl::Status {
        ASSIGN_OR_RETURN(const Tenant tenant, ReadParent(call, request->parent()));
        ASSIGN_OR_RETURN(domain::Template wording, ReadTemplate(request->template_()));
        ASSIGN_OR_RETURN(const sql::RequestKey key, rpc::KeyOf(call, *request));
        const auto serialise = [&tenant](const domain::Template& made) {
          pb::CreateTemplateVersionResponse answer;
          ToProto(made, tenant, answer.mutable_template_());
          return answer.SerializeAsString();
        };
        return rpc::Answer(
            manage_.Create(tenant, std::move(wording), key, serialise, call.deadline), response);
      });
}

grpc::ServerUnaryReactor* TemplateServiceImpl::GetTemplate(grpc::CallbackServerContext* context,
                                                           const pb::GetTemplateRequest* request,
                                                           pb::GetTemplateResponse* response) {
  return rpc::Unary(edge_, context, "TemplateService.GetTemplate",
                    [this, request, response](const rpc::CallInfo& call) -> absl::Status {
                      ASSIGN_OR_RETURN(const Target target,
                                       ReadTarget(call, request->name(), kTemplatePattern, "name"));
                      if (request->version() < 0)
                        return InvalidField("version", "must not be negative");
                      ASSIGN_OR_RETURN(
                          const domain::Template wording,
                          manage_.Get(target.tenant, target.id, request->version(), call.deadline));
                      ToProto(wording, target.tenant, response->mutable_template_());
                      return absl::OkStatus();
                    });
}

grpc::ServerUnaryReactor* TemplateServiceImpl::ListTemplates(
    grpc::CallbackServerContext* context, const pb::ListTemplatesRequest* request,
    pb::ListTemplatesResponse* response) {
  return rpc::Unary(edge_, context, "TemplateService.ListTemplates",
                    [this, request, response](const rpc::CallInfo& call) -> absl::Status {
                      ASSIGN_OR_RETURN(const Tenant tenant, ReadParent(call, request->parent()));
                      ASSIGN_OR_RETURN(const std::vector<domain::Template> list,
                                       manage_.List(tenant, call.deadline));
                      for (const domain::Template& wording : list) {
                        ToProto(wording, tenant, response->add_templates());
                      }
                      return absl::OkStatus();
                    });
}

}  // namespace stillpoint::notification::edge

#include "common/base/status_macros.h"
#include "common/rpc/request_key.h"
#include "services/notification/edge/convert.h"
#include "services/notification/edge/services.h"

namespace stillpoint::notification::edge {
namespace {

template <typename Request>
absl::StatusOr<app::ChangeCommand> ReadChange(const rpc::CallInfo& call, const Target& target,
                                              const Request& request) {
  app::ChangeCommand command;
  command.id = target.id;
  command.etag = request.etag();
  ASSIGN_OR_RETURN(command.key, rpc::KeyOf(call, request));
  return command;
}

}  // namespace

grpc::ServerUnaryReactor* NotificationServiceImpl::GetNotification(
    grpc::CallbackServerContext* context, const pb::GetNotificationRequest* request,
    pb::GetNotificationResponse* response) {
  return rpc::Unary(edge_, context, "NotificationService.GetNotification",
                    [this, request, response](const rpc::CallInfo& call) -> absl::Status {
                      ASSIGN_OR_RETURN(
                          const Target target,
                          ReadTarget(call, request->name(), kNotificationPattern, "name"));
                      ASSIGN_OR_RETURN(const app::View view,
                                       manage_.Get(target.tenant, target.id, call.deadline));
                      ToProto(view, mail_domain_, response->mutable_notification());
                      return absl::OkStatus();
                    });
}

grpc::ServerUnaryReactor* NotificationServiceImpl::ListNotifications(
    grpc::CallbackServerContext* context, const pb::ListNotificationsRequest* request,
    pb::ListNotificationsResponse* response) {
  return rpc::Unary(edge_, context, "NotificationService.ListNotifications",
                    [this, request, response](const rpc::CallInfo& call) {
                      return List(call, *request, response);
                    });
}

absl::Status NotificationServiceImpl::List(const rpc::CallInfo& call,
                                           const pb::ListNotificationsRequest& request,
                                           pb::ListNotificationsResponse* response) {
  ASSIGN_OR_RETURN(const Tenant tenant, ReadParent(call, request.parent()));
  ASSIGN_OR_RETURN(const ports::Filter filter, ReadFilter(call, tenant, request, tokens_));
  ASSIGN_OR_RETURN(const std::vector<app::View> views,
                   manage_.List(tenant, filter, request.with_decisions(), call.deadline));
  const size_t page = static_cast<size_t>(filter.limit) - 1;
  for (size_t i = 0; i < views.size() && i < page; ++i) {
    ToProto(views[i], mail_domain_, response->add_notifications());
  }
  if (views.size() > page) {
    response->set_next_page_token(
        NextPageToken(call, request, tokens_, views[page - 1].notification));
  }
  return absl::OkStatus();
}

grpc::ServerUnaryReactor* NotificationServiceImpl::CancelNotification(
    grpc::CallbackServerContext* context, const pb::CancelNotificationRequest* request,
    pb::CancelNotificationResponse* response) {
  return rpc::Unary(
      edge_, context, "NotificationService.CancelNotification",
      [this, request, response](const rpc::CallInfo& call) -> absl::Status {
        ASSIGN_OR_RETURN(const Target target,
                         ReadTarget(call, request->name(), kNotificationPattern, "name"));
        ASSIGN_OR_RETURN(const app::ChangeCommand command, ReadChange(call, target, *request));
        const auto serialise = [this](const app::View& view) {
          pb::CancelNotificationResponse made;
          ToProto(view, mail_domain_, made.mutable_notification());
          return made.SerializeAsString();
        };
        return rpc::Answer(manage_.Cancel(target.tenant, command, serialise, call.deadline),
                           response);
      });
}

grpc::ServerUnaryReactor* NotificationServiceImpl::RedriveNotification(
    grpc::CallbackServerContext* context, const pb::RedriveNotificationRequest* request,
    pb::RedriveNotificationResponse* response) {
  return rpc::Unary(
      edge_, context, "NotificationService.RedriveNotification",
      [this, request, response](const rpc::CallInfo& call) -> absl::Status {
        ASSIGN_OR_RETURN(const Target target,
                         ReadTarget(call, request->name(), kNotificationPattern, "name"));
        ASSIGN_OR_RETURN(const app::ChangeCommand command, ReadChange(call, target, *request));
        const auto serialise = [this](const app::View& view) {
          pb::RedriveNotificationResponse made;
          ToProto(view, mail_domain_, made.mutable_notification());
          return made.SerializeAsString();
        };
        return rpc::Answer(manage_.Redrive(target.tenant, command, serialise, call.deadline),
                           response);
      });
}

}  // namespace stillpoint::notification::edge

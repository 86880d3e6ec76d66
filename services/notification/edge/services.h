// The gRPC services: authorise, translate, call app, translate back. Nothing else.
#ifndef STILLPOINT_SERVICES_NOTIFICATION_EDGE_SERVICES_H_
#define STILLPOINT_SERVICES_NOTIFICATION_EDGE_SERVICES_H_

#include <string>

#include "common/crypto/page_token.h"
#include "common/rpc/edge.h"
#include "services/notification/app/begin_send.h"
#include "services/notification/app/complete_send.h"
#include "services/notification/app/lease_queue.h"
#include "services/notification/app/manage_notifications.h"
#include "services/notification/app/manage_templates.h"
#include "stillpoint/notification/v1/notification_service.grpc.pb.h"
#include "stillpoint/notification/v1/template_service.grpc.pb.h"
#include "stillpoint/notification/v1/worker_service.grpc.pb.h"

namespace stillpoint::notification::edge {

namespace pb = stillpoint::notification::v1;

class NotificationServiceImpl final : public pb::NotificationService::CallbackService {
 public:
  // `mail_domain` is that of message ids.
  NotificationServiceImpl(rpc::Edge& edge, app::ManageNotifications& manage,
                          const crypto::PageTokens& tokens, std::string mail_domain)
      : edge_(edge), manage_(manage), tokens_(tokens), mail_domain_(std::move(mail_domain)) {}

  grpc::ServerUnaryReactor* GetNotification(grpc::CallbackServerContext* context,
                                            const pb::GetNotificationRequest* request,
                                            pb::GetNotificationResponse* response) override;
  grpc::ServerUnaryReactor* ListNotifications(grpc::CallbackServerContext* context,
                                              const pb::ListNotificationsRequest* request,
                                              pb::ListNotificationsResponse* response) override;
  grpc::ServerUnaryReactor* CancelNotification(grpc::CallbackServerContext* context,
                                               const pb::CancelNotificationRequest* request,
                                               pb::CancelNotificationResponse* response) override;
  grpc::ServerUnaryReactor* RedriveNotification(grpc::CallbackServerContext* context,
                                                const pb::RedriveNotificationRequest* request,
                                                pb::RedriveNotificationResponse* response) override;

 private:
  absl::Status List(const rpc::CallInfo& call, const pb::ListNotificationsRequest& request,
                    pb::ListNotificationsResponse* response);

  rpc::Edge& edge_;
  app::ManageNotifications& manage_;
  const crypto::PageTokens& tokens_;
  const std::string mail_domain_;
};

class TemplateServiceImpl final : public pb::TemplateService::CallbackService {
 public:
  TemplateServiceImpl(rpc::Edge& edge, app::ManageTemplates& manage)
      : edge_(edge), manage_(manage) {}

  grpc::ServerUnaryReactor* CreateTemplateVersion(
      grpc::CallbackServerContext* context, const pb::CreateTemplateVersionRequest* request,
      pb::CreateTemplateVersionResponse* response) override;
  grpc::ServerUnaryReactor* GetTemplate(grpc::CallbackServerContext* context,
                                        const pb::GetTemplateRequest* request,
                                        pb::GetTemplateResponse* response) override;
  grpc::ServerUnaryReactor* ListTemplates(grpc::CallbackServerContext* context,
                                          const pb::ListTemplatesRequest* request,
                                          pb::ListTemplatesResponse* response) override;

 private:
  rpc::Edge& edge_;
  app::ManageTemplates& manage_;
};

class WorkerServiceImpl final : public pb::WorkerService::CallbackService {
 public:
  WorkerServiceImpl(rpc::Edge& edge, app::LeaseQueue& queue, app::BeginSend& begin,
                    app::CompleteSend& complete)
      : edge_(edge), queue_(queue), begin_(begin), complete_(complete) {}

  grpc::ServerUnaryReactor* Lease(grpc::CallbackServerContext* context,
                                  const pb::LeaseRequest* request,
                                  pb::LeaseResponse* response) override;
  grpc::ServerUnaryReactor* BeginSend(grpc::CallbackServerContext* context,
                                      const pb::BeginSendRequest* request,
                                      pb::BeginSendResponse* response) override;
  grpc::ServerUnaryReactor* CompleteSend(grpc::CallbackServerContext* context,
                                         const pb::CompleteSendRequest* request,
                                         pb::CompleteSendResponse* response) override;
  grpc::ServerUnaryReactor* ExtendLease(grpc::CallbackServerContext* context,
                                        const pb::ExtendLeaseRequest* request,
                                        pb::ExtendLeaseResponse* response) override;

 private:
  rpc::Edge& edge_;
  app::LeaseQueue& queue_;
  app::BeginSend& begin_;
  app::CompleteSend& complete_;
};

}  // namespace stillpoint::notification::edge

#endif  // STILLPOINT_SERVICES_NOTIFICATION_EDGE_SERVICES_H_

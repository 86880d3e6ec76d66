// Who may call what. The server does not start with a method that is missing here.
#ifndef STILLPOINT_SERVICES_NOTIFICATION_EDGE_ACCESS_H_
#define STILLPOINT_SERVICES_NOTIFICATION_EDGE_ACCESS_H_

#include <vector>

#include "common/rpc/call.h"

namespace stillpoint::notification::edge {

inline std::vector<rpc::MethodAccess> AccessTable() {
  using rpc::Role;
  const rpc::RoleSet readers =
      Role::kOwner | Role::kManager | Role::kFrontDesk | Role::kAuditor | Role::kService;
  return {
      {"NotificationService.GetNotification", readers},
      {"NotificationService.ListNotifications", readers},
      {"NotificationService.CancelNotification", Role::kOwner | Role::kManager | Role::kFrontDesk},
      {"NotificationService.RedriveNotification", rpc::Only(Role::kOwner)},
      {"TemplateService.CreateTemplateVersion", rpc::Only(Role::kOwner)},
      {"TemplateService.GetTemplate",
       Role::kOwner | Role::kManager | Role::kFrontDesk | Role::kAuditor},
      {"TemplateService.ListTemplates",
       Role::kOwner | Role::kManager | Role::kFrontDesk | Role::kAuditor},
      {"WorkerService.Lease", rpc::Only(Role::kWorker)},
      {"WorkerService.BeginSend", rpc::Only(Role::kWorker)},
      {"WorkerService.CompleteSend", rpc::Only(Role::kWorker)},
      {"WorkerService.ExtendLease", rpc::Only(Role::kWorker)},
  };
}

}  // namespace stillpoint::notification::edge

#endif  // STILLPOINT_SERVICES_NOTIFICATION_EDGE_ACCESS_H_

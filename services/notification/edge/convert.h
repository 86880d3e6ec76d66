// Between the API's messages and ours. No gRPC here, so that it compiles fast.
#ifndef STILLPOINT_SERVICES_NOTIFICATION_EDGE_CONVERT_H_
#define STILLPOINT_SERVICES_NOTIFICATION_EDGE_CONVERT_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/base/tenant.h"
#include "common/crypto/page_token.h"
#include "common/rpc/call.h"
#include "services/notification/app/begin_send.h"
#include "services/notification/app/manage_notifications.h"
#include "services/notification/domain/template.h"
#include "services/notification/ports/notification_store.h"
#include "stillpoint/notification/v1/notification.pb.h"
#include "stillpoint/notification/v1/notification_service.pb.h"
#include "stillpoint/notification/v1/template_service.pb.h"
#include "stillpoint/notification/v1/worker_service.pb.h"

namespace stillpoint::notification::edge {

namespace pb = stillpoint::notification::v1;

// A resource that the caller may look for: its tenant and its last segment.
struct Target {
  Tenant tenant;
  std::string id;
};
// `name` matched against `pattern` with two ids. InvalidArgument INVALID_FIELD `field`; NotFound
// for an organization of others.
absl::StatusOr<Target> ReadTarget(const rpc::CallInfo& call, const std::string& name,
                                  absl::string_view pattern, absl::string_view field);
inline constexpr char kNotificationPattern[] = "organizations/{}/notifications/{}";
inline constexpr char kTemplatePattern[] = "organizations/{}/templates/{}";
// `organizations/{organization}`.
absl::StatusOr<Tenant> ReadParent(const rpc::CallInfo& call, const std::string& parent);

// `mail_domain` is that of message ids.
void ToProto(const app::View& view, absl::string_view mail_domain, pb::Notification* out);
void ToProto(const domain::Template& wording, const Tenant& tenant, pb::Template* out);
void ToProto(const app::BeginResult& result, pb::BeginSendResponse* out);

// InvalidArgument INVALID_FIELD, PAGE_TOKEN_INVALID. The limit is one more than the page, so that
// the last page is known to be the last.
absl::StatusOr<ports::Filter> ReadFilter(const rpc::CallInfo& call, const Tenant& tenant,
                                         const pb::ListNotificationsRequest& request,
                                         const crypto::PageTokens& tokens);
std::string NextPageToken(const rpc::CallInfo& call, const pb::ListNotificationsRequest& request,
                          const crypto::PageTokens& tokens, const domain::Notification& last);

absl::StatusOr<domain::Template> ReadTemplate(const pb::Template& in);

}  // namespace stillpoint::notification::edge

#endif  // STILLPOINT_SERVICES_NOTIFICATION_EDGE_CONVERT_H_

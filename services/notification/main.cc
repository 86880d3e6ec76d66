// stillpoint-notification: what is said to clients, when, and why. Workers send it
// (worker_main.cc).
#include <string>

#include "common/config/config.h"
#include "common/crypto/page_token.h"
#include "common/error/error.h"
#include "common/rpc/client.h"
#include "common/rpc/service_main.h"
#include "services/notification/adapters/grpc_peers.h"
#include "services/notification/adapters/schema.h"
#include "services/notification/app/begin_send.h"
#include "services/notification/app/complete_send.h"
#include "services/notification/app/lease_queue.h"
#include "services/notification/app/manage_notifications.h"
#include "services/notification/app/manage_templates.h"
#include "services/notification/app/relay.h"
#include "services/notification/app/relay_loop.h"
#include "services/notification/edge/access.h"
#include "services/notification/edge/services.h"

int main(int argc, char** argv) {
  namespace notification = stillpoint::notification;
  namespace rpc = stillpoint::rpc;
  stillpoint::Config config("stillpoint-notification", "Messages about bookings.");
  rpc::ServiceFlags flags;
  flags.AddTo(config);
  std::string booking, client_record, peer_key_file;
  notification::app::MailOptions mail;
  config.Text("booking", &booking, "required: address of the booking service");
  config.Text("client-record", &client_record, "required: address of the client record service");
  config.Text("peer-key-file", &peer_key_file,
              "file with our bearer key for both; empty: our certificate is enough");
  config.Text("message-id-domain", &mail.message_id_domain,
              "right-hand side of every Message-ID: a domain of the operator's");
  config.Text("unsubscribe", &mail.unsubscribe,
              "https://... (one-click, a token is appended) or mailto:... for optional mail");
  config.Bool("sms", &mail.sms_gateway, "a worker with a text gateway is running");

  auto opened =
      rpc::OpenService("notification", argc, argv, config, flags,
                       notification::adapters::Migrations(), notification::edge::AccessTable());
  if (!opened.ok()) return rpc::ExitCodeOf(opened.status());
  rpc::ServiceContext& context = **opened;
  // Checked here and not by Config: `migrate` needs none of them.
  for (const std::string* needed : {&booking, &client_record}) {
    if (!needed->empty()) continue;
    return rpc::ExitCodeOf(stillpoint::Error(absl::StatusCode::kInvalidArgument, "BAD_CONFIG",
                                             "--booking and --client-record are required"));
  }
  auto booking_peer = rpc::Peer::Open(booking, flags.ToPeers(peer_key_file));
  if (!booking_peer.ok()) return rpc::ExitCodeOf(booking_peer.status());
  auto record_peer = rpc::Peer::Open(client_record, flags.ToPeers(peer_key_file));
  if (!record_peer.ok()) return rpc::ExitCodeOf(record_peer.status());
  const auto bookings = notification::adapters::MakeGrpcBookings(*booking_peer);
  const auto contacts = notification::adapters::MakeGrpcContacts(*record_peer);

  stillpoint::sql::Database& database = *context.database;
  const stillpoint::crypto::PageTokens tokens(*context.secret);
  notification::app::ManageNotifications manage(database);
  notification::app::ManageTemplates templates(database);
  notification::app::LeaseQueue queue(database);
  notification::app::BeginSend begin(database, *bookings, *contacts, *context.ids, *context.secret,
                                     mail);
  notification::app::CompleteSend complete(database);
  notification::app::Relay relay(database, *bookings, *context.ids);
  notification::app::RelayLoop loop(relay, *context.metrics);

  notification::edge::NotificationServiceImpl notifications(*context.edge, manage, tokens,
                                                            mail.message_id_domain);
  notification::edge::TemplateServiceImpl template_service(*context.edge, templates);
  notification::edge::WorkerServiceImpl workers(*context.edge, queue, begin, complete);
  return rpc::Run(context, {{"stillpoint.notification.v1.NotificationService", &notifications},
                            {"stillpoint.notification.v1.TemplateService", &template_service},
                            {"stillpoint.notification.v1.WorkerService", &workers}});
}

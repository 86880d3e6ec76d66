// stillpoint-client-record: who the client is and what is safe for them.
#include <memory>
#include <string>

#include "common/rpc/client.h"
#include "common/rpc/service_main.h"
#include "services/client_record/adapters/care_client.h"
#include "services/client_record/adapters/content.h"
#include "services/client_record/adapters/schema.h"
#include "services/client_record/edge/access.h"
#include "services/client_record/edge/client_service.h"
#include "services/client_record/edge/note_service.h"
#include "services/client_record/edge/screening_service.h"

int main(int argc, char** argv) {
  namespace rpc = stillpoint::rpc;
  namespace record = stillpoint::client_record;
  stillpoint::Config config("stillpoint-client-record",
                            "Clients, health histories, screening, session notes, audit.");
  rpc::ServiceFlags flags;
  flags.AddTo(config);
  std::string booking, booking_key_file;
  config.Text("booking", &booking,
              "HOST:PORT of the booking service; empty: no practitioner has clients by bookings");
  config.Text("peer-key-file", &booking_key_file, "file (mode 0600) with our bearer key there");

  // Content first: a binary with bad rules must not even open the database.
  const auto content = record::adapters::LoadContent();
  if (!content.ok()) return rpc::ExitCodeOf(content.status());
  auto opened = rpc::OpenService("client_record", argc, argv, config, flags,
                                 record::adapters::Migrations(), record::edge::Access());
  if (!opened.ok()) return rpc::ExitCodeOf(opened.status());
  rpc::ServiceContext& context = **opened;

  const record::ports::KeyRing ring(*context.secret);
  std::unique_ptr<record::ports::Care> care = std::make_unique<record::adapters::NoCare>();
  if (!booking.empty()) {
    auto peer = rpc::Peer::Open(booking, context.flags.ToPeers(booking_key_file));
    if (!peer.ok()) return rpc::ExitCodeOf(peer.status());
    care = std::make_unique<record::adapters::CareClient>(*std::move(peer), *context.metrics);
  }
  const record::app::Records records(*context.database, ring, *care);
  const stillpoint::crypto::PageTokens tokens(*context.secret);
  const record::edge::UseCases use_cases(records, *content, *context.ids);
  record::edge::ClientServiceImpl clients(*context.edge, use_cases, tokens);
  record::edge::ConsentServiceImpl consents(*context.edge, use_cases);
  record::edge::IntakeServiceImpl intakes(*context.edge, use_cases, tokens);
  record::edge::ScreeningServiceImpl screening(*context.edge, use_cases);
  record::edge::SessionNoteServiceImpl notes(*context.edge, use_cases, tokens);
  record::edge::AuditServiceImpl audit(*context.edge, use_cases, tokens);

  return rpc::Run(context, {{"stillpoint.client_record.v1.ClientService", &clients},
                            {"stillpoint.client_record.v1.ConsentService", &consents},
                            {"stillpoint.client_record.v1.IntakeService", &intakes},
                            {"stillpoint.client_record.v1.ScreeningService", &screening},
                            {"stillpoint.client_record.v1.SessionNoteService", &notes},
                            {"stillpoint.client_record.v1.AuditService", &audit}});
}

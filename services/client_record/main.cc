// stillpoint-client-record: who the client is and what is safe for them.
#include "common/rpc/service_main.h"
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

  // Content first: a binary with bad rules must not even open the database.
  const auto content = record::adapters::LoadContent();
  if (!content.ok()) return rpc::ExitCodeOf(content.status());
  auto opened = rpc::OpenService("client_record", argc, argv, config, flags,
                                 record::adapters::Migrations(), record::edge::Access());
  if (!opened.ok()) return rpc::ExitCodeOf(opened.status());
  rpc::ServiceContext& context = **opened;

  const record::ports::KeyRing ring(*context.secret);
  const record::app::Records records(*context.database, ring);
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

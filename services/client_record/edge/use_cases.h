// Every use case of the service, so that main makes them in one place and handlers find them by
// name.
#ifndef STILLPOINT_SERVICES_CLIENT_RECORD_EDGE_USE_CASES_H_
#define STILLPOINT_SERVICES_CLIENT_RECORD_EDGE_USE_CASES_H_

#include "common/base/ids.h"
#include "services/client_record/app/audit.h"
#include "services/client_record/app/clients.h"
#include "services/client_record/app/notes.h"
#include "services/client_record/app/records.h"
#include "services/client_record/app/screening.h"
#include "services/client_record/domain/content.h"

namespace stillpoint::client_record::edge {

// The arguments must outlive it. Thread-safe, as each of its members is.
struct UseCases {
  UseCases(const app::Records& records, const domain::Content& clinical_content, IdSource& ids)
      : content(clinical_content),
        create_client(records, ids),
        update_client(records),
        get_client(records),
        list_clients(records),
        find_clients(records),
        set_consent(records),
        list_consents(records),
        submit_intake(records, clinical_content, ids),
        review_intake(records),
        get_intake(records),
        list_intakes(records),
        get_clearance(records, clinical_content),
        attach_clearance(records, clinical_content, ids),
        create_draft(records, ids),
        update_draft(records),
        sign_note(records, clinical_content),
        add_addendum(records),
        get_note(records),
        list_notes(records),
        get_signing_key(records),
        list_audit(records),
        verify_audit(records) {}

  const domain::Content& content;
  const app::CreateClient create_client;
  const app::UpdateClient update_client;
  const app::GetClient get_client;
  const app::ListClients list_clients;
  const app::FindClients find_clients;
  const app::SetConsent set_consent;
  const app::ListConsents list_consents;
  const app::SubmitIntake submit_intake;
  const app::ReviewIntake review_intake;
  const app::GetIntake get_intake;
  const app::ListIntakes list_intakes;
  const app::GetClearance get_clearance;
  const app::AttachPhysicianClearance attach_clearance;
  const app::CreateDraft create_draft;
  const app::UpdateDraft update_draft;
  const app::SignNote sign_note;
  const app::AddAddendum add_addendum;
  const app::GetNote get_note;
  const app::ListNotes list_notes;
  const app::GetSigningKey get_signing_key;
  const app::ListAuditEntries list_audit;
  const app::VerifyAuditChain verify_audit;
};

}  // namespace stillpoint::client_record::edge

#endif  // STILLPOINT_SERVICES_CLIENT_RECORD_EDGE_USE_CASES_H_

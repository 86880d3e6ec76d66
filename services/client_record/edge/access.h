// Who may call what. A method without an entry stops the server from starting.
#ifndef STILLPOINT_SERVICES_CLIENT_RECORD_EDGE_ACCESS_H_
#define STILLPOINT_SERVICES_CLIENT_RECORD_EDGE_ACCESS_H_

#include <vector>

#include "common/rpc/call.h"

namespace stillpoint::client_record::edge {

// Those who run the platform read no record: they may only bring clients and their answers along
// when an organization moves in. A partner may do the same, and reads nothing back but what it
// sent.
inline std::vector<rpc::MethodAccess> Access() {
  using rpc::Role;
  constexpr rpc::RoleSet kDesk = Role::kOwner | Role::kFrontDesk | Role::kPractitioner;
  constexpr rpc::RoleSet kReaders = kDesk | Role::kAuditor;
  constexpr rpc::RoleSet kIncoming = kDesk | Role::kPartner | Role::kOperator;
  constexpr rpc::RoleSet kTreating = Role::kOwner | Role::kPractitioner;
  return {
      {"ClientService.CreateClient", kIncoming},
      {"ClientService.GetClient", kReaders},
      {"ClientService.UpdateClient", kDesk},
      {"ClientService.ListClients", kReaders},
      {"ClientService.FindClients", kDesk},
      {"ClientService.GetContact", rpc::Only(Role::kService)},
      {"IntakeService.GetQuestionnaire", kReaders | Role::kPartner | Role::kService},
      {"IntakeService.SubmitIntake", kIncoming},
      {"IntakeService.GetIntake", kTreating | Role::kAuditor},
      {"IntakeService.ListIntakes", kTreating | Role::kAuditor},
      {"IntakeService.ReviewIntake", kTreating},
      {"ScreeningService.GetClearance", kDesk | Role::kService},
      {"ScreeningService.AttachPhysicianClearance", kDesk},
      {"SessionNoteService.CreateDraft", rpc::Only(Role::kPractitioner)},
      {"SessionNoteService.UpdateDraft", rpc::Only(Role::kPractitioner)},
      {"SessionNoteService.SignNote", rpc::Only(Role::kPractitioner)},
      {"SessionNoteService.AddAddendum", rpc::Only(Role::kPractitioner)},
      {"SessionNoteService.GetNote", kTreating | Role::kAuditor},
      {"SessionNoteService.ListNotes", kTreating | Role::kAuditor},
      {"SessionNoteService.GetSigningKey", kReaders},
      {"ConsentService.SetConsent", kDesk | Role::kService},
      {"ConsentService.ListConsents", kReaders},
      {"AuditService.ListAuditEntries", Role::kOwner | Role::kAuditor},
      {"AuditService.VerifyAuditChain", Role::kOwner | Role::kAuditor},
  };
}

}  // namespace stillpoint::client_record::edge

#endif  // STILLPOINT_SERVICES_CLIENT_RECORD_EDGE_ACCESS_H_

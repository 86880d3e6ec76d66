// Who may call what. A method without an entry stops the server from starting.
#ifndef STILLPOINT_SERVICES_CLIENT_RECORD_EDGE_ACCESS_H_
#define STILLPOINT_SERVICES_CLIENT_RECORD_EDGE_ACCESS_H_

#include <vector>

#include "common/rpc/access.h"

namespace stillpoint::client_record::edge {

// Those who run the platform read no record: they may only bring clients and their answers along
// when an organization moves in. A partner may do the same, and reads nothing back but what it
// sent. A practitioner sees the records of own clients, and finds them by their bookings: looking
// through everybody's is the desk's.
inline std::vector<rpc::MethodAccess> Access() {
  using rpc::Grants;
  using rpc::Only;
  using rpc::Role;
  constexpr rpc::RoleSet kDesk = Role::kOwner | Role::kManager | Role::kFrontDesk;
  constexpr Grants kTreating = rpc::OwnClients(Only(Role::kPractitioner));
  constexpr Grants kThemselves = rpc::Own(Only(Role::kClientProxy));
  constexpr Grants kAuthor = rpc::OwnNotes(Only(Role::kPractitioner));
  constexpr Grants kChangers = kDesk | kTreating | kThemselves;
  constexpr Grants kReaders = kChangers | Only(Role::kAuditor);
  constexpr Grants kIncoming = kDesk | (Role::kPartner | Role::kOperator);
  constexpr Grants kClinical = Only(Role::kOwner) | kTreating;
  return {
      {"ClientService.CreateClient", kIncoming | Only(Role::kPractitioner)},
      {"ClientService.GetClient", kReaders},
      {"ClientService.UpdateClient", kChangers},
      {"ClientService.ListClients", kDesk | Role::kAuditor},
      {"ClientService.FindClients", kDesk},
      {"ClientService.GetContact", Only(Role::kService)},
      {"IntakeService.GetQuestionnaire", kDesk | Role::kPractitioner | Role::kAuditor |
                                             Role::kPartner | Role::kClientProxy | Role::kService},
      {"IntakeService.SubmitIntake", kIncoming | kTreating | kThemselves},
      {"IntakeService.GetIntake", kClinical | kThemselves | Only(Role::kAuditor)},
      {"IntakeService.ListIntakes", kClinical | kThemselves | Only(Role::kAuditor)},
      {"IntakeService.ReviewIntake", kClinical},
      {"ScreeningService.GetClearance", kDesk | kTreating | Only(Role::kService)},
      {"ScreeningService.AttachPhysicianClearance", kDesk | kTreating},
      {"SessionNoteService.CreateDraft", kTreating},
      {"SessionNoteService.UpdateDraft", kAuthor},
      // What is signed can never be changed: whoever is there must have shown it lately.
      {"SessionNoteService.SignNote", kAuthor, rpc::Login::kFresh},
      // Under their own name: whoever treats next may have to set the record right.
      {"SessionNoteService.AddAddendum", kTreating},
      {"SessionNoteService.GetNote", kClinical | Only(Role::kAuditor)},
      {"SessionNoteService.ListNotes", kClinical | Only(Role::kAuditor)},
      {"SessionNoteService.GetSigningKey", kDesk | Role::kPractitioner | Role::kAuditor},
      {"ConsentService.SetConsent", kChangers | Only(Role::kService)},
      {"ConsentService.ListConsents", kReaders},
      {"AuditService.ListAuditEntries", Role::kOwner | Role::kAuditor},
      {"AuditService.VerifyAuditChain", Role::kOwner | Role::kAuditor},
  };
}

}  // namespace stillpoint::client_record::edge

#endif  // STILLPOINT_SERVICES_CLIENT_RECORD_EDGE_ACCESS_H_

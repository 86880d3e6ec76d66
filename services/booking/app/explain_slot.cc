#include "services/booking/app/explain_slot.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/base/status_macros.h"

namespace stillpoint::booking::app {

absl::StatusOr<ExplainedSlot> ExplainSlot::Run(const Tenant& tenant,
                                               const domain::SlotRequest& wanted,
                                               Deadline deadline) {
  ExplainedSlot answer;
  RETURN_IF_ERROR(database_.Read(deadline, [&](sql::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const std::shared_ptr<const domain::Catalogue> catalogue,
                     catalogues_.Get(tx, tenant));
    ASSIGN_OR_RETURN(const domain::ExplainQuestion question,
                     domain::AskExplanation(*catalogue, wanted));
    ASSIGN_OR_RETURN(const std::vector<domain::Claim> claims,
                     ledger_.ClaimsOn(tx, tenant, question.resources(), question.busy_start(),
                                      question.busy_end()));
    // One by one: a person looks at a handful of bookings, and nobody waits for this but them.
    std::map<std::string, domain::Booking> owners;
    for (const domain::Claim& claim : claims) {
      if (owners.count(claim.booking) > 0) continue;
      ASSIGN_OR_RETURN(owners[claim.booking], ledger_.Get(tx, tenant, claim.booking));
    }
    ASSIGN_OR_RETURN(const absl::Time now, tx.Now());
    answer.explanation = domain::Explain(question, claims, owners, now);
    answer.zone = question.clinic->zone;
    return absl::OkStatus();
  }));
  return answer;
}

}  // namespace stillpoint::booking::app

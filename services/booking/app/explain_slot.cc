#include "services/booking/app/explain_slot.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/status_macros.h"
#include "common/error/error.h"
#include "services/booking/app/ask_clearance.h"
#include "services/booking/app/client_visits.h"
#include "services/booking/app/surroundings.h"
#include "services/booking/domain/errors.h"

namespace stillpoint::booking::app {
namespace {

// True if there are some, and each has something in its way.
bool AllAreTaken(const std::vector<domain::ResourceObstacles>& all) {
  return !all.empty() && std::none_of(all.begin(), all.end(),
                                      [](const auto& each) { return each.obstacles.empty(); });
}

template <typename T>
void LookForMoves(const domain::Catalogue& catalogue, const domain::SlotCandidates& candidates,
                  const Surroundings& around, absl::Time now, domain::Explanation& explanation) {
  const std::optional<domain::Rearrangement<T>> plan = domain::FindRearrangement<T>(
      catalogue, candidates, around.claims, around.bookings, /*moving=*/nullptr, now);
  if (!plan.has_value()) return;
  domain::MarkMovable(plan->vacated->resource(), plan->moves, explanation);
}

// Asks what booking asks when no room or no device is free (FindSlot): whether others can be moved.
absl::Status LookForMoves(sql::Transaction& tx, const Tenant& tenant, const ports::Ledger& ledger,
                          const domain::Catalogue& catalogue, const domain::SlotRequest& wanted,
                          absl::Time now, domain::Explanation& explanation) {
  const bool rooms = AllAreTaken(explanation.rooms);
  const bool devices = AllAreTaken(explanation.devices);
  if (!rooms && !devices) return absl::OkStatus();
  const absl::StatusOr<domain::SlotCandidates> candidates =
      domain::FindCandidates(catalogue, wanted);
  if (!candidates.ok()) return absl::OkStatus();  // A rule is in the way, and has been named.
  ASSIGN_OR_RETURN(const Surroundings around,
                   ReadSurroundings(tx, tenant, ledger, catalogue, *candidates, now));
  if (rooms) LookForMoves<domain::Room>(catalogue, *candidates, around, now, explanation);
  if (devices) LookForMoves<domain::Device>(catalogue, *candidates, around, now, explanation);
  return absl::OkStatus();
}

}  // namespace

absl::Status ExplainSlot::AskRecord(const Tenant& tenant, const domain::SlotRequest& wanted,
                                    const std::string& client, Deadline deadline) {
  std::shared_ptr<const domain::Catalogue> catalogue;
  RETURN_IF_ERROR(database_.Read(tenant, deadline, [&](sql::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(catalogue, catalogues_.Get(tx, tenant));
    return absl::OkStatus();
  }));
  const domain::Offering* offering = catalogue->FindOffering(wanted.offering);
  if (offering == nullptr) return absl::OkStatus();
  return AskClearance(clearance_, tenant, client, offering->modality, wanted.start,
                      /*must_be_cleared=*/true, deadline);
}

absl::StatusOr<ExplainedSlot> ExplainSlot::Run(const Tenant& tenant,
                                               const domain::SlotRequest& wanted,
                                               const std::string& client, Deadline deadline) {
  ExplainedSlot answer;
  absl::Status record;
  if (!client.empty()) {
    // Not within the transaction below: another service is asked.
    record = AskRecord(tenant, wanted, client, deadline);
    const bool is_obstacle = absl::IsFailedPrecondition(record) ||
                             ReasonOf(record) == ReasonOf(error::ClearanceUnavailable());
    if (!record.ok() && !is_obstacle) return record;
  }
  RETURN_IF_ERROR(database_.Read(tenant, deadline, [&](sql::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const std::shared_ptr<const domain::Catalogue> catalogue,
                     catalogues_.Get(tx, tenant));
    ASSIGN_OR_RETURN(const domain::ExplainQuestion question,
                     domain::AskExplanation(*catalogue, wanted));
    ASSIGN_OR_RETURN(const std::vector<domain::Claim> claims,
                     ledger_.ClaimsOn(tx, tenant, question.resources(), question.claims_start(),
                                      question.claims_end()));
    // One by one: a person looks at a handful of bookings, and nobody waits for this but them.
    std::map<std::string, domain::Booking> owners;
    for (const domain::Claim& claim : claims) {
      if (owners.count(claim.booking) > 0 || claim.start >= question.busy_end() ||
          claim.end <= question.busy_start()) {
        continue;
      }
      ASSIGN_OR_RETURN(owners[claim.booking], ledger_.Get(tx, tenant, claim.booking));
    }
    ClientVisits visits(ledger_);
    if (!client.empty() && catalogue->limits_clients()) {
      RETURN_IF_ERROR(visits.Ask(tx, tenant, client, *question.clinic, question.start));
      RETURN_IF_ERROR(tx.Flush());
    }
    ASSIGN_OR_RETURN(const absl::Time now, tx.Now());
    answer.explanation = domain::Explain(question, claims, owners, now);
    if (!client.empty()) {
      domain::ExplainClient(question, visits.Read(now, /*moving=*/nullptr), now,
                            answer.explanation);
    }
    if (!record.ok()) domain::ExplainClearance(record, answer.explanation);
    answer.zone = question.clinic->zone;
    if (answer.explanation.Bookable()) return absl::OkStatus();
    return LookForMoves(tx, tenant, ledger_, *catalogue, wanted, now, answer.explanation);
  }));
  return answer;
}

}  // namespace stillpoint::booking::app

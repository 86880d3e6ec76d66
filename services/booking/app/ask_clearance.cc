#include "services/booking/app/ask_clearance.h"

#include <map>
#include <vector>

#include "absl/strings/str_join.h"
#include "common/error/error.h"
#include "services/booking/domain/errors.h"

namespace stillpoint::booking::app {

absl::Status AskClearance(ports::Clearance& clearance, const Tenant& tenant,
                          const std::string& client, domain::Modality modality, absl::Time at,
                          bool must_be_cleared, Deadline deadline) {
  const auto answer = clearance.Get(tenant, client, modality, at, deadline);
  if (!answer.ok()) {
    if (answer.status().code() == absl::StatusCode::kNotFound) {
      return error::ReferenceUnknown("client");
    }
    return answer.status();
  }
  if (!must_be_cleared || answer->cleared) return absl::OkStatus();
  return error::NotCleared(answer->reason, answer->rule, answer->rule_version);
}

absl::Status WithAlternatives(const absl::Status& refusal, ports::Alternatives& alternatives,
                              const Tenant& tenant, const domain::SlotRequest& wanted,
                              Deadline deadline) {
  if (ReasonOf(refusal) != "SLOT_TAKEN") return refusal;
  const auto starts = alternatives.NearestStarts(tenant, wanted, kAlternatives, deadline);
  if (!starts.ok()) return refusal;
  std::map<std::string, std::string> facts = MetadataOf(refusal);
  const auto format = [](std::string* out, absl::Time start) {
    out->append(absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", start, absl::UTCTimeZone()));
  };
  return error::SlotTaken(facts["resource"], facts["resource_name"],
                          absl::StrJoin(*starts, ",", format));
}

}  // namespace stillpoint::booking::app

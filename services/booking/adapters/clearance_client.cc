#include "services/booking/adapters/clearance_client.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/rpc/status.h"
#include "services/booking/domain/errors.h"

namespace stillpoint::booking::adapters {
namespace {

namespace pb = ::stillpoint::client_record::v1;

// The reason that a blocking finding gives. A question without an answer is not a "no".
std::string ReasonFor(const pb::Finding& finding) {
  if (!finding.reason().empty()) return finding.reason();
  switch (finding.tier()) {
    case pb::Finding::TIER_ABSOLUTE:
      return "CONTRAINDICATION_ABSOLUTE";
    case pb::Finding::TIER_DEFER:
      return "CONTRAINDICATION_DEFERRED";
    default:
      return "CLEARANCE_REQUIRED";
  }
}

ports::ClearanceAnswer AnswerOf(const pb::Clearance& clearance) {
  ports::ClearanceAnswer answer;
  answer.cleared = clearance.decision() == pb::Clearance::DECISION_CLEARED;
  if (answer.cleared) return answer;
  // Tiers are numbered from the gravest on.
  const pb::Finding* worst = nullptr;
  for (const pb::Finding& finding : clearance.findings()) {
    if (!finding.blocking()) continue;
    if (worst == nullptr || finding.tier() < worst->tier()) worst = &finding;
  }
  if (worst == nullptr) {
    answer.reason = "INTAKE_REQUIRED";
    return answer;
  }
  answer.reason = ReasonFor(*worst);
  answer.rule = worst->rule();
  answer.rule_version = absl::StrCat(worst->rule_version());
  return answer;
}

}  // namespace

ClearanceClient::ClearanceClient(rpc::Peer peer, Metrics& metrics)
    : peer_(std::move(peer)),
      metrics_(metrics),
      stub_(pb::ScreeningService::NewStub(peer_.channel())) {}

absl::StatusOr<ports::ClearanceAnswer> ClearanceClient::Get(const Tenant& tenant,
                                                            const std::string& client,
                                                            domain::Modality modality,
                                                            absl::Time at, Deadline deadline) {
  pb::GetClearanceRequest request;
  request.set_client(absl::StrCat("organizations/", tenant.organization(), "/clients/", client));
  request.set_modality(static_cast<type::v1::Modality>(modality));  // Same numbers by contract.
  *request.mutable_at_time() = rpc::ToProto(at);
  pb::GetClearanceResponse response;
  const Deadline whole = deadline.AtMost(kWaitMax);
  const absl::Status status =
      peer_.Call(whole, request, &response, [&](auto* context, const auto& in, auto* out) {
        return stub_->GetClearance(context, in, out);
      });
  metrics_.RecordDependency("client_record", status.code(), kWaitMax - whole.Remaining());
  if (status.ok()) return AnswerOf(response.clearance());
  if (status.code() == absl::StatusCode::kNotFound) return status;
  // Whatever else went wrong there, nothing was cleared.
  return error::ClearanceUnavailable();
}

absl::StatusOr<ports::ClearanceAnswer> NoClearance::Get(const Tenant&, const std::string&,
                                                        domain::Modality, absl::Time, Deadline) {
  return error::ClearanceUnavailable();
}

}  // namespace stillpoint::booking::adapters

// The part of CatalogService about policies.
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "absl/strings/str_format.h"
#include "common/base/status_macros.h"
#include "common/rpc/status.h"
#include "services/booking/domain/errors.h"
#include "services/booking/edge/catalog_proto.h"
#include "services/booking/edge/catalog_service.h"
#include "services/booking/edge/names.h"
#include "services/booking/edge/paging.h"
#include "services/booking/edge/reply.h"

namespace stillpoint::booking::edge {
namespace {

// Whose policy it is; an empty clinic: the organization's own.
struct Owner {
  std::string organization;
  std::string clinic;
};

absl::StatusOr<Owner> ReadOwner(const std::string& parent) {
  Owner owner;
  if (MatchName(parent, kClinicPattern, {&owner.organization, &owner.clinic})) return owner;
  RETURN_IF_ERROR(ReadName(parent, kOrganizationPattern, "parent", {&owner.organization}));
  return owner;
}

// nullopt: not said.
absl::StatusOr<std::optional<absl::Time>> ReadTimeIf(bool is_set,
                                                     const google::protobuf::Timestamp& time,
                                                     absl::string_view field) {
  if (!is_set) return std::nullopt;
  ASSIGN_OR_RETURN(const absl::Time read, rpc::ReadTime(&time, field));
  return read;
}

absl::StatusOr<domain::BufferPolicy> ReadBuffers(const pb::BookingPolicy& policy) {
  if (!pb::BufferPolicy_IsValid(policy.buffer_policy())) {
    return InvalidField("booking_policy.buffer_policy", "unknown");
  }
  if (policy.buffer_policy() == pb::BUFFER_POLICY_UNSPECIFIED) return domain::BufferPolicy::kSum;
  return static_cast<domain::BufferPolicy>(policy.buffer_policy());
}

domain::LeadTime FromProto(const pb::LeadTime& lead) {
  return {.minutes = lead.minutes(), .day_before_minute = lead.day_before_minute()};
}

}  // namespace

grpc::ServerUnaryReactor* CatalogServiceImpl::SetBookingPolicy(
    grpc::CallbackServerContext* context, const pb::SetBookingPolicyRequest* request,
    pb::SetBookingPolicyResponse* response) {
  return rpc::Unary(
      edge_, context, "CatalogService.SetBookingPolicy",
      [this, request, response](const rpc::CallInfo& info) -> absl::Status {
        ASSIGN_OR_RETURN(const Owner owner, ReadOwner(request->parent()));
        ASSIGN_OR_RETURN(const app::Call call, CallOf(info, *request, owner.organization));
        const pb::BookingPolicy& from = request->booking_policy();
        ASSIGN_OR_RETURN(const std::optional<absl::Time> effective,
                         ReadTimeIf(from.has_effective_time(), from.effective_time(),
                                    "booking_policy.effective_time"));
        ASSIGN_OR_RETURN(const domain::BufferPolicy buffers, ReadBuffers(from));
        const domain::BookingPolicy policy{
            .clinic = owner.clinic,
            .withdrawn = from.withdrawn(),
            .notice = FromProto(from.notice()),
            .horizon_days = from.horizon_days(),
            .cancellation = FromProto(from.cancellation()),
            .change = FromProto(from.change()),
            .practitioner = {from.practitioner_visits_per_day(),
                             from.practitioner_minutes_per_day()},
            .client = {from.client_visits_per_day(), from.client_visits_per_week()},
            .first_visit_consultation = from.first_visit_consultation(),
            .meal_break = {from.meal_break().minutes(), from.meal_break().from_minute(),
                           from.meal_break().until_minute(), from.meal_break().shift_minutes()},
            .buffers = buffers};
        return rpc::Answer(
            policies_.Set(call, policy, effective, from.etag(),
                          EncodeIn(owner.organization,
                                   &pb::SetBookingPolicyResponse::mutable_booking_policy)),
            response);
      });
}

grpc::ServerUnaryReactor* CatalogServiceImpl::GetBookingPolicy(
    grpc::CallbackServerContext* context, const pb::GetBookingPolicyRequest* request,
    pb::GetBookingPolicyResponse* response) {
  return rpc::Unary(edge_, context, "CatalogService.GetBookingPolicy",
                    [this, request, response](const rpc::CallInfo& info) -> absl::Status {
                      ASSIGN_OR_RETURN(const Owner owner, ReadOwner(request->parent()));
                      ASSIGN_OR_RETURN(const Tenant tenant, info.TenantFor(owner.organization));
                      ASSIGN_OR_RETURN(const std::optional<absl::Time> time,
                                       ReadTimeIf(request->has_time(), request->time(), "time"));
                      ASSIGN_OR_RETURN(const domain::BookingPolicy policy,
                                       read_.PolicyAt(tenant, owner.clinic, time, info.deadline));
                      ToProto(owner.organization, policy, response->mutable_booking_policy());
                      return absl::OkStatus();
                    });
}

grpc::ServerUnaryReactor* CatalogServiceImpl::ListBookingPolicies(
    grpc::CallbackServerContext* context, const pb::ListBookingPoliciesRequest* request,
    pb::ListBookingPoliciesResponse* response) {
  return rpc::Unary(edge_, context, "CatalogService.ListBookingPolicies",
                    [this, request, response](const rpc::CallInfo& info) -> absl::Status {
                      ASSIGN_OR_RETURN(const Owner owner, ReadOwner(request->parent()));
                      ASSIGN_OR_RETURN(const Tenant tenant, info.TenantFor(owner.organization));
                      ASSIGN_OR_RETURN(const std::shared_ptr<const domain::Catalogue> catalogue,
                                       read_.Run(tenant, info.deadline));
                      if (!owner.clinic.empty() && catalogue->FindClinic(owner.clinic) == nullptr) {
                        return error::NotFound();
                      }
                      ASSIGN_OR_RETURN(const Page page, ReadPage(tokens_, info, *request));
                      // As wide as kPolicyVersionsMax, so the order of keys is that of versions.
                      std::map<std::string, const domain::BookingPolicy*> by_version;
                      const auto known = catalogue->policies.find(owner.clinic);
                      if (known != catalogue->policies.end()) {
                        for (const domain::BookingPolicy& policy : known->second) {
                          by_version.emplace(absl::StrFormat("%04d", policy.version), &policy);
                        }
                      }
                      response->set_next_page_token(EmitPage(
                          tokens_, page, by_version, "", [&](const domain::BookingPolicy* policy) {
                            ToProto(owner.organization, *policy, response->add_booking_policies());
                          }));
                      return absl::OkStatus();
                    });
}

}  // namespace stillpoint::booking::edge

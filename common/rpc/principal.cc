#include "common/rpc/principal.h"

#include <algorithm>

#include "absl/strings/strip.h"
#include "common/base/resource_name.h"

namespace stillpoint::rpc {
namespace {

constexpr RoleTraits kRoles[] = {
    {"operator", Role::kOperator, true},     {"owner", Role::kOwner, false},
    {"front_desk", Role::kFrontDesk, false}, {"practitioner", Role::kPractitioner, false},
    {"auditor", Role::kAuditor, false},      {"partner", Role::kPartner, false},
    {"service", Role::kService, true},       {"worker", Role::kWorker, true},
    {"manager", Role::kManager, false},      {"client_proxy", Role::kClientProxy, false},
};
static_assert(std::size(kRoles) == kRoleCount);

}  // namespace

absl::Span<const RoleTraits> AllRoles() { return kRoles; }

const RoleTraits* FindRole(absl::string_view name) {
  for (const RoleTraits& role : kRoles) {
    if (name == role.name) return &role;
  }
  return nullptr;
}

std::string Principal::practitioner() const {
  std::string of, id;
  if (!MatchName(subject, "organizations/{}/practitioners/{}", {&of, &id}) || of != organization) {
    return "";
  }
  return id;
}

bool Principal::MayUse(absl::string_view method) const {
  return methods.empty() ||
         std::any_of(methods.begin(), methods.end(), [&](const std::string& allowed) {
           absl::string_view rest = method;
           return absl::ConsumePrefix(&rest, allowed) && (rest.empty() || rest.front() == '.');
         });
}

}  // namespace stillpoint::rpc

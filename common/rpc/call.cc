#include "common/rpc/call.h"

#include "common/base/ids.h"
#include "common/error/error.h"

namespace stillpoint::rpc {
namespace {

// Whether the caller has what `scope` is measured by. Without it a call would reach either nothing
// or, by a mistake of ours, everything.
bool IsMeasurable(Scope scope, const Principal& principal) {
  switch (scope) {
    case Scope::kNone:
      return false;
    case Scope::kOrganization:
    case Scope::kOwnClinics:
      return true;
    case Scope::kOwnClients:
    case Scope::kOwnNotes:
      return !principal.practitioner().empty();
    case Scope::kOwn:
      return principal.role == Role::kClientProxy ? !principal.client.empty()
                                                  : !principal.practitioner().empty();
  }
  return false;
}

}  // namespace

absl::StatusOr<Tenant> CallInfo::TenantFor(absl::string_view organization) const {
  const bool every = principal.organization.empty();
  if (!IsValidId(organization) || (!every && principal.organization != organization)) {
    return NotFound();
  }
  return Tenant(std::string(organization));
}

Reach CallInfo::reach() const {
  Reach reach;
  if (scope == Scope::kOwnClinics) reach.clinics = principal.clinics;
  if (scope == Scope::kOwnClients || scope == Scope::kOwnNotes || scope == Scope::kOwn) {
    if (principal.role == Role::kClientProxy) {
      reach.client = principal.client;
    } else {
      reach.practitioner = principal.practitioner();
    }
  }
  return reach;
}

absl::StatusOr<Scope> Authorise(const Principal& principal, const MethodAccess& access,
                                absl::Time now) {
  const Scope scope = access.grants.For(principal.role);
  if (!IsMeasurable(scope, principal)) {
    return Error(absl::StatusCode::kPermissionDenied, "ROLE_NOT_ALLOWED",
                 "this caller's role may not call this method");
  }
  if (!principal.MayUse(access.method)) {
    return Error(absl::StatusCode::kPermissionDenied, "METHOD_NOT_ALLOWED",
                 "this caller's credential is limited to other methods");
  }
  if (access.login == Login::kFresh && principal.authenticated < now - kFreshFor) {
    return Error(absl::StatusCode::kUnauthenticated, "LOGIN_STALE",
                 "log in again: this method demands a login of the last 15 minutes");
  }
  return scope;
}

absl::Status NotFound() {
  return Error(absl::StatusCode::kNotFound, "NOT_FOUND", "there is no such resource");
}

}  // namespace stillpoint::rpc

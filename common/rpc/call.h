// Who calls, for whom, and until when.
#ifndef STILLPOINT_COMMON_RPC_CALL_H_
#define STILLPOINT_COMMON_RPC_CALL_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/base/clock.h"
#include "common/base/reach.h"
#include "common/base/tenant.h"
#include "common/rpc/access.h"
#include "common/rpc/principal.h"

namespace stillpoint::rpc {

struct CallInfo {
  Principal principal;
  Deadline deadline;
  std::string method;  // "BookingService.CreateBooking"
  // What the access table grants this caller on this method; never kNone in a call that was opened.
  Scope scope = Scope::kOrganization;

  // The tenant of a request that names `organization`. NotFound NOT_FOUND when the principal
  // belongs to another: forbidden and missing look the same.
  absl::StatusOr<Tenant> TenantFor(absl::string_view organization) const;

  // How much of that tenant this call may touch. Every handler hands it to its use case.
  Reach reach() const;
};

// PermissionDenied: ROLE_NOT_ALLOWED, when the role may not call the method or the caller lacks
// what its scope is measured by (a practitioner who is none by name); METHOD_NOT_ALLOWED, when the
// credential is limited to other methods. Unauthenticated LOGIN_STALE: the method demands a fresh
// proof of who is there, judged at `now`.
absl::StatusOr<Scope> Authorise(const Principal& principal, const MethodAccess& access,
                                absl::Time now);

// The one answer for what does not exist and for what belongs to others. Has no metadata: the
// caller knows what it asked for.
absl::Status NotFound();

}  // namespace stillpoint::rpc

#endif  // STILLPOINT_COMMON_RPC_CALL_H_

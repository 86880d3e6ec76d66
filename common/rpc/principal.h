// Who calls: the one type into which keys, tokens and certificates are turned.
#ifndef STILLPOINT_COMMON_RPC_PRINCIPAL_H_
#define STILLPOINT_COMMON_RPC_PRINCIPAL_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

namespace stillpoint::rpc {

// What a caller is. Bits, so that an access table can name several.
enum class Role : uint32_t {
  kOperator = 1 << 0,      // Runs the platform: creates organizations. Every organization.
  kOwner = 1 << 1,         // Owns one organization: catalogue, staff, everything below.
  kFrontDesk = 1 << 2,     // Books for clients, in all clinics or in some.
  kPractitioner = 1 << 3,  // Treats: own bookings, own clients, signs notes.
  kAuditor = 1 << 4,       // Reads, above all the audit log.
  kPartner = 1 << 5,       // Another clinic's or directory's system: searches and books online.
  kService = 1 << 6,       // Another Stillpoint service. Every organization.
  kWorker = 1 << 7,        // A notification worker. Every organization.
  kManager = 1 << 8,       // Runs clinics: their rooms, hours and people; all clinics or some.
  kClientProxy = 1 << 9,   // Speaks for one client: the client, a parent, their application.
};
inline constexpr int kRoleCount = 10;
using RoleSet = uint32_t;
constexpr RoleSet operator|(Role a, Role b) {
  return static_cast<RoleSet>(a) | static_cast<RoleSet>(b);
}
constexpr RoleSet operator|(RoleSet a, Role b) { return a | static_cast<RoleSet>(b); }
constexpr RoleSet Only(Role role) { return static_cast<RoleSet>(role); }

// A role as files, tokens and the API guide write it.
struct RoleTraits {
  const char* name;
  Role role;
  bool every_organization;  // Works for every one, so belongs to none.
};
// All of them, in the order of their bits.
absl::Span<const RoleTraits> AllRoles();
// Null: no role has that name.
const RoleTraits* FindRole(absl::string_view name);

struct Principal {
  std::string subject;  // "organizations/x/practitioners/y", "partners/z", "services/booking".
  Role role = Role::kPartner;
  std::string organization;  // Empty for operator, service and worker: they work for every one.
  // Ids of the clinics that a front desk or a manager is bound to; empty: every clinic.
  std::vector<std::string> clinics = {};
  // Id of the client that a client proxy speaks for.
  std::string client = {};
  // "BookingService" or "BookingService.GetBooking": this credential may call only these of what
  // its role may. Empty: no such limit.
  std::vector<std::string> methods = {};
  // When the person behind a token last proved who they are. Keys and certificates have no person:
  // they are as fresh as their guarding.
  absl::Time authenticated = absl::InfiniteFuture();

  // The id in a subject `organizations/{organization}/practitioners/{id}` of the own organization,
  // under which notes are signed. Empty: not a practitioner by name.
  std::string practitioner() const;
  // Whether `methods` lets this credential call "BookingService.GetBooking".
  bool MayUse(absl::string_view method) const;
};

}  // namespace stillpoint::rpc

#endif  // STILLPOINT_COMMON_RPC_PRINCIPAL_H_

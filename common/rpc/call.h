// Who calls, for whom, and until when.
#ifndef STILLPOINT_COMMON_RPC_CALL_H_
#define STILLPOINT_COMMON_RPC_CALL_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/base/clock.h"
#include "common/base/tenant.h"

namespace stillpoint::rpc {

// What a caller is. Bits, so that an access table can name several.
enum class Role : uint32_t {
  kOperator = 1 << 0,      // Runs the platform: creates organizations. Every organization.
  kOwner = 1 << 1,         // Owns one organization: catalogue, staff, everything below.
  kFrontDesk = 1 << 2,     // Books for clients of one organization.
  kPractitioner = 1 << 3,  // Treats: signs notes.
  kAuditor = 1 << 4,       // Reads, above all the audit log.
  kPartner = 1 << 5,       // Another clinic's or directory's system: searches and books online.
  kService = 1 << 6,       // Another Stillpoint service. Every organization.
  kWorker = 1 << 7,        // A notification worker. Every organization.
};
using RoleSet = uint32_t;
constexpr RoleSet operator|(Role a, Role b) {
  return static_cast<RoleSet>(a) | static_cast<RoleSet>(b);
}
constexpr RoleSet operator|(RoleSet a, Role b) { return a | static_cast<RoleSet>(b); }
constexpr RoleSet Only(Role role) { return static_cast<RoleSet>(role); }

struct Principal {
  std::string subject;  // "organizations/x/practitioners/y", "partners/z", "services/booking".
  Role role = Role::kPartner;
  std::string organization;  // Empty for operator, service and worker: they work for every one.
};

struct CallInfo {
  Principal principal;
  Deadline deadline;
  std::string method;  // "BookingService.CreateBooking"

  // The tenant of a request that names `organization`. NotFound NOT_FOUND when the principal
  // belongs to another: forbidden and missing look the same.
  absl::StatusOr<Tenant> TenantFor(absl::string_view organization) const;
};

// The one answer for what does not exist and for what belongs to others. Has no metadata: the
// caller knows what it asked for.
absl::Status NotFound();

// Which roles may call a method. A method without an entry stops the server from starting.
struct MethodAccess {
  absl::string_view method;  // "BookingService.CreateBooking"
  RoleSet roles;
};

// Callers known to a service: a JSON file (mode 0600) of
//   {"callers": [{"key_hash": HEX, "subject": S, "role": "front_desk", "organization": O}, ...]}
// where key_hash is crypto::Hash of the bearer key in hexadecimal; the key itself is never stored.
class Callers {
 public:
  // InvalidArgument BAD_CONFIG: unreadable, malformed, or others than its owner may read it.
  static absl::StatusOr<Callers> Load(const std::string& path);
  explicit Callers(std::vector<std::pair<std::string, Principal>> by_key_hash);
  // Unauthenticated CALLER_UNKNOWN. `authorization` is the metadata value: "Bearer KEY".
  absl::StatusOr<Principal> Find(absl::string_view authorization) const;

 private:
  std::vector<std::pair<std::string, Principal>> by_key_hash_;  // Sorted by hash.
};

}  // namespace stillpoint::rpc

#endif  // STILLPOINT_COMMON_RPC_CALL_H_

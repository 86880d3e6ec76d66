// The access table: which role may call which method, and for how much of its organization. One
// table per service (services/*/edge/access.*) is read by the server, by the tests and by the API
// guide. What it does not name is refused.
#ifndef STILLPOINT_COMMON_RPC_ACCESS_H_
#define STILLPOINT_COMMON_RPC_ACCESS_H_

#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/rpc/principal.h"

namespace stillpoint::rpc {

// For how much a role may call a method.
enum class Scope : uint8_t {
  kNone = 0,      // Not at all.
  kOrganization,  // All of the caller's organization; of every one, where the role has none.
  kOwnClinics,    // What is in the clinics that the caller is bound to; all if it is bound to none.
  kOwnClients,    // Records of clients whom the practitioner treats or treated, or that are shared.
  kOwnNotes,      // Likewise, and changes only notes that the practitioner wrote: NOT_AUTHOR.
  kOwn,           // A practitioner's own bookings and days; a client proxy's one client.
};

// What every role is granted on one method. A role has one scope per method: granting it twice
// aborts, at compile time where the table is constant.
class Grants {
 public:
  constexpr Grants() = default;
  // NOLINTNEXTLINE(google-explicit-constructor): a bare set of roles has all of the organization.
  constexpr Grants(RoleSet roles) : Grants(roles, Scope::kOrganization) {}
  constexpr Grants(RoleSet roles, Scope scope) {
    for (int i = 0; i < kRoleCount; ++i) {
      if ((roles >> i & 1) != 0) scopes_[i] = scope;
    }
  }

  constexpr Scope For(Role role) const {
    for (int i = 0; i < kRoleCount; ++i) {
      if (static_cast<RoleSet>(role) == RoleSet{1} << i) return scopes_[i];
    }
    return Scope::kNone;
  }

  friend constexpr Grants operator|(Grants a, const Grants& b) {
    for (int i = 0; i < kRoleCount; ++i) {
      if (b.scopes_[i] == Scope::kNone) continue;
      if (a.scopes_[i] != Scope::kNone) std::abort();
      a.scopes_[i] = b.scopes_[i];
    }
    return a;
  }

 private:
  std::array<Scope, kRoleCount> scopes_ = {};
};

constexpr Grants OwnClinics(RoleSet roles) { return {roles, Scope::kOwnClinics}; }
constexpr Grants OwnClients(RoleSet roles) { return {roles, Scope::kOwnClients}; }
constexpr Grants OwnNotes(RoleSet roles) { return {roles, Scope::kOwnNotes}; }
constexpr Grants Own(RoleSet roles) { return {roles, Scope::kOwn}; }

// How recently a person must have proven who they are. Sealing what can never be changed again is
// worth a second look at the face.
enum class Login : uint8_t { kAny, kFresh };
inline constexpr absl::Duration kFreshFor = absl::Minutes(15);  // A session's note is signed in it.

// A method without an entry stops the server from starting.
struct MethodAccess {
  absl::string_view method;  // "BookingService.CreateBooking"
  Grants grants;
  Login login = Login::kAny;
};

// The table as the API guide shows it (protos/access.md): in Markdown, one line per method, one
// column per role, "-" for not at all.
std::string AccessGuide(const std::vector<MethodAccess>& table);

}  // namespace stillpoint::rpc

#endif  // STILLPOINT_COMMON_RPC_ACCESS_H_

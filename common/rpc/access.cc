#include "common/rpc/access.h"

namespace stillpoint::rpc {

absl::string_view ScopeName(Scope scope) {
  switch (scope) {
    case Scope::kNone:
      return "none";
    case Scope::kOrganization:
      return "organization";
    case Scope::kOwnClinics:
      return "own clinics";
    case Scope::kOwnClients:
      return "own clients";
    case Scope::kOwnNotes:
      return "own notes";
    case Scope::kOwn:
      return "own";
  }
  std::abort();  // Not a value of the enumeration.
}

}  // namespace stillpoint::rpc

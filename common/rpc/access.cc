#include "common/rpc/access.h"

#include "absl/strings/str_cat.h"

namespace stillpoint::rpc {
namespace {

// Short, so that a line of ten columns can be read.
absl::string_view CellOf(Scope scope) {
  switch (scope) {
    case Scope::kNone:
      return "-";
    case Scope::kOrganization:
      return "all";
    case Scope::kOwnClinics:
      return "clinics";
    case Scope::kOwnClients:
      return "clients";
    case Scope::kOwnNotes:
      return "notes";
    case Scope::kOwn:
      return "own";
  }
  std::abort();  // Not a value of the enumeration.
}

}  // namespace

std::string AccessGuide(const std::vector<MethodAccess>& table) {
  std::string guide = "| method |", rule = "|---|";
  for (const RoleTraits& role : AllRoles()) {
    absl::StrAppend(&guide, " ", role.name, " |");
    absl::StrAppend(&rule, "---|");
  }
  absl::StrAppend(&guide, "\n", rule, "\n");
  for (const MethodAccess& method : table) {
    absl::StrAppend(&guide, "| ", method.method, method.login == Login::kFresh ? " *" : "", " |");
    for (const RoleTraits& role : AllRoles()) {
      absl::StrAppend(&guide, " ", CellOf(method.grants.For(role.role)), " |");
    }
    absl::StrAppend(&guide, "\n");
  }
  return guide;
}

}  // namespace stillpoint::rpc

#include "common/rpc/call.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/ids.h"
#include "common/base/status_macros.h"
#include "common/crypto/keys.h"
#include "common/error/error.h"
#include "common/rpc/private_file.h"

namespace stillpoint::rpc {
namespace {

constexpr size_t kHashBytes = 32;

struct RoleName {
  const char* name;
  Role role;
  bool every_organization;
};
constexpr RoleName kRoles[] = {
    {"operator", Role::kOperator, true},     {"owner", Role::kOwner, false},
    {"front_desk", Role::kFrontDesk, false}, {"practitioner", Role::kPractitioner, false},
    {"auditor", Role::kAuditor, false},      {"partner", Role::kPartner, false},
    {"service", Role::kService, true},       {"worker", Role::kWorker, true},
};

const RoleName* FindRole(const std::string& name) {
  for (const RoleName& role : kRoles) {
    if (name == role.name) return &role;
  }
  return nullptr;
}

absl::Status BadCallers(absl::string_view path, int index, absl::string_view why) {
  return Error(absl::StatusCode::kInvalidArgument, "BAD_CONFIG",
               absl::StrCat(path, ": caller ", index, ": ", why));
}

// The member `name` of `entry` as text; nullopt if it is there but not text; empty if it is
// missing.
std::optional<std::string> TextOf(const nlohmann::json& entry, const char* name) {
  const auto found = entry.find(name);
  if (found == entry.end()) return "";
  if (!found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

absl::StatusOr<std::pair<std::string, Principal>> ReadCaller(const nlohmann::json& entry,
                                                             absl::string_view path, int index) {
  if (!entry.is_object()) return BadCallers(path, index, "is not an object");
  for (const auto& member : entry.items()) {
    const std::string& key = member.key();
    if (key != "key_hash" && key != "subject" && key != "role" && key != "organization") {
      return BadCallers(path, index, absl::StrCat("unknown member ", key));
    }
  }
  const auto hash = TextOf(entry, "key_hash");
  const auto subject = TextOf(entry, "subject");
  const auto role_name = TextOf(entry, "role");
  const auto organization = TextOf(entry, "organization");
  if (!hash || !subject || !role_name || !organization) {
    return BadCallers(path, index, "every member is a string");
  }
  if (hash->size() != 2 * kHashBytes ||
      !std::all_of(hash->begin(), hash->end(), absl::ascii_isxdigit)) {
    return BadCallers(path, index, "key_hash is not 64 hexadecimal digits");
  }
  if (subject->empty()) return BadCallers(path, index, "subject is missing");
  const RoleName* role = FindRole(*role_name);
  if (role == nullptr) return BadCallers(path, index, "role is not one of those known");
  if (role->every_organization != organization->empty()) {
    return BadCallers(path, index,
                      role->every_organization ? "this role works for every organization, name none"
                                               : "organization is missing");
  }
  if (!organization->empty() && !IsValidId(*organization)) {
    return BadCallers(path, index, "organization is not a valid id");
  }
  return std::make_pair(absl::HexStringToBytes(*hash),
                        Principal{*subject, role->role, *organization});
}

absl::Status CallerUnknown() {
  return Error(absl::StatusCode::kUnauthenticated, "CALLER_UNKNOWN",
               "send `authorization: Bearer KEY` with a key this service knows");
}

}  // namespace

absl::StatusOr<Tenant> CallInfo::TenantFor(absl::string_view organization) const {
  const bool every = principal.organization.empty();
  if (!IsValidId(organization) || (!every && principal.organization != organization)) {
    return NotFound();
  }
  return Tenant(std::string(organization));
}

absl::Status NotFound() {
  return Error(absl::StatusCode::kNotFound, "NOT_FOUND", "there is no such resource");
}

absl::StatusOr<Callers> Callers::Load(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, ReadPrivateFile(path));
  const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || json.size() != 1 || !json.contains("callers") ||
      !json["callers"].is_array()) {
    return Error(absl::StatusCode::kInvalidArgument, "BAD_CONFIG",
                 absl::StrCat(path, R"(: is not a JSON object {"callers": [...]})"));
  }
  std::vector<std::pair<std::string, Principal>> callers;
  for (const auto& entry : json["callers"]) {
    const int index = static_cast<int>(callers.size());
    ASSIGN_OR_RETURN(auto caller, ReadCaller(entry, path, index));
    for (const auto& [hash, unused] : callers) {
      if (hash == caller.first) return BadCallers(path, index, "key_hash is also another caller's");
    }
    callers.push_back(std::move(caller));
  }
  return Callers(std::move(callers));
}

Callers::Callers(std::vector<std::pair<std::string, Principal>> by_key_hash)
    : by_key_hash_(std::move(by_key_hash)) {
  std::sort(by_key_hash_.begin(), by_key_hash_.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
}

absl::StatusOr<Principal> Callers::Find(absl::string_view authorization) const {
  // The scheme is case-insensitive (RFC 9110).
  constexpr absl::string_view kScheme = "bearer ";
  if (!absl::StartsWithIgnoreCase(authorization, kScheme)) return CallerUnknown();
  authorization.remove_prefix(kScheme.size());
  // Only hashes are compared. How long the search takes may tell how a hash begins, from which
  // nobody gets any nearer to a key; the comparison that decides takes the same time for every
  // input.
  const std::string hash = crypto::Hash(authorization);
  const auto found =
      std::lower_bound(by_key_hash_.begin(), by_key_hash_.end(), hash,
                       [](const auto& caller, const std::string& h) { return caller.first < h; });
  if (found == by_key_hash_.end() || !crypto::SameBytes(found->first, hash)) return CallerUnknown();
  return found->second;
}

}  // namespace stillpoint::rpc

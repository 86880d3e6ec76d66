#include "common/rpc/token_claims.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/base/ids.h"
#include "common/base/status_macros.h"
#include "common/rpc/jwks.h"

namespace stillpoint::rpc {
namespace {

constexpr size_t kSubjectBytesMax = 200;
constexpr absl::string_view kScopePrefix = "stillpoint:";

absl::Status Not(absl::string_view why) { return absl::InvalidArgumentError(why); }

// A part of the token as a JSON object in which no name occurs twice, at any depth: readers differ
// in which of two they believe.
absl::StatusOr<nlohmann::json> ReadObject(absl::string_view part) {
  std::string text;
  if (!FromBase64Url(part, &text)) return Not("not base64url");
  bool twice = false;
  std::vector<std::set<std::string>> names;
  const auto watch = [&](int, nlohmann::json::parse_event_t event, nlohmann::json& value) {
    using Event = nlohmann::json::parse_event_t;
    if (event == Event::object_start) names.emplace_back();
    if (event == Event::object_end) names.pop_back();
    if (event == Event::key) twice |= !names.back().insert(value.get<std::string>()).second;
    return true;
  };
  nlohmann::json json = nlohmann::json::parse(text, watch, /*allow_exceptions=*/false);
  if (!json.is_object()) return Not("not a JSON object");
  if (twice) return Not("a name twice");
  return json;
}

// Missing: empty. Something else than a text: nullopt.
std::optional<std::string> TextOf(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end()) return "";
  if (!found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

// Missing: `otherwise`. Not a number of seconds that a time can have: nullopt.
std::optional<absl::Time> TimeOf(const nlohmann::json& object, const char* name,
                                 absl::Time otherwise) {
  constexpr double kSecondsMax = 4e9;  // In 2096.
  const auto found = object.find(name);
  if (found == object.end()) return otherwise;
  if (!found->is_number()) return std::nullopt;
  const double seconds = found->get<double>();
  if (!(seconds >= 0 && seconds <= kSecondsMax)) return std::nullopt;
  return absl::UnixEpoch() + absl::Seconds(seconds);
}

bool IsFor(const nlohmann::json& claims, const std::string& audience) {
  const auto found = claims.find("aud");
  if (found == claims.end()) return false;
  if (!found->is_array()) return *found == audience;
  return std::any_of(found->begin(), found->end(),
                     [&](const nlohmann::json& one) { return one == audience; });
}

absl::Status ReadHeader(absl::string_view part, TokenClaims& out) {
  ASSIGN_OR_RETURN(const nlohmann::json header, ReadObject(part));
  const auto algorithm = TextOf(header, "alg"), type = TextOf(header, "typ"),
             kid = TextOf(header, "kid");
  if (!algorithm || (*algorithm != "RS256" && *algorithm != "ES256")) return Not("alg");
  if (!type || (!absl::EqualsIgnoreCase(*type, "at+jwt") &&
                !absl::EqualsIgnoreCase(*type, "application/at+jwt"))) {
    return Not("typ");
  }
  if (!kid || kid->empty()) return Not("kid");
  if (header.contains("crit")) return Not("crit");
  out.algorithm = *algorithm;
  out.kid = *kid;
  return absl::OkStatus();
}

absl::Status ReadTimes(const nlohmann::json& claims, absl::Time now, TokenClaims& out) {
  const auto expires = TimeOf(claims, "exp", absl::InfinitePast());
  const auto begins = TimeOf(claims, "nbf", absl::InfinitePast());
  const auto login = TimeOf(claims, "auth_time", absl::InfinitePast());
  if (!expires || *expires + Tokens::kClockSkew <= now) return Not("exp");
  if (*expires > now + Tokens::kLifetimeMax + Tokens::kClockSkew) return Not("lives too long");
  if (!begins || *begins - Tokens::kClockSkew > now) return Not("nbf");
  if (!login || *login - Tokens::kClockSkew > now) return Not("auth_time");
  out.expires = *expires + Tokens::kClockSkew;
  out.principal.authenticated = *login;
  return absl::OkStatus();
}

absl::Status ReadSubject(const nlohmann::json& claims, Principal& out) {
  const auto subject = TextOf(claims, "sub"), practitioner = TextOf(claims, "practitioner");
  if (!subject || subject->empty() || subject->size() > kSubjectBytesMax ||
      !std::all_of(subject->begin(), subject->end(),
                   [](char c) { return absl::ascii_isgraph(static_cast<unsigned char>(c)); })) {
    return Not("sub");
  }
  out.subject = *subject;
  if (!practitioner) return Not("practitioner");
  if (!practitioner->empty()) {
    if (out.role != Role::kPractitioner || !IsValidId(*practitioner)) return Not("practitioner");
    out.subject =
        absl::StrCat("organizations/", out.organization, "/practitioners/", *practitioner);
  }
  return absl::OkStatus();
}

absl::Status ReadBounds(const nlohmann::json& claims, Principal& out) {
  const auto client = TextOf(claims, "client"), scope = TextOf(claims, "scope");
  const bool speaks_for = out.role == Role::kClientProxy;
  if (!client || (speaks_for ? !IsValidId(*client) : !client->empty())) return Not("client");
  out.client = *client;
  const auto clinics = claims.find("clinics");
  if (clinics != claims.end()) {
    // An empty list would mean every clinic; whoever wrote it may have meant none.
    const bool bindable = out.role == Role::kFrontDesk || out.role == Role::kManager;
    if (!bindable || !clinics->is_array() || clinics->empty()) return Not("clinics");
    for (const nlohmann::json& clinic : *clinics) {
      if (!clinic.is_string() || !IsValidId(clinic.get<std::string>())) return Not("clinics");
      out.clinics.push_back(clinic.get<std::string>());
    }
  }
  if (!scope) return Not("scope");
  for (absl::string_view word : absl::StrSplit(*scope, ' ', absl::SkipEmpty())) {
    if (absl::ConsumePrefix(&word, kScopePrefix)) out.methods.emplace_back(word);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<TokenClaims> ReadClaims(absl::string_view token, const Tokens::Options& options,
                                       absl::Time now) {
  if (token.size() > Tokens::kBytesMax) return Not("too long");
  const std::vector<absl::string_view> parts = absl::StrSplit(token, '.');
  if (parts.size() != 3) return Not("not three parts");
  TokenClaims out;
  out.signed_text = token.substr(0, parts[0].size() + 1 + parts[1].size());
  if (!FromBase64Url(parts[2], &out.signature)) return Not("not base64url");
  RETURN_IF_ERROR(ReadHeader(parts[0], out));
  ASSIGN_OR_RETURN(const nlohmann::json claims, ReadObject(parts[1]));
  if (TextOf(claims, "iss").value_or("") != options.issuer) return Not("iss");
  if (!IsFor(claims, options.audience)) return Not("aud");
  RETURN_IF_ERROR(ReadTimes(claims, now, out));
  const auto organization = TextOf(claims, "organization");
  if (!organization || !IsValidId(*organization)) return Not("organization");
  out.principal.organization = *organization;
  const RoleTraits* role = FindRole(TextOf(claims, "role").value_or(""));
  // Who works for every organization has a key or a certificate: no issuer of people makes one.
  if (role == nullptr || role->every_organization) return Not("role");
  out.principal.role = role->role;
  RETURN_IF_ERROR(ReadSubject(claims, out.principal));
  RETURN_IF_ERROR(ReadBounds(claims, out.principal));
  return out;
}

}  // namespace stillpoint::rpc

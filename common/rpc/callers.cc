#include "common/rpc/callers.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/ids.h"
#include "common/base/mutex.h"
#include "common/base/status_macros.h"
#include "common/crypto/keys.h"
#include "common/error/error.h"
#include "common/log/log.h"
#include "common/rpc/private_file.h"
#include "common/rpc/tokens.h"

namespace stillpoint::rpc {
namespace {

constexpr size_t kHashBytes = 32;
constexpr int kKeysOfSubjectMax = 2;  // The old one and its successor.
constexpr absl::Duration kLogUseEvery = absl::Hours(1);
constexpr size_t kHashShown = 8;  // Digits; enough to tell the keys of one file apart.

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

// Likewise as a list of texts, none of them empty.
std::optional<std::vector<std::string>> TextsOf(const nlohmann::json& entry, const char* name) {
  std::vector<std::string> texts;
  const auto found = entry.find(name);
  if (found == entry.end()) return texts;
  if (!found->is_array()) return std::nullopt;
  texts.reserve(found->size());
  for (const auto& text : *found) {
    if (!text.is_string() || text.get_ref<const std::string&>().empty()) return std::nullopt;
    texts.push_back(text.get<std::string>());
  }
  return texts;
}

bool IsMember(const std::string& name) {
  static constexpr const char* kMembers[] = {"key_hash", "subject", "role",    "organization",
                                             "clinics",  "client",  "methods", "not_after"};
  return std::any_of(std::begin(kMembers), std::end(kMembers),
                     [&](const char* member) { return name == member; });
}

// What is wrong with the combination; empty: nothing.
absl::string_view Fault(const RoleTraits& role, const Principal& principal) {
  const std::string& organization = principal.organization;
  if (role.every_organization != organization.empty()) {
    return role.every_organization ? "this role works for every organization, name none"
                                   : "organization is missing";
  }
  if (!organization.empty() && !IsValidId(organization)) return "organization is not a valid id";
  const bool in_clinics = role.role == Role::kFrontDesk || role.role == Role::kManager;
  if (!in_clinics && !principal.clinics.empty()) return "this role is not bound to clinics";
  if (!std::all_of(principal.clinics.begin(), principal.clinics.end(), IsValidId)) {
    return "clinics has something that is not a valid id";
  }
  if ((role.role == Role::kClientProxy) != !principal.client.empty()) {
    return "a client proxy, and nobody else, has a client";
  }
  if (!principal.client.empty() && !IsValidId(principal.client)) return "client is not a valid id";
  return "";
}

absl::StatusOr<Callers::Known> ReadCaller(const nlohmann::json& entry, absl::string_view path,
                                          int index) {
  if (!entry.is_object()) return BadCallers(path, index, "is not an object");
  for (const auto& member : entry.items()) {
    if (!IsMember(member.key())) {
      return BadCallers(path, index, absl::StrCat("unknown member ", member.key()));
    }
  }
  const auto hash = TextOf(entry, "key_hash");
  const auto subject = TextOf(entry, "subject");
  const auto role_name = TextOf(entry, "role");
  const auto organization = TextOf(entry, "organization");
  const auto client = TextOf(entry, "client");
  const auto not_after = TextOf(entry, "not_after");
  const auto clinics = TextsOf(entry, "clinics");
  const auto methods = TextsOf(entry, "methods");
  if (!hash || !subject || !role_name || !organization || !client || !not_after || !clinics ||
      !methods) {
    return BadCallers(path, index, "every member is a string, clinics and methods are lists");
  }
  if (hash->size() != 2 * kHashBytes ||
      !std::all_of(hash->begin(), hash->end(), absl::ascii_isxdigit)) {
    return BadCallers(path, index, "key_hash is not 64 hexadecimal digits");
  }
  if (subject->empty()) return BadCallers(path, index, "subject is missing");
  const RoleTraits* role = FindRole(*role_name);
  if (role == nullptr) return BadCallers(path, index, "role is not one of those known");
  Callers::Known known;
  known.key_hash = absl::HexStringToBytes(*hash);
  known.principal = {.subject = *subject,
                     .role = role->role,
                     .organization = *organization,
                     .clinics = *clinics,
                     .client = *client,
                     .methods = *methods};
  const absl::string_view fault = Fault(*role, known.principal);
  if (!fault.empty()) return BadCallers(path, index, fault);
  std::string unused;
  if (!not_after->empty() &&
      !absl::ParseTime(absl::RFC3339_full, *not_after, &known.not_after, &unused)) {
    return BadCallers(path, index, "not_after is not a time like 2027-01-31T00:00:00Z");
  }
  return known;
}

absl::StatusOr<std::vector<Callers::Known>> ParseCallers(const std::string& text,
                                                         absl::string_view path) {
  const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || json.size() != 1 || !json.contains("callers") ||
      !json["callers"].is_array()) {
    return Error(absl::StatusCode::kInvalidArgument, "BAD_CONFIG",
                 absl::StrCat(path, R"(: is not a JSON object {"callers": [...]})"));
  }
  std::vector<Callers::Known> callers;
  callers.reserve(json["callers"].size());
  std::map<std::string, int> keys_of_subject;
  for (const auto& entry : json["callers"]) {
    const int index = static_cast<int>(callers.size());
    ASSIGN_OR_RETURN(Callers::Known caller, ReadCaller(entry, path, index));
    for (const Callers::Known& other : callers) {
      if (other.key_hash == caller.key_hash) {
        return BadCallers(path, index, "key_hash is also another caller's");
      }
    }
    if (++keys_of_subject[caller.principal.subject] > kKeysOfSubjectMax) {
      return BadCallers(path, index, "its subject has two keys already");
    }
    callers.push_back(std::move(caller));
  }
  return callers;
}

// What the file said at one time.
struct Table {
  explicit Table(std::vector<Callers::Known> k)
      : known(std::move(k)), logged_us(new std::atomic<int64_t>[known.size()]) {
    std::sort(known.begin(), known.end(), [](const Callers::Known& a, const Callers::Known& b) {
      return a.key_hash < b.key_hash;
    });
    for (size_t i = 0; i < known.size(); ++i) logged_us[i] = 0;
  }

  std::vector<Callers::Known> known;                        // Sorted by hash.
  const std::unique_ptr<std::atomic<int64_t>[]> logged_us;  // When each was last logged.
};

}  // namespace

struct Callers::Impl {
  // Looks at the file, unless that was done less than kRefresh ago. Of calls at the same moment one
  // does, and none waits for it.
  std::shared_ptr<const Table> Current(absl::Time now);

  std::string path;                // Empty: there is no file.
  std::unique_ptr<Tokens> tokens;  // Null: none are taken.
  Mutex mutex;
  absl::Time looked ABSL_GUARDED_BY(mutex);
  std::string text ABSL_GUARDED_BY(mutex);  // Of the file, as it was parsed.
  std::shared_ptr<const Table> table ABSL_GUARDED_BY(mutex);
};

std::shared_ptr<const Table> Callers::Impl::Current(absl::Time now) {
  {
    MutexLock lock(mutex);
    if (path.empty() || now - looked < kRefresh) return table;
    looked = now;
  }
  absl::StatusOr<std::string> read = ReadPrivateFile(path);
  absl::StatusOr<std::vector<Known>> known =
      read.ok() ? ParseCallers(*read, path) : absl::StatusOr<std::vector<Known>>(read.status());
  if (!known.ok()) log::Warning("callers_unreadable", {{"why", known.status().message()}});
  MutexLock lock(mutex);
  if (known.ok() && *read != text) {
    log::Info("callers_read", {{"keys", static_cast<int64_t>(known->size())}});
    text = *std::move(read);
    table = std::make_shared<const Table>(*std::move(known));
  }
  return table;
}

absl::StatusOr<Callers> Callers::Load(const std::string& path, absl::Time now) {
  ASSIGN_OR_RETURN(std::string text, ReadPrivateFile(path));
  ASSIGN_OR_RETURN(std::vector<Known> known, ParseCallers(text, path));
  Callers callers(std::move(known));
  MutexLock lock(callers.impl_->mutex);
  callers.impl_->path = path;
  callers.impl_->text = std::move(text);
  callers.impl_->looked = now;
  return callers;
}

Callers::Callers(std::vector<Known> known) : impl_(std::make_unique<Impl>()) {
  MutexLock lock(impl_->mutex);
  impl_->table = std::make_shared<const Table>(std::move(known));
}

Callers::~Callers() = default;
Callers::Callers(Callers&&) noexcept = default;

void Callers::Accept(std::unique_ptr<Tokens> tokens) { impl_->tokens = std::move(tokens); }

absl::StatusOr<Principal> Callers::Find(absl::string_view authorization, absl::Time now) const {
  // Only hashes are compared. How long the search takes may tell how a hash begins, from which
  // nobody gets any nearer to a key; the comparison that decides takes the same time for every
  // input.
  const absl::string_view bearer = BearerOf(authorization);
  const std::string hash = crypto::Hash(bearer);
  const std::shared_ptr<const Table> table = impl_->Current(now);
  const auto found =
      std::lower_bound(table->known.begin(), table->known.end(), hash,
                       [](const Known& known, const std::string& h) { return known.key_hash < h; });
  if (found == table->known.end() || !crypto::SameBytes(found->key_hash, hash) ||
      now >= found->not_after) {
    if (impl_->tokens != nullptr && absl::StrContains(bearer, '.')) {
      return impl_->tokens->Verify(bearer, now);
    }
    return CallerUnknown();
  }
  std::atomic<int64_t>& logged = table->logged_us[found - table->known.begin()];
  int64_t before = logged.load(std::memory_order_relaxed);
  const int64_t now_us = absl::ToUnixMicros(now);
  // Of callers at the same moment one logs.
  if (now_us - before >= absl::ToInt64Microseconds(kLogUseEvery) &&
      logged.compare_exchange_strong(before, now_us, std::memory_order_relaxed)) {
    log::Info("key_used", {{"key", absl::BytesToHexString(hash).substr(0, kHashShown)}});
  }
  return found->principal;
}

absl::string_view BearerOf(absl::string_view authorization) {
  constexpr absl::string_view kScheme = "bearer ";
  if (!absl::StartsWithIgnoreCase(authorization, kScheme)) return "";
  return authorization.substr(kScheme.size());
}

absl::Status CallerUnknown() {
  return Error(absl::StatusCode::kUnauthenticated, "CALLER_UNKNOWN",
               "send `authorization: Bearer KEY` with a key or a token that this service knows");
}

}  // namespace stillpoint::rpc

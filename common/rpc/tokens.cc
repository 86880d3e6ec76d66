#include "common/rpc/tokens.h"

#include <curl/curl.h>

#include <atomic>
#include <map>
#include <optional>
#include <thread>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/time/clock.h"
#include "common/base/mutex.h"
#include "common/base/status_macros.h"
#include "common/crypto/keys.h"
#include "common/error/error.h"
#include "common/log/log.h"
#include "common/rpc/callers.h"
#include "common/rpc/jwks.h"
#include "common/rpc/jwks_url.h"
#include "common/rpc/token_claims.h"

namespace stillpoint::rpc {
namespace {

absl::Status Refuse(absl::string_view why) {
  log::Info("token_refused", {{"why", why}});
  return CallerUnknown();
}

}  // namespace

using Keys = std::map<std::string, TokenKey>;

struct Tokens::Impl {
  struct Remembered {
    Principal principal;
    absl::Time expires;
  };
  using Memory = absl::flat_hash_map<std::string, Remembered>;

  explicit Impl(Options o) : options(std::move(o)) {}
  ~Impl();

  // Looks at the key file unless that was done less than kRefresh ago. A file that is broken leaves
  // the keys as they are.
  void LookAtFile(absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);
  // Asks the URL once. An issuer that is away, or whose answer is broken, leaves them likewise.
  void AskUrl();
  // Asks it every `refresh` until `stopping`.
  void FollowUrl();
  void Change(std::string new_text, Keys new_keys) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);
  void Remember(const std::string& id, const Remembered& token)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);

  const Options options;
  std::optional<JwksUrl> url;  // Empty: the keys are a file.
  std::atomic<int> looks{0};
  std::atomic<int> checks{0};
  std::atomic<bool> stopping{false};
  Mutex mutex;
  CondVar stop;                             // `stopping` was set.
  std::string text ABSL_GUARDED_BY(mutex);  // Of the keys, as it was parsed.
  Keys keys ABSL_GUARDED_BY(mutex);
  absl::Time looked ABSL_GUARDED_BY(mutex) = absl::InfinitePast();    // Of a file.
  absl::Time answered ABSL_GUARDED_BY(mutex) = absl::InfinitePast();  // By the URL, with keys.
  // Two halves: when the young one is full, it becomes the old one and what was old is forgotten.
  Memory young ABSL_GUARDED_BY(mutex), old ABSL_GUARDED_BY(mutex);
  std::thread follower;
};

Tokens::Impl::~Impl() {
  {
    MutexLock lock(mutex);
    stopping = true;
    stop.NotifyAll();
  }
  if (follower.joinable()) follower.join();
}

void Tokens::Impl::LookAtFile(absl::Time now) {
  if (now - looked < kRefresh) return;
  looked = now;
  ++looks;
  auto read = ReadJwksFile(options.keys);
  if (!read.ok() || *read == text) {
    if (!read.ok()) log::Warning("token_keys_unreadable", {});
    return;
  }
  auto parsed = ParseJwks(*read);
  if (!parsed.ok()) {
    log::Warning("token_keys_broken", {});
    return;
  }
  Change(*std::move(read), *std::move(parsed));
}

void Tokens::Impl::AskUrl() {
  auto read = FetchJwks(*url, stopping);
  auto parsed = read.ok() ? ParseJwks(*read) : absl::StatusOr<Keys>(read.status());
  const absl::Time now = absl::Now();  // The machine's clock, as in Edge::Open.
  MutexLock lock(mutex);
  if (!parsed.ok()) {
    log::Warning("token_keys_unreadable", {{"why", parsed.status().message()}});
    return;
  }
  answered = now;
  if (*read != text) Change(*std::move(read), *std::move(parsed));
}

void Tokens::Impl::FollowUrl() {
  mutex.Lock();
  while (!stopping) {
    const Deadline next = Deadline::After(options.refresh);
    while (!stopping && stop.Wait(mutex, next)) {
    }
    if (stopping) break;
    mutex.Unlock();
    ++looks;
    AskUrl();
    mutex.Lock();
  }
  mutex.Unlock();
}

void Tokens::Impl::Change(std::string new_text, Keys new_keys) {
  text = std::move(new_text);
  keys = std::move(new_keys);
  // A key that was taken away takes its tokens with it.
  young.clear();
  old.clear();
  log::Info("token_keys_read", {{"keys", static_cast<int64_t>(keys.size())}});
}

void Tokens::Impl::Remember(const std::string& id, const Remembered& token) {
  if (young.size() >= kRemembered / 2) {
    old = std::move(young);
    young.clear();
  }
  young[id] = token;
}

Tokens::Tokens(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Tokens::~Tokens() = default;

absl::StatusOr<std::unique_ptr<Tokens>> Tokens::Open(Options options, absl::Time now) {
  if (options.issuer.empty() || options.audience.empty() || options.keys.empty()) {
    return Error(absl::StatusCode::kInvalidArgument, "BAD_CONFIG",
                 "--token-issuer, --token-audience and --token-keys are given together");
  }
  auto impl = std::make_unique<Impl>(std::move(options));
  if (IsUrl(impl->options.keys)) {
    impl->url = JwksUrl{.url = impl->options.keys, .authorities = impl->options.keys_ca};
    curl_global_init(CURL_GLOBAL_DEFAULT);  // Counted by libcurl; done before there are threads.
    RETURN_IF_ERROR(CheckJwksUrl(*impl->url));
    impl->AskUrl();
    impl->follower = std::thread([i = impl.get()] { i->FollowUrl(); });
    return std::unique_ptr<Tokens>(new Tokens(std::move(impl)));
  }
  ASSIGN_OR_RETURN(std::string text, ReadJwksFile(impl->options.keys));
  ASSIGN_OR_RETURN(auto keys, ParseJwks(text));
  {
    MutexLock lock(impl->mutex);
    impl->text = std::move(text);
    impl->keys = std::move(keys);
    impl->looked = now;
  }
  return std::unique_ptr<Tokens>(new Tokens(std::move(impl)));
}

absl::StatusOr<Principal> Tokens::Verify(absl::string_view token, absl::Time now) {
  if (token.size() > kBytesMax) return Refuse("too long");
  const std::string id = crypto::Hash(token);
  {
    MutexLock lock(impl_->mutex);
    if (!impl_->url.has_value()) {
      impl_->LookAtFile(now);
    } else if (now - impl_->answered > kKeysAgeMax) {
      return Refuse("keys too old");
    }
    for (Impl::Memory* memory : {&impl_->young, &impl_->old}) {
      const auto found = memory->find(id);
      if (found == memory->end()) continue;
      if (found->second.expires <= now) return Refuse("exp");
      const Impl::Remembered known = found->second;
      if (memory == &impl_->old) impl_->Remember(id, known);
      return known.principal;
    }
  }
  const auto claims = ReadClaims(token, impl_->options, now);
  if (!claims.ok()) return Refuse(claims.status().message());
  TokenKey key;
  {
    MutexLock lock(impl_->mutex);
    const auto found = impl_->keys.find(claims->kid);
    if (found == impl_->keys.end()) return Refuse("kid unknown");
    key = found->second;
  }
  if (key.algorithm != claims->algorithm) return Refuse("alg is not the key's");
  ++impl_->checks;
  if (!IsSigned(key, claims->signed_text, claims->signature)) return Refuse("signature");
  MutexLock lock(impl_->mutex);
  // Not if the key went while we looked: it would be remembered beyond the key's end.
  const auto still = impl_->keys.find(claims->kid);
  if (still != impl_->keys.end() && still->second.key == key.key) {
    impl_->Remember(id, {claims->principal, claims->expires});
  }
  return claims->principal;
}

int Tokens::looks() const { return impl_->looks; }
int Tokens::checks() const { return impl_->checks; }

}  // namespace stillpoint::rpc

#include "common/crypto/keys.h"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/error/error.h"

namespace stillpoint::crypto {
namespace {

static_assert(Key::kBytes == crypto_generichash_KEYBYTES);
static_assert(Key::kBytes == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);
static_assert(Key::kBytes == crypto_sign_SEEDBYTES);

// BLAKE2b's personalisation of derived keys. Mac() uses none, so no MAC under a key, however the
// message was chosen, ever equals a key derived from it.
constexpr unsigned char kDerivePersonal[] = "stillpoint/key/1";
static_assert(sizeof(kDerivePersonal) - 1 == crypto_generichash_blake2b_PERSONALBYTES);

constexpr size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;

const unsigned char* Bytes(absl::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* MutableBytes(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

// Never quotes what the file holds: it may be the secret, mistyped.
absl::Status BadKeyFile(const std::string& path, absl::string_view why) {
  return Error(absl::StatusCode::kInvalidArgument, "BAD_CONFIG",
               absl::StrCat("the secret file ", path, " ", why));
}

}  // namespace

void EnsureSodium() {
  static const bool ready = sodium_init() >= 0;  // 1: somebody else initialised it.
  if (ready) return;
  std::fputs("libsodium cannot be initialised\n", stderr);
  std::abort();
}

Key Key::Random() {
  EnsureSodium();
  Key key;
  randombytes_buf(key.bytes_.data(), key.bytes_.size());
  return key;
}

absl::StatusOr<Key> Key::FromBytes(absl::string_view bytes) {
  if (bytes.size() != kBytes) {
    return Error(absl::StatusCode::kInvalidArgument, "BAD_KEY",
                 absl::StrCat("a key has ", kBytes, " bytes, not ", bytes.size()));
  }
  Key key;
  std::copy(bytes.begin(), bytes.end(), key.bytes_.begin());
  return key;
}

absl::StatusOr<Key> Key::FromFile(const std::string& path) {
  // O_NONBLOCK: a FIFO in place of the file must not stop the start for ever.
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return BadKeyFile(path, "cannot be opened");
  const auto closer = absl::MakeCleanup([fd] { close(fd); });
  struct stat info;
  if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) return BadKeyFile(path, "is not a file");
  // A secret that Kubernetes mounts for a non-root process is root's and readable by one group.
  const mode_t forbidden = info.st_uid == 0 && geteuid() != 0 ? 037 : 077;
  if ((info.st_mode & forbidden) != 0) {
    return BadKeyFile(path, "may be read by others than its owner: chmod 600");
  }
  char text[2 * kBytes + 2];  // One byte more than a key and its newline, to notice longer files.
  const auto wiper = absl::MakeCleanup([&text] { sodium_memzero(text, sizeof(text)); });
  const ssize_t got = read(fd, text, sizeof(text));
  if (got < 0) return BadKeyFile(path, "cannot be read");
  const absl::string_view digits =
      absl::StripTrailingAsciiWhitespace(absl::string_view(text, static_cast<size_t>(got)));
  Key key;
  size_t decoded = 0;
  if (digits.size() != 2 * kBytes ||
      sodium_hex2bin(key.bytes_.data(), kBytes, digits.data(), digits.size(), nullptr, &decoded,
                     nullptr) != 0 ||
      decoded != kBytes) {
    return BadKeyFile(path, "does not hold exactly 64 hexadecimal digits");
  }
  return key;
}

Key::~Key() { sodium_memzero(bytes_.data(), bytes_.size()); }

Key Key::Derive(absl::string_view purpose) const {
  EnsureSodium();
  Key derived;
  crypto_generichash_blake2b_salt_personal(derived.bytes_.data(), kBytes, Bytes(purpose),
                                           purpose.size(), bytes_.data(), kBytes, nullptr,
                                           kDerivePersonal);
  return derived;
}

std::string Mac(const Key& key, absl::string_view message) {
  EnsureSodium();
  std::string mac(crypto_generichash_BYTES, '\0');
  crypto_generichash(MutableBytes(mac), mac.size(), Bytes(message), message.size(),
                     Bytes(key.bytes()), Key::kBytes);
  return mac;
}

bool SameBytes(absl::string_view a, absl::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string Hash(absl::string_view message) {
  EnsureSodium();
  std::string hash(crypto_generichash_BYTES, '\0');
  crypto_generichash(MutableBytes(hash), hash.size(), Bytes(message), message.size(), nullptr, 0);
  return hash;
}

std::string Seal(const Key& key, absl::string_view plain, absl::string_view context) {
  EnsureSodium();
  std::string sealed(kNonceBytes + plain.size() + kTagBytes, '\0');
  unsigned char* const nonce = MutableBytes(sealed);
  randombytes_buf(nonce, kNonceBytes);
  crypto_aead_xchacha20poly1305_ietf_encrypt(nonce + kNonceBytes, nullptr, Bytes(plain),
                                             plain.size(), Bytes(context), context.size(), nullptr,
                                             nonce, Bytes(key.bytes()));
  return sealed;
}

absl::StatusOr<std::string> Open(const Key& key, absl::string_view sealed,
                                 absl::string_view context) {
  EnsureSodium();
  const auto broken = [] {
    return Error(absl::StatusCode::kDataLoss, "SEAL_BROKEN", "a sealed value does not open");
  };
  if (sealed.size() < kNonceBytes + kTagBytes) return broken();
  std::string plain(sealed.size() - kNonceBytes - kTagBytes, '\0');
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(
          MutableBytes(plain), nullptr, nullptr, Bytes(sealed) + kNonceBytes,
          sealed.size() - kNonceBytes, Bytes(context), context.size(), Bytes(sealed),
          Bytes(key.bytes())) != 0) {
    return broken();
  }
  return plain;
}

SigningKey::SigningKey(const Key& seed) : public_key_(crypto_sign_PUBLICKEYBYTES, '\0') {
  static_assert(sizeof(secret_) == crypto_sign_SECRETKEYBYTES);
  EnsureSodium();
  crypto_sign_seed_keypair(MutableBytes(public_key_), secret_.data(), Bytes(seed.bytes()));
}

SigningKey::~SigningKey() { sodium_memzero(secret_.data(), secret_.size()); }

std::string SigningKey::Sign(absl::string_view message) const {
  std::string signature(crypto_sign_BYTES, '\0');
  crypto_sign_detached(MutableBytes(signature), nullptr, Bytes(message), message.size(),
                       secret_.data());
  return signature;
}

bool Verify(absl::string_view public_key, absl::string_view message, absl::string_view signature) {
  EnsureSodium();
  return public_key.size() == crypto_sign_PUBLICKEYBYTES && signature.size() == crypto_sign_BYTES &&
         crypto_sign_verify_detached(Bytes(signature), Bytes(message), message.size(),
                                     Bytes(public_key)) == 0;
}

std::string Frame(std::initializer_list<absl::string_view> parts) {
  std::string framed;
  for (const absl::string_view part : parts) {
    const uint64_t size = part.size();
    for (int shift = 56; shift >= 0; shift -= 8) {
      framed.push_back(static_cast<char>((size >> shift) & 0xff));
    }
    framed.append(part.data(), part.size());
  }
  return framed;
}

}  // namespace stillpoint::crypto

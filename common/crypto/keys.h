// Secrets of a service and what is made from them. libsodium underneath; nothing here is our own
// cryptography. Thread-safe: all are values or const.
#ifndef STILLPOINT_COMMON_CRYPTO_KEYS_H_
#define STILLPOINT_COMMON_CRYPTO_KEYS_H_

#include <array>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace stillpoint::crypto {

// 32 secret bytes; zeroed when destroyed.
class Key {
 public:
  static constexpr size_t kBytes = 32;
  static Key Random();
  // InvalidArgument BAD_KEY unless `bytes` has kBytes bytes.
  static absl::StatusOr<Key> FromBytes(absl::string_view bytes);
  // From a file with 64 hexadecimal digits. InvalidArgument BAD_CONFIG: not such a file, or others
  // than its owner may read it (mode & 077).
  static absl::StatusOr<Key> FromFile(const std::string& path);
  Key(const Key&) = default;
  Key& operator=(const Key&) = default;
  ~Key();

  // A key for one purpose, so that no two uses share one: BLAKE2b keyed with this, over `purpose`.
  Key Derive(absl::string_view purpose) const;
  absl::string_view bytes() const {
    return absl::string_view(reinterpret_cast<const char*>(bytes_.data()), bytes_.size());
  }

 private:
  Key() = default;
  std::array<uint8_t, kBytes> bytes_{};
};

// Keyed BLAKE2b-256 of `message`: 32 bytes. Tokens, blind indexes, cache entries.
std::string Mac(const Key& key, absl::string_view message);
// Compares in constant time.
bool SameBytes(absl::string_view a, absl::string_view b);
// Unkeyed BLAKE2b-256: 32 bytes.
std::string Hash(absl::string_view message);

// Seals with XChaCha20-Poly1305 and a random nonce, which precedes the ciphertext. `context`
// (tenant, client, table, column, row, version) is not stored, so a value copied elsewhere does not
// open.
std::string Seal(const Key& key, absl::string_view plain, absl::string_view context);
// DataLoss SEAL_BROKEN: another key or context, or changed bytes.
absl::StatusOr<std::string> Open(const Key& key, absl::string_view sealed,
                                 absl::string_view context);

// Ed25519. The seed is secret; the public key is 32 bytes, a signature 64.
class SigningKey {
 public:
  explicit SigningKey(const Key& seed);
  ~SigningKey();
  SigningKey(const SigningKey&) = delete;
  SigningKey& operator=(const SigningKey&) = delete;
  std::string Sign(absl::string_view message) const;
  const std::string& public_key() const { return public_key_; }

 private:
  std::array<uint8_t, 64> secret_;
  std::string public_key_;
};
bool Verify(absl::string_view public_key, absl::string_view message, absl::string_view signature);

// Joins parts so that different parts never give the same bytes (each is preceded by its length).
// For MAC inputs, AAD and canonical bytes.
std::string Frame(std::initializer_list<absl::string_view> parts);

// Initialises libsodium; called by each of the above, so callers need not.
void EnsureSodium();

}  // namespace stillpoint::crypto

#endif  // STILLPOINT_COMMON_CRYPTO_KEYS_H_

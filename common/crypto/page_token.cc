#include "common/crypto/page_token.h"

#include <sodium.h>

#include "common/error/error.h"

namespace stillpoint::crypto {
namespace {

// Cursors are a few ids and times. What is longer is not ours, and must not cost us the decoding.
constexpr size_t kTokenCharsMax = 4096;

constexpr int kVariant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

absl::Status Invalid() {
  return Error(absl::StatusCode::kInvalidArgument, "PAGE_TOKEN_INVALID",
               "the page token does not belong to this call")
      .Field("page_token", "repeat the call that returned it, with the same arguments");
}

}  // namespace

std::string PageTokens::Make(absl::string_view cursor, absl::string_view binding) const {
  // Sealed, not only signed: a cursor shows row keys, which are nobody's business outside.
  const std::string sealed = Seal(key_, cursor, binding);
  std::string token(sodium_base64_encoded_len(sealed.size(), kVariant), '\0');
  sodium_bin2base64(token.data(), token.size(),
                    reinterpret_cast<const unsigned char*>(sealed.data()), sealed.size(), kVariant);
  token.pop_back();  // The terminating NUL.
  return token;
}

absl::StatusOr<std::string> PageTokens::Read(absl::string_view token,
                                             absl::string_view binding) const {
  if (token.empty()) return std::string();
  if (token.size() > kTokenCharsMax) return Invalid();
  std::string sealed(token.size(), '\0');
  size_t size = 0;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(sealed.data()), sealed.size(),
                        token.data(), token.size(), nullptr, &size, nullptr, kVariant) != 0) {
    return Invalid();
  }
  sealed.resize(size);
  absl::StatusOr<std::string> cursor = Open(key_, sealed, binding);
  if (!cursor.ok()) return Invalid();
  return cursor;
}

}  // namespace stillpoint::crypto

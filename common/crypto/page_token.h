// Opaque, authenticated page tokens: bound to who asked and what was asked.
#ifndef STILLPOINT_COMMON_CRYPTO_PAGE_TOKEN_H_
#define STILLPOINT_COMMON_CRYPTO_PAGE_TOKEN_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/crypto/keys.h"

namespace stillpoint::crypto {

// Thread-safe.
class PageTokens {
 public:
  // `key`: the service's secret; a purpose-bound key is derived from it.
  explicit PageTokens(const Key& key) : key_(key.Derive("page-token")) {}
  // URL-safe text. `binding` is the caller, the method and every argument except the page token.
  std::string Make(absl::string_view cursor, absl::string_view binding) const;
  // The cursor. InvalidArgument PAGE_TOKEN_INVALID (field page_token): not made here, changed, or
  // of another call. An empty token gives an empty cursor: the first page.
  absl::StatusOr<std::string> Read(absl::string_view token, absl::string_view binding) const;

 private:
  const Key key_;
};

}  // namespace stillpoint::crypto

#endif  // STILLPOINT_COMMON_CRYPTO_PAGE_TOKEN_H_

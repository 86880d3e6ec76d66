// OpenSSL's objects with owners.
#ifndef STILLPOINT_COMMON_CRYPTO_OPENSSL_H_
#define STILLPOINT_COMMON_CRYPTO_OPENSSL_H_

#include <memory>

namespace stillpoint::crypto {

template <auto Free>
struct OpenSslFree {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};

// OpenSslPtr<BIGNUM, BN_free>: null, or freed with its owner.
template <typename T, auto Free>
using OpenSslPtr = std::unique_ptr<T, OpenSslFree<Free>>;

}  // namespace stillpoint::crypto

#endif  // STILLPOINT_COMMON_CRYPTO_OPENSSL_H_

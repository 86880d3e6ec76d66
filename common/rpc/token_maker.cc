#include "common/rpc/token_maker.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/crypto/keys.h"
#include "common/crypto/openssl.h"
#include "common/error/error.h"
#include "common/rpc/jwks.h"

namespace stillpoint::rpc {
namespace {

constexpr int kCoordinateBytes = 32;
constexpr size_t kDerBytesMax = 80;  // A P-256 signature takes up to 72.
constexpr size_t kKidDigits = 16;

using PrivateKey = crypto::OpenSslPtr<EVP_PKEY, EVP_PKEY_free>;
using Digest = crypto::OpenSslPtr<EVP_MD_CTX, EVP_MD_CTX_free>;
using Signature = crypto::OpenSslPtr<ECDSA_SIG, ECDSA_SIG_free>;
using Buffer = crypto::OpenSslPtr<BIO, BIO_free_all>;

absl::Status Bad(absl::string_view what) {
  return Error(absl::StatusCode::kInvalidArgument, "BAD_CONFIG", what);
}

// One coordinate of the public point as a JWK has it; empty: not a P-256 key.
std::string CoordinateOf(EVP_PKEY* key, const char* name) {
  BIGNUM* number = nullptr;
  if (EVP_PKEY_get_bn_param(key, name, &number) != 1) return "";
  std::string bytes(kCoordinateBytes, '\0');
  const int size =
      BN_bn2binpad(number, reinterpret_cast<unsigned char*>(bytes.data()), kCoordinateBytes);
  BN_free(number);
  return size == kCoordinateBytes ? ToBase64Url(bytes) : "";
}

absl::StatusOr<PrivateKey> ReadKey(const std::string& private_pem) {
  const Buffer buffer(BIO_new_mem_buf(private_pem.data(), static_cast<int>(private_pem.size())));
  PrivateKey key(PEM_read_bio_PrivateKey(buffer.get(), nullptr, nullptr, nullptr));
  if (key == nullptr) return Bad("not a private key in PEM");
  return key;
}

absl::StatusOr<nlohmann::json> PublicJwk(const std::string& private_pem) {
  ASSIGN_OR_RETURN(const PrivateKey key, ReadKey(private_pem));
  const std::string x = CoordinateOf(key.get(), OSSL_PKEY_PARAM_EC_PUB_X);
  const std::string y = CoordinateOf(key.get(), OSSL_PKEY_PARAM_EC_PUB_Y);
  if (x.empty() || y.empty()) return Bad("not a P-256 key");
  const std::string kid = absl::BytesToHexString(crypto::Hash(x + y)).substr(0, kKidDigits);
  return nlohmann::json{{"kty", "EC"},    {"crv", "P-256"}, {"x", x},    {"y", y},
                        {"alg", "ES256"}, {"use", "sig"},   {"kid", kid}};
}

}  // namespace

absl::StatusOr<std::string> PublicPemOf(const std::string& private_pem) {
  ASSIGN_OR_RETURN(const PrivateKey key, ReadKey(private_pem));
  const Buffer buffer(BIO_new(BIO_s_mem()));
  char* data = nullptr;
  if (PEM_write_bio_PUBKEY(buffer.get(), key.get()) != 1) return Bad("this key has no public half");
  const long size = BIO_get_mem_data(buffer.get(), &data);
  return std::string(data, static_cast<size_t>(size));
}

std::string NewTokenKey() {
  const PrivateKey key(EVP_EC_gen("P-256"));
  const Buffer buffer(BIO_new(BIO_s_mem()));
  if (key == nullptr || PEM_write_bio_PrivateKey(buffer.get(), key.get(), nullptr, nullptr, 0,
                                                 nullptr, nullptr) != 1) {
    std::abort();  // Only without memory or randomness.
  }
  char* data = nullptr;
  const long size = BIO_get_mem_data(buffer.get(), &data);
  return std::string(data, static_cast<size_t>(size));
}

absl::StatusOr<std::string> JwksOf(const std::string& private_pem) {
  ASSIGN_OR_RETURN(const nlohmann::json jwk, PublicJwk(private_pem));
  return nlohmann::json{{"keys", nlohmann::json::array({jwk})}}.dump();
}

absl::StatusOr<std::string> MakeToken(const std::string& private_pem, const std::string& claims) {
  ASSIGN_OR_RETURN(const nlohmann::json jwk, PublicJwk(private_pem));
  const nlohmann::json header = {{"alg", "ES256"}, {"typ", "at+jwt"}, {"kid", jwk["kid"]}};
  return SignToken(private_pem, header.dump(), claims);
}

absl::StatusOr<std::string> SignToken(const std::string& private_pem, absl::string_view header,
                                      absl::string_view claims) {
  ASSIGN_OR_RETURN(const PrivateKey key, ReadKey(private_pem));
  std::string text = absl::StrCat(ToBase64Url(header), ".", ToBase64Url(claims));
  const Digest digest(EVP_MD_CTX_new());
  std::string der(kDerBytesMax, '\0');
  size_t size = der.size();
  if (EVP_DigestSignInit(digest.get(), nullptr, EVP_sha256(), nullptr, key.get()) != 1 ||
      EVP_DigestSign(digest.get(), reinterpret_cast<unsigned char*>(der.data()), &size,
                     reinterpret_cast<const unsigned char*>(text.data()), text.size()) != 1) {
    return Bad("this key cannot sign");
  }
  // A token has the two numbers of the signature side by side.
  const auto* from = reinterpret_cast<const unsigned char*>(der.data());
  const Signature parts(d2i_ECDSA_SIG(nullptr, &from, static_cast<long>(size)));
  std::string raw(size_t{2} * kCoordinateBytes, '\0');
  auto* to = reinterpret_cast<unsigned char*>(raw.data());
  if (parts == nullptr ||
      BN_bn2binpad(ECDSA_SIG_get0_r(parts.get()), to, kCoordinateBytes) != kCoordinateBytes ||
      BN_bn2binpad(ECDSA_SIG_get0_s(parts.get()), to + kCoordinateBytes, kCoordinateBytes) !=
          kCoordinateBytes) {
    return Bad("not a P-256 key");
  }
  absl::StrAppend(&text, ".", ToBase64Url(raw));
  return text;
}

}  // namespace stillpoint::rpc

#include "common/rpc/jwks.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <sys/stat.h>

#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/crypto/openssl.h"
#include "common/error/error.h"

namespace stillpoint::rpc {
namespace {

constexpr size_t kKeysMax = 16;
constexpr int kRsaBitsMin = 2048;
constexpr int kRsaBitsMax = 4096;  // Larger ones cost the server more than they gain.
constexpr size_t kCoordinateBytes = 32;

using Params = crypto::OpenSslPtr<OSSL_PARAM, OSSL_PARAM_free>;
using Builder = crypto::OpenSslPtr<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;
using Context = crypto::OpenSslPtr<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using PublicKey = crypto::OpenSslPtr<EVP_PKEY, EVP_PKEY_free>;
using Number = crypto::OpenSslPtr<BIGNUM, BN_free>;
using Pair = crypto::OpenSslPtr<ECDSA_SIG, ECDSA_SIG_free>;
using Digest = crypto::OpenSslPtr<EVP_MD_CTX, EVP_MD_CTX_free>;

absl::Status BadKeys(absl::string_view what) {
  return Error(absl::StatusCode::kInvalidArgument, "BAD_CONFIG",
               absl::StrCat("token keys: ", what));
}

std::string TextOf(const nlohmann::json& key, const char* member) {
  const auto found = key.find(member);
  return found != key.end() && found->is_string() ? found->get<std::string>() : "";
}

// Null: not a key.
PublicKey Import(const char* type, OSSL_PARAM_BLD* builder) {
  const Params params(OSSL_PARAM_BLD_to_param(builder));
  const Context context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (params == nullptr || context == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1) {
    return nullptr;
  }
  return PublicKey(key);
}

PublicKey RsaKey(const nlohmann::json& jwk) {
  std::string modulus, exponent;
  if (!FromBase64Url(TextOf(jwk, "n"), &modulus) || !FromBase64Url(TextOf(jwk, "e"), &exponent)) {
    return nullptr;
  }
  const auto number = [](const std::string& bytes) {
    return Number(BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()),
                            static_cast<int>(bytes.size()), nullptr));
  };
  const Number n = number(modulus), e = number(exponent);
  const Builder builder(OSSL_PARAM_BLD_new());
  if (n == nullptr || e == nullptr || BN_num_bits(n.get()) < kRsaBitsMin ||
      BN_num_bits(n.get()) > kRsaBitsMax ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1) {
    return nullptr;
  }
  return Import("RSA", builder.get());
}

PublicKey EcKey(const nlohmann::json& jwk) {
  std::string x, y;
  if (!FromBase64Url(TextOf(jwk, "x"), &x) || !FromBase64Url(TextOf(jwk, "y"), &y) ||
      x.size() != kCoordinateBytes || y.size() != kCoordinateBytes) {
    return nullptr;
  }
  const std::string point = absl::StrCat("\x04", x, y);  // Uncompressed.
  const Builder builder(OSSL_PARAM_BLD_new());
  if (OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) !=
          1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                       point.size()) != 1) {
    return nullptr;
  }
  return Import("EC", builder.get());  // Also checks that the point is on the curve.
}

// A token has the two numbers of an ES256 signature side by side, OpenSSL wants them in DER. Empty:
// not such a signature.
std::string DerOf(absl::string_view signature) {
  if (signature.size() != 2 * kCoordinateBytes) return "";
  const auto* bytes = reinterpret_cast<const unsigned char*>(signature.data());
  constexpr int kHalf = kCoordinateBytes;
  BIGNUM* r = BN_bin2bn(bytes, kHalf, nullptr);
  BIGNUM* s = BN_bin2bn(bytes + kHalf, kHalf, nullptr);
  const Pair pair(ECDSA_SIG_new());
  if (r == nullptr || s == nullptr || pair == nullptr ||
      ECDSA_SIG_set0(pair.get(), r, s) != 1) {  // Which takes them.
    BN_free(r);
    BN_free(s);
    return "";
  }
  std::string der(static_cast<size_t>(i2d_ECDSA_SIG(pair.get(), nullptr)), '\0');
  auto* to = reinterpret_cast<unsigned char*>(der.data());
  i2d_ECDSA_SIG(pair.get(), &to);
  return der;
}

// What a key would be used for; empty: nothing that we take.
std::string AlgorithmOf(const nlohmann::json& jwk) {
  const std::string type = TextOf(jwk, "kty"), use = TextOf(jwk, "use"), said = TextOf(jwk, "alg");
  const std::string algorithm = type == "RSA"                                   ? "RS256"
                                : type == "EC" && TextOf(jwk, "crv") == "P-256" ? "ES256"
                                                                                : "";
  if (!use.empty() && use != "sig") return "";
  return said.empty() || said == algorithm ? algorithm : "";
}

}  // namespace

bool IsSigned(const TokenKey& key, absl::string_view text, absl::string_view signature) {
  const std::string checked = key.algorithm == "ES256" ? DerOf(signature) : std::string(signature);
  const Digest digest(EVP_MD_CTX_new());
  return !checked.empty() &&
         EVP_DigestVerifyInit(digest.get(), nullptr, EVP_sha256(), nullptr, key.key.get()) == 1 &&
         EVP_DigestVerify(digest.get(), reinterpret_cast<const unsigned char*>(checked.data()),
                          checked.size(), reinterpret_cast<const unsigned char*>(text.data()),
                          text.size()) == 1;
}

absl::StatusOr<std::map<std::string, TokenKey>> ParseJwks(absl::string_view text) {
  const auto json = nlohmann::json::parse(text.begin(), text.end(), nullptr, false);
  if (!json.is_object() || !json.contains("keys") || !json["keys"].is_array()) {
    return BadKeys(R"(not a JSON object {"keys": [...]})");
  }
  if (json["keys"].size() > kKeysMax) return BadKeys("more than 16 keys");
  std::map<std::string, TokenKey> keys;
  for (const auto& jwk : json["keys"]) {
    if (!jwk.is_object()) return BadKeys("a key is not an object");
    const std::string algorithm = AlgorithmOf(jwk), kid = TextOf(jwk, "kid");
    if (algorithm.empty()) continue;
    if (kid.empty()) return BadKeys("a key has no kid");
    std::shared_ptr<EVP_PKEY> key = algorithm == "RS256" ? RsaKey(jwk) : EcKey(jwk);
    if (key == nullptr) return BadKeys("a key is broken, too short or too long");
    if (!keys.emplace(kid, TokenKey{algorithm, std::move(key)}).second) {
      return BadKeys("two keys have one kid");
    }
  }
  if (keys.empty()) return BadKeys("no key for RS256 or ES256");
  return keys;
}

absl::StatusOr<std::string> ReadJwksFile(const std::string& path) {
  struct stat facts = {};
  if (stat(path.c_str(), &facts) != 0 || !S_ISREG(facts.st_mode)) {
    return BadKeys(absl::StrCat(path, " cannot be read"));
  }
  if ((facts.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return BadKeys(absl::StrCat(path, " may be changed by others than its owner"));
  }
  if (facts.st_size > static_cast<off_t>(kJwksBytesMax))
    return BadKeys(absl::StrCat(path, " has more than 64 KB"));
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) return BadKeys(absl::StrCat(path, " cannot be read"));
  return text.str();
}

std::string ToBase64Url(absl::string_view bytes) { return absl::WebSafeBase64Escape(bytes); }

bool FromBase64Url(absl::string_view text, std::string* bytes) {
  // The decoder also takes padding and blanks; one value has one spelling here.
  return absl::WebSafeBase64Unescape(text, bytes) && ToBase64Url(*bytes) == text;
}

}  // namespace stillpoint::rpc

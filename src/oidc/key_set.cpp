#include "oidc/key_set.hpp"

#include <fmt/format.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <optional>
#include <utility>

namespace packhouse::oidc {
namespace {

constexpr int least_rsa_bits = 2048;
constexpr int most_rsa_bits = 8192;
constexpr std::size_t coordinate_size = 32;  // of P-256, in bytes
constexpr std::size_t max_exponent = 8;      // bytes

template <auto free_function>
struct OpensslFree {
  template <typename T>
  void operator()(T* object) const noexcept {
    free_function(object);
  }
};
using BignumPtr = std::unique_ptr<BIGNUM, OpensslFree<BN_free>>;
using BuilderPtr = std::unique_ptr<OSSL_PARAM_BLD, OpensslFree<OSSL_PARAM_BLD_free>>;
using ParametersPtr = std::unique_ptr<OSSL_PARAM, OpensslFree<OSSL_PARAM_free>>;
using ContextPtr = std::unique_ptr<EVP_PKEY_CTX, OpensslFree<EVP_PKEY_CTX_free>>;
using DigestContextPtr = std::unique_ptr<EVP_MD_CTX, OpensslFree<EVP_MD_CTX_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, OpensslFree<EVP_PKEY_free>>;
using SignaturePtr = std::unique_ptr<ECDSA_SIG, OpensslFree<ECDSA_SIG_free>>;

const unsigned char* octets(std::string_view bytes) noexcept {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

BignumPtr number_of(std::string_view big_endian) {
  BignumPtr number(BN_bin2bn(octets(big_endian), static_cast<int>(big_endian.size()), nullptr));
  if (number == nullptr) throw std::bad_alloc();
  return number;
}

std::optional<std::string> bytes_at(const json::Object& object, std::string_view name) {
  const auto text = json::get_string(object, name);
  if (!text.ok()) return std::nullopt;
  const auto bytes = from_base64url(*text);
  return bytes.ok() ? std::optional{*bytes} : std::nullopt;
}

/// Null where OpenSSL takes it for no key of that type.
KeyPtr make_key(const char* type, OSSL_PARAM_BLD* builder) {
  const ParametersPtr parameters(OSSL_PARAM_BLD_to_param(builder));
  const ContextPtr context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  if (parameters == nullptr || context == nullptr) throw std::bad_alloc();
  EVP_PKEY* key = nullptr;
  const bool made = EVP_PKEY_fromdata_init(context.get()) == 1 &&
                    EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) == 1;
  ERR_clear_error();
  return made ? KeyPtr(key) : nullptr;
}

/// RFC 7518 section 6.3.1.
KeyPtr rsa_key(const json::Object& jwk) {
  const auto modulus = bytes_at(jwk, "n");
  const auto exponent = bytes_at(jwk, "e");
  if (!modulus || !exponent || exponent->size() > max_exponent || modulus->size() > most_rsa_bits / 8) {
    return nullptr;
  }
  const BuilderPtr builder(OSSL_PARAM_BLD_new());
  const auto n = number_of(*modulus);
  const auto e = number_of(*exponent);
  if (builder == nullptr || BN_num_bits(n.get()) < least_rsa_bits || BN_is_odd(e.get()) == 0 ||
      BN_is_one(e.get()) == 1 || OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1) {
    return nullptr;
  }
  return make_key("RSA", builder.get());
}

/// RFC 7518 section 6.2.1.
KeyPtr ec_key(const json::Object& jwk) {
  const auto curve = json::get_string(jwk, "crv");
  const auto x = bytes_at(jwk, "x");
  const auto y = bytes_at(jwk, "y");
  if (!curve.ok() || *curve != "P-256" || !x || !y || x->size() != coordinate_size ||
      y->size() != coordinate_size) {
    return nullptr;
  }
  const std::string point = "\x04" + *x + *y;  // uncompressed
  const BuilderPtr builder(OSSL_PARAM_BLD_new());
  if (builder == nullptr ||
      OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) !=
          1) {
    return nullptr;
  }
  return make_key("EC", builder.get());
}

/// From the two numbers of RFC 7518 section 3.4 to the DER that OpenSSL verifies; empty: it is no signature.
std::string der_of(std::string_view signature) {
  if (signature.size() != 2 * coordinate_size) return {};
  const SignaturePtr pair(ECDSA_SIG_new());
  auto r = number_of(signature.substr(0, coordinate_size));
  auto s = number_of(signature.substr(coordinate_size));
  if (pair == nullptr || ECDSA_SIG_set0(pair.get(), r.release(), s.release()) != 1) throw std::bad_alloc();
  unsigned char* out = nullptr;
  const int length = i2d_ECDSA_SIG(pair.get(), &out);
  if (length <= 0) throw std::bad_alloc();
  std::string der(reinterpret_cast<const char*>(out), static_cast<std::size_t>(length));
  OPENSSL_free(out);
  return der;
}

bool verifies(EVP_PKEY* key, std::string_view text, std::string_view signature) {
  const DigestContextPtr context(EVP_MD_CTX_new());
  if (context == nullptr) throw std::bad_alloc();
  const bool good =
      EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1 &&
      EVP_DigestVerify(context.get(), octets(signature), signature.size(), octets(text), text.size()) == 1;
  ERR_clear_error();
  return good;
}

/// Whether a member that may be absent has that value.
bool absent_or(const json::Object& object, std::string_view name, std::string_view value) {
  const auto* const found = object.if_contains(name);
  return found == nullptr || (found->is_string() && found->get_string() == value);
}

}  // namespace

struct KeySet::Key {
  std::string_view algorithm;
  KeyPtr key;

  /// Null where it is of no use here.
  static std::shared_ptr<const Key> parse(const json::Object& jwk) {
    const auto type = json::get_string(jwk, "kty");
    if (!type.ok() || !absent_or(jwk, "use", "sig")) return nullptr;
    const bool rsa = *type == "RSA";
    if (!rsa && *type != "EC") return nullptr;
    auto made = std::make_shared<Key>();
    made->algorithm = rsa ? "RS256" : "ES256";
    if (!absent_or(jwk, "alg", made->algorithm)) return nullptr;
    made->key = rsa ? rsa_key(jwk) : ec_key(jwk);
    return made->key == nullptr ? nullptr : made;
  }
};

Result<KeySet> KeySet::parse(std::string_view text) {
  TRY(const auto document, json::parse(text, max_bytes));
  if (!document.is_object())
    return Error{Errc::invalid_input, "expected a JSON object as key set, found none"};
  TRY(const auto keys, json::get_array(document.get_object(), "keys"));
  if (keys.size() > max_keys) {
    return Error{Errc::invalid_input,
                 fmt::format("expected at most {} keys, found {}", max_keys, keys.size())};
  }
  KeySet set;
  for (const auto& value : keys) {
    if (!value.is_object()) continue;
    const auto id = json::get_string(value.get_object(), "kid");
    if (!id.ok()) continue;
    auto key = Key::parse(value.get_object());
    if (key != nullptr && !set.keys_.emplace(*id, std::move(key)).second) set.doubled_.insert(*id);
  }
  return set;
}

Status KeySet::verify(const IdentityToken& token) const {
  if (doubled(token.key_id)) {
    return Error{Errc::refused, fmt::format("the issuer has two keys {}", quote(token.key_id))};
  }
  const auto found = keys_.find(token.key_id);
  if (found == keys_.end())
    return Error{Errc::refused, fmt::format("the issuer has no key {}", quote(token.key_id))};
  const Key& key = *found->second;
  if (token.algorithm != key.algorithm) {
    return Error{Errc::refused, fmt::format("expected the algorithm {} of the issuer's key, found {}",
                                            key.algorithm, quote(token.algorithm))};
  }
  const std::string signature = key.algorithm == "ES256" ? der_of(token.signature) : token.signature;
  if (verifies(key.key.get(), token.signed_text, signature)) return success();
  return Error{Errc::refused, "the signature is not of the issuer's key"};
}

}  // namespace packhouse::oidc

#include "oidc/testing/signer.hpp"

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <array>
#include <stdexcept>
#include <utility>
#include <vector>

#include "base/digest.hpp"
#include "base/text.hpp"

namespace packhouse::oidc {
namespace {

constexpr int coordinate = 32;

void require(bool good, const char* what) {
  if (!good) throw std::runtime_error(what);
}

std::string number_of(EVP_PKEY* key, const char* name, int size = 0) {
  BIGNUM* number = nullptr;
  require(EVP_PKEY_get_bn_param(key, name, &number) == 1, name);
  const int width = size == 0 ? BN_num_bytes(number) : size;
  std::string bytes(static_cast<std::size_t>(width), '\0');
  BN_bn2binpad(number, reinterpret_cast<unsigned char*>(bytes.data()), width);
  BN_free(number);
  return bytes;
}

std::string raw_of(std::string_view der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  ECDSA_SIG* pair = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()));
  require(pair != nullptr, "d2i_ECDSA_SIG");
  std::string raw(2UL * coordinate, '\0');
  auto* out = reinterpret_cast<unsigned char*>(raw.data());
  BN_bn2binpad(ECDSA_SIG_get0_r(pair), out, coordinate);
  BN_bn2binpad(ECDSA_SIG_get0_s(pair), out + coordinate, coordinate);
  ECDSA_SIG_free(pair);
  return raw;
}

json::Object life_of(std::int64_t now, std::string_view audience) {
  return {{"aud", audience}, {"iat", now}, {"nbf", now}, {"exp", now + 300}, {"jti", "f3a1c0de-0001"}};
}

json::Object with(json::Object claims, const json::Object& more) {
  for (const auto& [name, value] : more)
    claims[name] = value;
  return claims;
}

}  // namespace

struct Signer::Key {
  EVP_PKEY* key = nullptr;
  ~Key() { EVP_PKEY_free(key); }
};

Signer::Signer(std::string_view algorithm, std::string key_id, int rsa_bits)
    : key_(std::make_unique<Key>()), algorithm_(algorithm), key_id_(std::move(key_id)) {
  key_->key = algorithm == "ES256" ? EVP_EC_gen("P-256") : EVP_RSA_gen(static_cast<unsigned>(rsa_bits));
  require(key_->key != nullptr, "no key was made");
}
Signer::~Signer() = default;
Signer::Signer(Signer&&) noexcept = default;

json::Object Signer::jwk() const {
  json::Object jwk{{"kid", key_id_}, {"use", "sig"}, {"alg", algorithm_}};
  if (algorithm_ == "ES256") {
    jwk["kty"] = "EC";
    jwk["crv"] = "P-256";
    jwk["x"] = to_base64url(number_of(key_->key, OSSL_PKEY_PARAM_EC_PUB_X, coordinate));
    jwk["y"] = to_base64url(number_of(key_->key, OSSL_PKEY_PARAM_EC_PUB_Y, coordinate));
    return jwk;
  }
  jwk["kty"] = "RSA";
  jwk["n"] = to_base64url(number_of(key_->key, OSSL_PKEY_PARAM_RSA_N));
  jwk["e"] = to_base64url(number_of(key_->key, OSSL_PKEY_PARAM_RSA_E));
  return jwk;
}

std::string Signer::key_set() const {
  return key_set_of({jwk()});
}

std::string Signer::sign(const json::Object& claims, const json::Object& header) const {
  const auto full = with({{"alg", algorithm_}, {"kid", key_id_}, {"typ", "JWT"}}, header);
  const auto text = to_base64url(json::dump(full)) + "." + to_base64url(json::dump(claims));
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  std::size_t length = 0;
  require(EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, key_->key) == 1, "EVP_DigestSignInit");
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  require(EVP_DigestSign(context, nullptr, &length, bytes, text.size()) == 1, "EVP_DigestSign");
  std::string signature(length, '\0');
  auto* out = reinterpret_cast<unsigned char*>(signature.data());
  require(EVP_DigestSign(context, out, &length, bytes, text.size()) == 1, "EVP_DigestSign");
  EVP_MD_CTX_free(context);
  signature.resize(length);
  return text + "." + to_base64url(algorithm_ == "ES256" ? raw_of(signature) : signature);
}

std::string unsigned_token(const json::Object& header, const json::Object& claims,
                           std::string_view signature) {
  return to_base64url(json::dump(header)) + "." + to_base64url(json::dump(claims)) + "." +
         to_base64url(signature);
}

std::string key_set_of(const std::vector<json::Object>& keys) {
  json::Array list;
  for (const auto& key : keys)
    list.emplace_back(key);
  return json::dump(json::Object{{"keys", std::move(list)}});
}

json::Object github_claims(std::int64_t now, std::string_view audience) {
  return with(life_of(now, audience),
              {{"iss", "https://token.actions.githubusercontent.com"},
               {"sub", "repo:lab/nqctl:environment:release"},
               {"repository", "lab/nqctl"},
               {"repository_id", "71234567"},
               {"repository_owner", "lab"},
               {"repository_owner_id", "4711"},
               {"job_workflow_ref", "lab/nqctl/.github/workflows/publish-private.yml@refs/heads/main"},
               {"workflow_ref", "lab/nqctl/.github/workflows/publish-private.yml@refs/heads/main"},
               {"ref", "refs/heads/main"},
               {"sha", "0123456789abcdef0123456789abcdef01234567"},
               {"environment", "release"},
               {"event_name", "workflow_dispatch"},
               {"run_id", "42"},
               {"run_attempt", "1"}});
}

json::Object gitlab_claims(std::int64_t now, std::string_view audience) {
  return with(life_of(now, audience),
              {{"iss", "https://gitlab.example.org"},
               {"sub", "project_path:lab/nqctl:ref_type:branch:ref:main"},
               {"project_path", "lab/nqctl"},
               {"project_id", "22"},
               {"namespace_id", "7"},
               {"ci_config_ref_uri", "gitlab.example.org/lab/nqctl//.gitlab-ci.yml@refs/heads/main"},
               {"ref", "main"},
               {"ref_path", "refs/heads/main"},
               {"sha", "0123456789abcdef0123456789abcdef01234567"},
               {"environment", "release"},
               {"pipeline_source", "web"},
               {"pipeline_id", "42"}});
}

json::Object forgejo_claims(std::int64_t now, std::string_view audience) {
  return with(life_of(now, audience),
              {{"iss", "https://forge.example.org/api/actions"},
               {"sub", "repo:lab/nqctl:ref:refs/heads/main"},
               {"repository", "lab/nqctl"},
               {"repository_id", "22"},
               {"repository_owner_id", "7"},
               {"workflow_ref", "lab/nqctl/.forgejo/workflows/publish-private.yml@refs/heads/main"},
               {"ref", "refs/heads/main"},
               {"sha", "0123456789abcdef0123456789abcdef01234567"},
               {"event_name", "workflow_dispatch"},
               {"run_id", "42"},
               {"run_attempt", "1"}});
}

}  // namespace packhouse::oidc

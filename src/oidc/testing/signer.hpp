#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/json.hpp"

namespace packhouse::oidc {

/// A key of an issuer, for tests: signs identity tokens as issuers do. The keys are real and made anew.
class Signer {
 public:
  /// "RS256" or "ES256".
  explicit Signer(std::string_view algorithm, std::string key_id = "key-1", int rsa_bits = 2048);
  ~Signer();
  Signer(Signer&&) noexcept;

  /// Its public key as a JWK.
  json::Object jwk() const;
  /// A JWK Set of it alone.
  std::string key_set() const;
  /// A token with those claims. `header` replaces and adds members of the usual one.
  std::string sign(const json::Object& claims, const json::Object& header = {}) const;

 private:
  struct Key;
  std::unique_ptr<Key> key_;
  std::string algorithm_;
  std::string key_id_;
};

/// The parts of a token that is not signed by a key: `signature` as it is given.
std::string unsigned_token(const json::Object& header, const json::Object& claims,
                           std::string_view signature = {});

/// "{"keys": […]}"
std::string key_set_of(const std::vector<json::Object>& keys);

/// What GitHub's issuer says of a run of lab/nqctl that was dispatched on main, at `now` seconds since 1970.
json::Object github_claims(std::int64_t now, std::string_view audience = "packages.example.org");
/// The same of GitLab and of Forgejo.
json::Object gitlab_claims(std::int64_t now, std::string_view audience = "packages.example.org");
json::Object forgejo_claims(std::int64_t now, std::string_view audience = "packages.example.org");

}  // namespace packhouse::oidc

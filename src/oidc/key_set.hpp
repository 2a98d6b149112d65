#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "base/result.hpp"
#include "oidc/identity_token.hpp"

namespace packhouse::oidc {

/// The public keys of an issuer: a JWK Set (RFC 7517 section 5). A key is of one algorithm by its type (RFC
/// 7518): RSA of 2048 to 8192 bits is RS256, EC on P-256 is ES256; what a token says of its algorithm never
/// chooses how it is verified. Thread-safe.
class KeySet {
 public:
  static constexpr std::size_t max_bytes = 1UL << 20U;
  static constexpr std::size_t max_keys = 100;

  /// Keys of another type or use, or that are malformed, are left out, since issuers add new ones beside the
  /// old. invalid_input for what is no key set.
  static Result<KeySet> parse(std::string_view text);

  bool has(std::string_view key_id) const { return keys_.contains(std::string(key_id)) || doubled(key_id); }

  /// refused: by a key that is not there, that is there twice, of another algorithm than the token says, or
  /// whose signature it is not.
  Status verify(const IdentityToken& token) const;

 private:
  struct Key;
  bool doubled(std::string_view key_id) const { return doubled_.contains(std::string(key_id)); }

  std::map<std::string, std::shared_ptr<const Key>> keys_;
  std::set<std::string> doubled_;  ///< ids of two keys: neither is believed
};

}  // namespace packhouse::oidc

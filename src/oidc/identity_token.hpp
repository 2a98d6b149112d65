#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "base/result.hpp"

namespace packhouse::oidc {

inline constexpr std::size_t max_identity_token = 16UL << 10U;  // bytes

/// An identity token as it came: a JWT (RFC 7519) in the compact form of a JWS (RFC 7515 section 7.1).
/// Nothing of it is verified yet.
struct IdentityToken {
  std::string algorithm;  ///< "alg"
  std::string key_id;     ///< "kid"
  json::Object claims;
  std::string signed_text;  ///< what the signature is of: the first two parts, with their dot
  std::string signature;
};

/// invalid_input for what is longer than max_identity_token, has not three parts of base64url, whose header
/// or payload is no JSON object or has a key twice, without `alg` or `kid`, and with `crit`, whose meaning
/// nobody here knows (RFC 7515 section 4.1.11).
Result<IdentityToken> parse_identity_token(std::string_view text);

/// RFC 4648 section 5, without padding and without any other byte; one text for each value.
Result<std::string> from_base64url(std::string_view text);

}  // namespace packhouse::oidc

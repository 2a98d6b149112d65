#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace packhouse::oidc {

/// How far the clocks of the issuer and of this server may be apart. The same window decides how long a token
/// is taken and how long its id is kept: were they two, a token could be used again between them.
inline constexpr std::chrono::seconds clock_window{30};
/// Tokens of CI jobs live for minutes to hours; the id of one that lived for years would be kept for years.
inline constexpr std::chrono::hours longest_life{24};

/// Who may have issued a token, and for whom.
struct Expected {
  std::string_view issuer;
  std::string_view audience;
};

/// What of a token is looked at before its publisher is.
struct RegisteredClaims {
  std::string token_id;        ///< "jti"
  Timestamp acceptable_until;  ///< "exp" and the window of the clocks
};

/// The registered claims of RFC 7519 section 4.1 of a token whose signature is verified. refused, naming the
/// claim: another `iss`; an `aud` that is not this one text; a missing `iat`, `exp` or `jti`; a token that is
/// expired, not yet valid, or that lives longer than longest_life.
Result<RegisteredClaims> check_registered(const json::Object& claims, const Expected& expected,
                                          Timestamp now);

/// `iss` of claims that are not verified: it only tells whose keys to ask. invalid_input if there is none.
Result<std::string> claimed_issuer(const json::Object& claims);

}  // namespace packhouse::oidc

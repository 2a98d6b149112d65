#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/authenticator.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "store/access_store.hpp"
#include "sys/clock.hpp"

namespace packhouse::index {

/// A new token as requested.
struct TokenWords {
  std::string_view label;
  std::string_view permissions;  ///< names separated by commas
  std::optional<std::string> project = {};
  std::optional<std::string> index = {};
  std::optional<std::string> user = {};
  bool service = false;                              ///< it belongs to no person
  std::optional<std::int64_t> expires_in_days = {};  ///< unset: default_days; 0: never
};

/// A valid request for a new token. Made by parse() only.
struct TokenRequest {
  std::string label;
  Permissions permissions;
  std::optional<std::string> project = {};  ///< normalised
  std::optional<std::string> index = {};
  std::optional<std::string> user = {};
  bool service = false;                     ///< not bound to the user who makes it either
  std::optional<int> expires_in_days = {};  ///< unset: it does not expire

  static constexpr std::size_t max_label = 100;  ///< bytes
  static constexpr int max_days = 3650;
  static constexpr int default_days = 365;

  /// invalid_input, naming the option at fault.
  static Result<TokenRequest> parse(const TokenWords& words);
};

/// A new token, with its text, which is not stored.
struct IssuedToken {
  Token token;
  Secret secret;
};

/// Makes, lists and revokes tokens, each change in one transaction with its ledger entry, and keeps an
/// Authenticator up to date. Thread-safe.
class TokenService {
 public:
  TokenService(AccessStore& store, const Clock& clock, auth::Authenticator& authenticator);

  /// `maker`: the user who asks for it, by password or by a token of theirs. Unless the request names another
  /// user or is for a service, the token is bound to them, and ends with them.
  Result<IssuedToken> create(const TokenRequest& request, const Actor& actor,
                             const std::optional<std::string>& maker = std::nullopt);
  Result<std::vector<Token>> list();
  Status revoke(std::int64_t id, std::string_view reason, const Actor& actor);

  /// Reads tokens, users and roles again: another process may have changed them.
  Status refresh();
  /// Stores which tokens were used since the last call.
  Status write_uses();

 private:
  AccessStore& store_;
  const Clock& clock_;
  auth::Authenticator& authenticator_;
};

}  // namespace packhouse::index

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/ledger_entry.hpp"
#include "model/token.hpp"
#include "model/user.hpp"

namespace packhouse {

/// A change of a user; what is unset stays.
struct UserChange {
  std::optional<Secret> password = {};  ///< Argon2id encoding; empty: no password any more
  std::optional<Permissions> permissions = {};
  std::optional<bool> disabled = {};
};

/// Tokens, users and roles, which belong to the whole server. Errors, durability and threads as in
/// MetadataStore.
class AccessStore {
 public:
  virtual ~AccessStore() = default;

  /// not_found when it is bound to an index or a user that does not exist.
  virtual Result<Token> add_token(const Token& token, const LedgerNote& note) = 0;
  virtual Result<std::vector<Token>> tokens() = 0;
  /// not_found for an unknown id, conflict for one already revoked.
  virtual Status revoke_token(std::int64_t id, const LedgerNote& note, Timestamp now) = 0;
  /// Records a use; one older than the last recorded use changes nothing. Not in the ledger.
  virtual Status touch_token(std::int64_t id, Timestamp used) = 0;

  /// conflict for a name that is taken.
  virtual Result<User> add_user(const User& user, const LedgerNote& note) = 0;
  /// The user after the change. not_found for an unknown name.
  virtual Result<User> change_user(std::string_view name, const UserChange& change, const LedgerNote& note,
                                   Timestamp now) = 0;
  /// Grants a role, in place of any other on that project; nullopt revokes it. not_found when there is no
  /// such index or user, or nothing to revoke.
  virtual Status set_role(std::string_view index, std::string_view project, std::string_view user,
                          std::optional<Role> role, const LedgerNote& note, Timestamp now) = 0;

  /// Tokens, users and roles in one snapshot.
  virtual Result<AccessList> snapshot() = 0;
};

}  // namespace packhouse

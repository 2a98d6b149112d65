#pragma once

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

/// A valid request for a new user. Made by parse() only.
struct UserRequest {
  std::string name;
  Permissions permissions;  ///< in every project; may be empty
  Secret password;          ///< empty: none yet

  /// `permissions`: names separated by commas, or nothing. invalid_input, naming what is wrong.
  static Result<UserRequest> parse(std::string_view name, std::string_view permissions,
                                   const Secret& password);
};

/// Makes, lists, changes and disables users and gives them roles, each change in one transaction with its
/// ledger entry (never a password or its hash), and keeps an Authenticator up to date. Hashing a password
/// takes tens of milliseconds. Thread-safe.
class UserService {
 public:
  UserService(AccessStore& store, const Clock& clock, auth::Authenticator& authenticator)
      : store_(store), clock_(clock), authenticator_(authenticator) {}

  Result<User> create(const UserRequest& request, const Actor& actor);
  Result<std::vector<User>> list();
  /// Refuses every credential of the user, tokens included; or accepts them again.
  Result<User> disable(std::string_view name, bool disabled, std::string_view reason, const Actor& actor);
  Result<User> set_password(std::string_view name, const Secret& password, const Actor& actor);
  Result<User> set_permissions(std::string_view name, std::string_view permissions, const Actor& actor);

  Result<std::vector<ProjectRole>> roles();
  /// nullopt removes the role. `project` in any spelling.
  Result<ProjectRole> set_role(std::string_view index, std::string_view project, std::string_view user,
                               std::optional<Role> role, const Actor& actor);

 private:
  Result<User> change(std::string_view name, const UserChange& change, const LedgerNote& note);
  Status refresh();

  AccessStore& store_;
  const Clock& clock_;
  auth::Authenticator& authenticator_;
};

}  // namespace packhouse::index

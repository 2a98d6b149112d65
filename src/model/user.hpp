#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"
#include "model/permission.hpp"
#include "model/token.hpp"

namespace packhouse {

/// A person who may log in with a password and own tokens. Never removed, only disabled: the
/// ledger names them.
struct User {
  std::int64_t id = 0;
  std::string name;         ///< as parse_user_name() takes it
  Secret password;          ///< its Argon2id encoding; empty: no log-in with a password
  Permissions permissions;  ///< in every project of every index; may be empty
  Timestamp created;
  std::optional<Timestamp> disabled;
};

/// 1 to 64 lower-case letters, digits, '.', '_', '-', the first a letter or a digit ("__token__" is no name).
Result<std::string> parse_user_name(std::string_view text);

/// A user's role in one project.
enum class Role : std::uint8_t {
  owner,       ///< everything in the project, its roles included
  maintainer,  ///< releases: read, upload, stage, smoke, publish; not yank, not delete
};

std::string_view to_string(Role role) noexcept;
Result<Role> parse_role(std::string_view text);
Permissions permissions_of(Role role);

struct ProjectRole {
  std::string index;
  std::string project;  ///< normalised; need not exist yet
  std::string user;
  Role role = Role::maintainer;

  bool operator==(const ProjectRole&) const = default;
};

/// All tokens, users and roles in one snapshot.
struct AccessList {
  std::vector<Token> tokens = {};
  std::vector<User> users = {};
  std::vector<ProjectRole> roles = {};
};

}  // namespace packhouse

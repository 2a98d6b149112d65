#include "model/user.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace packhouse {
namespace {

constexpr std::size_t max_user_name = 64;

bool may_stand_in_name(char c) {
  return is_ascii_digit(c) || (c >= 'a' && c <= 'z') || c == '.' || c == '_' || c == '-';
}

}  // namespace

Result<std::string> parse_user_name(std::string_view text) {
  const bool sound = !text.empty() && text.size() <= max_user_name && is_ascii_alnum(text.front()) &&
                     std::ranges::all_of(text, may_stand_in_name);
  if (sound) return std::string(text);
  return Error{Errc::invalid_input,
               "user name: expected 1 to 64 of a-z, 0-9, '.', '_' and '-', found " + quote(text, 80),
               "begin with a letter or a digit"};
}

std::string_view to_string(Role role) noexcept {
  switch (role) {
    case Role::owner:
      return "owner";
    case Role::maintainer:
      return "maintainer";
  }
  return "unknown";
}

Result<Role> parse_role(std::string_view text) {
  for (const Role role : {Role::owner, Role::maintainer}) {
    if (to_string(role) == text) return role;
  }
  return Error{Errc::invalid_input, "expected a role (owner, maintainer), found " + quote(text, 40)};
}

Permissions permissions_of(Role role) {
  switch (role) {
    case Role::owner:
      return {Permission::admin};
    case Role::maintainer:
      return {Permission::read, Permission::upload, Permission::stage, Permission::smoke,
              Permission::publish};
  }
  return {};
}

}  // namespace packhouse

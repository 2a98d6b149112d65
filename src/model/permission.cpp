#include "model/permission.hpp"

#include <array>

#include "base/text.hpp"

namespace packhouse {
namespace {

constexpr std::array permissions{Permission::read,  Permission::upload,  Permission::stage,
                                 Permission::smoke, Permission::publish, Permission::yank,
                                 Permission::admin};

std::string known_names() {
  std::string names;
  for (const Permission permission : permissions) {
    if (!names.empty()) names += ", ";
    names += to_string(permission);
  }
  return names;
}

}  // namespace

std::span<const Permission> all_permissions() noexcept {
  return permissions;
}

std::string_view to_string(Permission permission) noexcept {
  switch (permission) {
    case Permission::read:
      return "read";
    case Permission::upload:
      return "upload";
    case Permission::stage:
      return "stage";
    case Permission::smoke:
      return "smoke";
    case Permission::publish:
      return "publish";
    case Permission::yank:
      return "yank";
    case Permission::admin:
      return "admin";
  }
  return "unknown";
}

Result<Permission> parse_permission(std::string_view text) {
  for (const Permission permission : permissions) {
    if (to_string(permission) == text) return permission;
  }
  return Error{Errc::invalid_input,
               "expected a permission (" + known_names() + "), found " + quote(text, 40)};
}

Result<Permissions> Permissions::parse(std::string_view text) {
  Permissions set;
  for (const std::string_view name : split(text, ',')) {
    TRY(const Permission permission, parse_permission(name));
    set.add(permission);
  }
  return set;
}

std::string Permissions::str() const {
  std::string names;
  for (const Permission permission : permissions) {
    if ((bits_ & bit(permission)) == 0) continue;
    if (!names.empty()) names += ',';
    names += to_string(permission);
  }
  return names;
}

}  // namespace packhouse

#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace packhouse {

/// What a caller may do. A route requires exactly one of these per method.
enum class Permission : std::uint8_t {
  read,     ///< pages, files and metadata
  upload,   ///< legacy upload: visible at once
  stage,    ///< put files into a session that is not visible
  smoke,    ///< read a session that is not visible; included in stage and publish
  publish,  ///< make a session visible
  yank,     ///< yank, block, and back
  admin,    ///< tokens, deletion, policy; includes every other
};

std::span<const Permission> all_permissions() noexcept;
std::string_view to_string(Permission permission) noexcept;
Result<Permission> parse_permission(std::string_view text);

/// A set of permissions. `admin` in it grants all; `stage` and `publish` each grant `smoke`.
class Permissions {
 public:
  Permissions() = default;
  Permissions(std::initializer_list<Permission> list) {
    for (const Permission permission : list)
      add(permission);
  }
  /// "read,upload": names separated by commas, at least one.
  static Result<Permissions> parse(std::string_view text);

  void add(Permission permission) noexcept { bits_ |= bit(permission); }
  bool allows(Permission permission) const noexcept {
    auto granting = bit(permission) | bit(Permission::admin);
    if (permission == Permission::smoke) granting |= bit(Permission::stage) | bit(Permission::publish);
    return (bits_ & granting) != 0;
  }
  bool empty() const noexcept { return bits_ == 0; }
  /// Is it in the set by its own name? (allows() also asks for `admin`.)
  bool names(Permission permission) const noexcept { return (bits_ & bit(permission)) != 0; }
  /// Names separated by commas, in the order of the enumeration.
  std::string str() const;
  bool operator==(const Permissions&) const = default;

 private:
  static std::uint32_t bit(Permission permission) noexcept { return 1U << static_cast<unsigned>(permission); }
  std::uint32_t bits_ = 0;
};

}  // namespace packhouse

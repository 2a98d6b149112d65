#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/digest.hpp"
#include "base/time.hpp"
#include "model/permission.hpp"

namespace packhouse {

/// An API token as it is stored: of the token itself only its SHA-256 (it has 256 random bits, so a slow
/// hash would add nothing).
struct Token {
  std::int64_t id = 0;
  std::string label;  ///< for people: "ci of nqctl"
  Sha256 hash;
  Permissions permissions;
  std::optional<std::string> project;     ///< normalised name; unset: every project
  std::optional<std::string> index = {};  ///< unset: every index, and what concerns the whole server
  /// Whose it is: it then may no more than they may, and nothing once they are disabled. Unset: a program's.
  std::optional<std::string> user = {};
  Timestamp created;
  std::optional<Timestamp> expires;
  std::optional<Timestamp> last_used;  ///< to the minute: it is written behind, not in every request
  std::optional<Timestamp> revoked;

  bool live_at(Timestamp now) const { return !revoked && (!expires || now < *expires); }
};

}  // namespace packhouse

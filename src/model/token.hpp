#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.hpp"
#include "base/time.hpp"
#include "model/permission.hpp"

namespace packhouse {

/// What a token of a run may do in one project: as much as the publisher it came by.
struct Grant {
  std::string index;
  std::string project;  ///< normalised
  Permissions permissions;
  bool reads_index = false;  ///< it may read all of the index, too

  bool allows(Permission permission, std::string_view of_index, std::string_view of_project) const {
    if (of_index != index) return false;
    if (reads_index && permission == Permission::read) return true;
    return of_project == project && permissions.allows(permission);
  }
  bool operator==(const Grant&) const = default;
};

/// An API token as it is stored: of the token itself only its SHA-256 (it has 256 random bits, so a slow
/// hash would add nothing).
struct Token {
  std::int64_t id = 0;
  std::string label;  ///< "ci of nqctl"
  Sha256 hash;
  Permissions permissions;
  std::optional<std::string> project;     ///< normalised name; unset: every project
  std::optional<std::string> index = {};  ///< unset: every index, and the whole server
  /// The owner: the token grants at most what they may do, and nothing once they are disabled. Unset: none.
  std::optional<std::string> user = {};
  std::optional<std::string> made_by =
      {};  ///< the user who made it; unset: the command line, or another token
  Timestamp created;
  std::optional<Timestamp> expires;
  std::optional<Timestamp> last_used;  ///< to the minute: written in the background, not in every request
  std::optional<Timestamp> revoked;

  /// Of a token that was minted for a run: all that it may. Unset: it is an ordinary one.
  std::optional<std::vector<Grant>> grants = {};

  bool live_at(Timestamp now) const { return !revoked && (!expires || now < *expires); }
};

}  // namespace packhouse

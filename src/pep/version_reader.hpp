#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "pep/version.hpp"

namespace packhouse {

/// A version that a longer text begins with.
struct VersionPrefix {
  Version version;
  std::size_t end;             ///< offset of the first byte after it
  std::size_t release_length;  ///< how many release numbers are written
  bool release_only;           ///< nothing follows the release
};

/// The longest version that begins at `start`, after white space. Without `allow_local` it ends before a "+".
/// For this module's own use.
std::optional<VersionPrefix> read_version_prefix(std::string_view text, std::size_t start, bool allow_local);

}  // namespace packhouse

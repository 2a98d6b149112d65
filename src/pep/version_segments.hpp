#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "pep/version.hpp"

namespace packhouse {

/// The parts of a version's normal form, as views into a text: for this module's own use.
struct VersionSegments {
  std::string_view epoch;  ///< "0" if none is written
  std::string_view release;
  std::string_view pre_kind;  ///< empty without a pre-release
  std::string_view pre_number;
  std::string_view post;  ///< empty without a post-release
  std::string_view dev;
  std::string_view local;

  /// Room for the normal form of any version that has no text: 15 release numbers and three more, each of at
  /// most 8 digits.
  using Buffer = std::array<char, 256>;

  /// The normal form, in `buffer` unless the version has its own text.
  static std::string_view text_of(const Version& version, Buffer& buffer) noexcept;
  /// Without the "+"; empty if there is none.
  static std::string_view local_of(const Version& version) noexcept;
  /// `text` is a normal form.
  static VersionSegments split(std::string_view text) noexcept;
};

/// A version that a longer text begins with.
struct VersionPrefix {
  Version version;
  std::size_t end;             ///< offset of the first byte after it
  std::size_t release_length;  ///< how many release numbers are written
  bool release_only;           ///< nothing follows the release
};

/// The longest version that begins at `start`, after white space. Without `allow_local` it ends before a "+".
std::optional<VersionPrefix> read_version_prefix(std::string_view text, std::size_t start, bool allow_local);

}  // namespace packhouse

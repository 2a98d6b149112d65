#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace packhouse {

class Version;

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
  /// `text` is a normal form.
  static VersionSegments split(std::string_view text) noexcept;
};

}  // namespace packhouse

#pragma once

#include <string_view>

namespace packhouse {

/// The parts of a version, as views into its text: for this module's own use. In a normal form numbers have
/// no leading zeros and the local segment is in lower case.
struct VersionSegments {
  std::string_view epoch;  ///< "0" if none is written
  std::string_view release;
  std::string_view pre_kind;  ///< "a", "b" or "rc"; empty without a pre-release
  std::string_view pre_number;
  std::string_view post;  ///< empty without a post-release
  std::string_view dev;
  std::string_view local;  ///< without the "+"

  /// `text` is a normal form.
  static VersionSegments split(std::string_view text) noexcept;
};

/// The part of `rest` before `separator`; `rest` becomes what follows it.
std::string_view next_part(std::string_view& rest, char separator) noexcept;

}  // namespace packhouse

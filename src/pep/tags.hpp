#pragma once

#include <compare>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "pep/parse_error.hpp"

namespace packhouse {

/// What a wheel runs on ("Platform compatibility tags" specification). Lower case.
struct Tag {
  std::string interpreter;
  std::string abi;
  std::string platform;

  /// "py3-none-any"
  std::string str() const;
  auto operator<=>(const Tag&) const = default;
};

/// A compressed set such as "py2.py3-none-any" stands for at most this many tags: the count is a product, and
/// a name of 255 bytes could otherwise ask for twenty thousand.
inline constexpr std::size_t max_tags = 4096;

/// Expands a compressed tag set such as "py2.py3-none-any"; sorted, each tag once. Refused: not three fields,
/// an empty member, an interpreter that is no identifier, more than `max_tags`.
Parsed<std::vector<Tag>> expand_tags(std::string_view text);

/// Whether each of the fields is in sorted order, as the specification wants of a compressed set.
bool tags_are_sorted(std::string_view text);

}  // namespace packhouse

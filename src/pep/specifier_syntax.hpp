#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "pep/specifier.hpp"
#include "pep/version_reader.hpp"

namespace packhouse {

/// A clause that a longer text begins with, as the regular expression of packaging.specifiers.Specifier finds
/// it.
struct SpecifierPrefix {
  Specifier::Operator op;
  std::size_t version_start;             ///< after the operator and white space
  std::size_t end;                       ///< offset of the first byte after the clause
  std::optional<VersionPrefix> version;  ///< unless the operator is `===`
  bool is_prefix = false;                ///< ends in ".*"
};

std::optional<SpecifierPrefix> match_specifier(std::string_view text, std::size_t start);

}  // namespace packhouse

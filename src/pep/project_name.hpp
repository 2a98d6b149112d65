#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "pep/parse_error.hpp"

namespace packhouse {

/// A project's name, normalised (PEP 503, "Names and normalization" of the specifications). The only way to
/// hold one is to have parsed it.
class ProjectName {
 public:
  /// ASCII letters, digits, '.', '-' and '_', first and last a letter or a digit, at least one.
  static Result<ProjectName> parse(std::string_view text);
  static Parsed<ProjectName> read(std::string_view text);

  /// Lower case, each run of '-', '_' and '.' as one '-'.
  const std::string& str() const noexcept { return value_; }

  /// As it begins a filename (PEP 625, PEP 427): with '_' for each '-'.
  std::string filename_form() const;

  auto operator<=>(const ProjectName&) const = default;

 private:
  explicit ProjectName(std::string value) : value_(std::move(value)) {}
  std::string value_;
};

/// The normal form of any text, valid name or not: lower case by Unicode's rules, each run of '-', '_' and
/// '.' as one '-'. For comparing extras and filenames as packaging.utils.canonicalize_name() does.
std::string normalize_name(std::string_view text);

}  // namespace packhouse

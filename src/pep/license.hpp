#pragma once

#include <string>
#include <string_view>

#include "pep/parse_error.hpp"

namespace packhouse {

/// A licence expression (PEP 639), in its canonical form.
class LicenseExpression {
 public:
  /// Parentheses nest at most this deep.
  static constexpr std::size_t max_depth = 200;

  /// SPDX identifiers and exceptions of the list in data/, deprecated ones too, and LicenseRef-….
  static Result<LicenseExpression> parse(std::string_view text);
  static Parsed<LicenseExpression> read(std::string_view text);

  /// Operators in upper case, identifiers as SPDX spells them: "MIT OR (Apache-2.0 AND BSD-2-Clause)".
  const std::string& str() const noexcept { return value_; }

  bool operator==(const LicenseExpression&) const = default;

 private:
  explicit LicenseExpression(std::string value) : value_(std::move(value)) {}
  std::string value_;
};

/// The version of the SPDX licence list that is compiled in, e.g. "3.27.0".
std::string_view spdx_list_version() noexcept;

}  // namespace packhouse

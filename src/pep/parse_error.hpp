#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace packhouse {

/// Where a text stopped being what it should be, so that a message can point at the fault.
/// Made by every parser of this module in the same way.
struct ParseError {
  std::string message;       ///< "expected …, found …"; says nothing of the position
  std::string excerpt;       ///< the input, or its part around the fault: at most 160 bytes of it, unescaped
  std::size_t column = 0;    ///< byte offset of the fault in `excerpt`
  std::size_t length = 0;    ///< bytes that are at fault, within `excerpt`; 0 is a point
  std::size_t position = 0;  ///< byte offset of the fault in the whole input

  /// Copies only the part of `text` around `position`, so that a huge input costs nothing.
  static ParseError at(std::string_view text, std::size_t position, std::string message,
                       std::size_t length = 0);

  /// Two lines, without a newline at their end: the excerpt with control characters and bytes that are not
  /// UTF-8 escaped, and below it a caret under the first byte at fault, with a tilde for each further one.
  /// Each line starts with `indent` blanks.
  std::string caret(std::size_t indent = 4) const;

  /// One line: the message, the byte position and the quoted excerpt.
  std::string line() const;

  /// Errc::invalid_input with line() as its message.
  Error to_error() const;

  bool operator==(const ParseError&) const = default;
};

/// The longest text that the parsers of version specifiers, requirements, markers, licence expressions and
/// filenames take: what they build is tens of times as large as what they read.
inline constexpr std::size_t max_parsed_bytes = std::size_t{1} << 20U;

/// The fault of a text that is longer than that, if it is.
std::optional<ParseError> check_length(std::string_view text);

/// A value, or why there is none and where the fault lies.
template <typename T>
class [[nodiscard]] Parsed : public std::expected<T, ParseError> {
 public:
  using Base = std::expected<T, ParseError>;
  using Base::Base;
  Parsed(ParseError error) : Base(std::unexpect, std::move(error)) {}

  bool ok() const noexcept { return this->has_value(); }

  /// For callers who pass the fault on and do not point at it.
  Result<T> to_result() && {
    if (!ok()) return this->error().to_error();
    return std::move(**this);
  }
};

}  // namespace packhouse

#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace packhouse {

/// What Python makes of a string literal whose quotes enclose `body`; nullopt where it, or UTF-8, has no such
/// string. Markers are read so by packaging, although the specification knows no escapes. `\N{…}` is refused.
std::optional<std::string> python_string(std::string_view body);

/// `value` as a literal with its quotes that a marker can hold, as packaging writes it: in double quotes, or
/// in single ones where it holds a double one, and without escapes. Only what could not be read back so is
/// escaped.
std::string python_literal(std::string_view value);

}  // namespace packhouse

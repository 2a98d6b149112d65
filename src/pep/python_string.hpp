#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace packhouse {

/// What Python makes of a string literal whose quotes enclose `body`; nullopt where it, or UTF-8, has no such
/// string. Markers are read so by packaging, although the specification knows no escapes. `\N{…}` is refused.
std::optional<std::string> python_string(std::string_view body);

}  // namespace packhouse

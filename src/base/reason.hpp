#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace packhouse {

/// The reason of a change: trimmed, 1 to 1000 bytes of UTF-8 in one line, since status lines and attributes
/// show it, without control characters (base/control_characters.hpp). invalid_input otherwise, with `hint`.
Result<std::string> parse_reason(std::string_view text, std::string_view hint);

/// The same for a change that needs no reason: blank text is an empty one.
Result<std::string> parse_optional_reason(std::string_view text);

}  // namespace packhouse

#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace packhouse {

/// The reason of a change of state: trimmed, 1 to 1000 bytes of UTF-8 in one line, for it stands in status
/// lines and attributes. invalid_input otherwise; `hint` says what it is for.
Result<std::string> parse_reason(std::string_view text, std::string_view hint);

}  // namespace packhouse

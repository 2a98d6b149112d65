#pragma once

#include <string_view>

namespace packhouse::dist {

/// Whether a project of this normalised name would be taken for a module of Python's standard library.
bool is_stdlib_name(std::string_view normalized_name) noexcept;

}  // namespace packhouse::dist

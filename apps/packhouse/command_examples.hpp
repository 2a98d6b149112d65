#pragma once

#include <span>
#include <string_view>

namespace packhouse::app {

/// One call of each command, which its help shows.
std::span<const std::string_view> command_examples() noexcept;

}  // namespace packhouse::app

#pragma once

#include <string_view>

namespace packhouse::dist {

/// Whether a wheel's platform tag is one that an installer on some machine asks for: those that the public
/// index takes, and linux_* of any processor.
bool is_known_platform(std::string_view platform);

/// Whether the public index takes it (rule 66 of Warehouse): a plain linux_* tag, but for two, says nothing
/// of the libraries that the wheel needs.
bool is_public_platform(std::string_view platform);

}  // namespace packhouse::dist

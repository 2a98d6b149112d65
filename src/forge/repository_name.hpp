#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace packhouse::forge {

/// "owner/name" with the characters that GitHub allows in each.
Result<std::string> parse_repository(std::string_view text);

/// GitLab's "group/name", with as many groups as there are.
Result<std::string> parse_project_path(std::string_view text);

}  // namespace packhouse::forge

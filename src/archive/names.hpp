#pragma once

#include <span>
#include <string_view>

#include "archive/member.hpp"
#include "archive/policy.hpp"
#include "archive/rules.hpp"

namespace packhouse::archive {

/// One member's path on its own: what would leave the folder it is unpacked into, or mean another file on
/// another system.
void check_path(std::string_view name, const Limits& limits, Violations& violations);

/// All paths together: duplicates, names that become one where case or Unicode form is ignored, and paths
/// that are a file and a folder at once. Time is n log n whatever the names, so that crafted ones cost
/// nothing extra.
void check_clashes(std::span<const Member* const> members, Violations& violations);

/// Orders '/' before every other byte, so that what lies in a folder follows the folder's own name directly.
bool path_less(std::string_view a, std::string_view b) noexcept;

/// The name that a file system may take `name` for: Unicode's NFKC_Casefold, for ASCII its lower case.
/// Names that are not UTF-8 stay as they are.
std::string folded_name(std::string_view name);

}  // namespace packhouse::archive

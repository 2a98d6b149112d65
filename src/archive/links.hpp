#pragma once

#include <span>

#include "archive/member.hpp"
#include "archive/rules.hpp"

namespace packhouse::archive {

/// A tar's links. With `allowed`, those whose target stays in the link's own top-level folder are sound (PEP
/// 721): a symbolic link whose relative target climbs only at its beginning, and a hard link to an earlier
/// file. Nothing may lie below a link (check_clashes), so the folders that ".." climbs are real ones.
void check_links(std::span<const Member> members, bool allowed, Violations& violations);

}  // namespace packhouse::archive

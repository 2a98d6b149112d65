#pragma once

#include <span>
#include <string>
#include <vector>

#include "dist/check_result.hpp"
#include "dist/inspection.hpp"
#include "dist/policy.hpp"

// The checks that look at several files.
namespace packhouse::dist {

/// Whether the files of one release (one name and version) agree: a field of the sdist's metadata that is not
/// Dynamic stands unchanged in each wheel (PEP 643), one that is may only be added to (PEP 808); at most one
/// sdist; nothing of another project or version.
std::vector<CheckResult> check_release(std::span<const Inspection* const> files, const Policy& policy);

/// The checks `artifact.*` on the names of what is to be a release; a folder's name ends in '/'.
std::vector<CheckResult> check_member_names(const std::vector<std::string>& names, const Policy& policy);

}  // namespace packhouse::dist

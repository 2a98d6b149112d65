#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "archive/rules.hpp"
#include "dist/check_result.hpp"

namespace packhouse::dist {

/// Every check there is, in the order of a report.
std::span<const CheckInfo> all_checks();

/// Null if no check has that name.
const CheckInfo* find_check(std::string_view id);

/// A rule of the container as a check. What only some systems make of a name is a warning in a tar, the
/// container of sources: no installer keeps those files.
CheckInfo info_of(const archive::RuleInfo& rule, std::optional<archive::Scope> scope = std::nullopt);

}  // namespace packhouse::dist

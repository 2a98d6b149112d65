#pragma once

#include <span>
#include <string_view>

#include "archive/rules.hpp"
#include "dist/check_result.hpp"

namespace packhouse::dist {

/// Every check there is, in the order of a report.
std::span<const CheckInfo> all_checks();

/// Null if no check has that name.
const CheckInfo* find_check(std::string_view id);

/// A rule of the container as a check.
CheckInfo info_of(const archive::RuleInfo& rule);

}  // namespace packhouse::dist

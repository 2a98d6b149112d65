#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "archive/rules.hpp"
#include "dist/check_result.hpp"
#include "dist/checks/findings.hpp"
#include "dist/policy.hpp"

// What findings mean under a policy.
namespace packhouse::dist {

/// The results of one check; nothing if the policy switched it off.
void append_results(const CheckInfo& check, const Findings& findings, const Policy& policy,
                    std::vector<CheckResult>& results);
/// Says that a check could not look, and why; nothing if the policy switched it off.
void append_skipped(const CheckInfo& check, std::string_view why, const Policy& policy,
                    std::vector<CheckResult>& results);
/// The results of the container's rules. An unbroken rule of an archive that was not read to its end (not
/// `complete`) is skipped, not passed: it may not have been looked at.
void append_container_results(const archive::Violations& violations, std::optional<archive::Scope> scope,
                              bool complete, const Policy& policy, std::vector<CheckResult>& results);

}  // namespace packhouse::dist

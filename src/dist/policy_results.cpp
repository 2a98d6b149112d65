#include "dist/policy_results.hpp"

#include <fmt/format.h>

#include "dist/check_list.hpp"

namespace packhouse::dist {

namespace {

Severity severity_of(const CheckInfo& check, const Policy& policy) {
  return policy.severity(check.id).value_or(check.severity);
}

}  // namespace

void append_skipped(const CheckInfo& check, std::string_view why, const Policy& policy,
                    std::vector<CheckResult>& results) {
  if (severity_of(check, policy) == Severity::off) return;
  results.push_back(
      {std::string{check.id}, Outcome::skipped, std::string{check.expected}, std::string{why}, {}});
}

void append_results(const CheckInfo& check, const Findings& findings, const Policy& policy,
                    std::vector<CheckResult>& results) {
  const auto severity = severity_of(check, policy);
  if (severity == Severity::off) return;
  if (findings.count() == 0) {
    results.push_back({std::string{check.id}, Outcome::passed, std::string{check.expected}, {}, {}});
    return;
  }
  const auto outcome = severity == Severity::warn ? Outcome::warned : Outcome::refused;
  const auto setting = outcome == Outcome::refused ? lowering(check) : std::string{};
  const auto hint = std::string{check.hint} + (setting.empty() ? "" : "; " + setting);
  for (const auto& finding : findings.kept()) {
    results.push_back({std::string{check.id}, outcome,
                       finding.expected.empty() ? std::string{check.expected} : finding.expected,
                       finding.found, hint});
  }
  if (const auto more = findings.count() - findings.kept().size(); more > 0) {
    results.push_back({std::string{check.id}, outcome, std::string{check.expected},
                       fmt::format("{} more of this kind", more), hint});
  }
}

void append_container_results(const archive::Violations& violations, std::optional<archive::Scope> scope,
                              bool complete, const Policy& policy, std::vector<CheckResult>& results) {
  for (const auto& rule : archive::rules()) {
    const bool applies = rule.scope == archive::Scope::any || !scope || rule.scope == *scope;
    const bool broken = violations.has(rule.rule);
    // A zip's rule broken by what should be a tar says more than silence.
    if (!applies && !broken) continue;
    const auto check = info_of(rule, scope);
    if (!complete && !broken) {
      append_skipped(check, "not looked at: the archive cannot be read to its end", policy, results);
      continue;
    }
    Findings findings;
    for (const auto& violation : violations.kept()) {
      if (violation.rule == rule.rule) findings.add(violation.found);
    }
    for (auto more = findings.count(); more < violations.count(rule.rule); ++more)
      findings.add({});
    append_results(check, findings, policy, results);
  }
}

}  // namespace packhouse::dist

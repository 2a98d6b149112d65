#include "dist/check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.hpp"
#include "dist/checks.hpp"
#include "dist/subject.hpp"

namespace packhouse::dist {
namespace {

// Rules that keep names portable rather than readers safe: a site that knows its machines may lower them.
bool is_fixed(const archive::RuleInfo& rule) {
  static constexpr std::array switchable{archive::Rule::path_device, archive::Rule::path_trailing,
                                         archive::Rule::name_case_clash, archive::Rule::zip_comment,
                                         archive::Rule::member_mode};
  return std::ranges::find(switchable, rule.rule) == switchable.end();
}

CheckInfo info_of(const archive::RuleInfo& rule) {
  return {rule.id, rule.refuses ? Severity::refuse : Severity::warn, is_fixed(rule), rule.expected, rule.fix};
}

constexpr std::array tables{&file_checks,  &metadata_checks, &wheel_checks, &record_checks,
                            &sdist_checks, &content_checks,  &form_checks};

std::vector<CheckInfo> collect_infos() {
  std::vector<CheckInfo> infos;
  for (const auto& rule : archive::rules())
    infos.push_back(info_of(rule));
  for (const auto table : tables) {
    for (const auto& check : table())
      infos.push_back(check.info);
  }
  for (const auto& info : release_check_infos())
    infos.push_back(info);
  for (const auto& info : artifact_check_infos())
    infos.push_back(info);
  return infos;
}

Severity severity_of(const CheckInfo& check, const Policy& policy) {
  return policy.severity(check.id).value_or(check.severity);
}

CheckResult skipped(const CheckInfo& check, std::string why) {
  return {std::string{check.id}, Outcome::skipped, std::string{check.expected}, std::move(why), {}};
}

// Why a check cannot say anything; empty if it can.
std::string unmet(Need need, const Subject& subject) {
  const bool named = subject.name() != nullptr;
  switch (need) {
    case Need::nothing:
      return {};
    case Need::filename:
      return named ? "" : "not looked at: the filename cannot be read";
    case Need::named_contents:
      if (!named) return "not looked at: the filename cannot be read";
      [[fallthrough]];
    case Need::contents:
      return subject.complete ? "" : "not looked at: the archive cannot be read to its end";
    case Need::metadata_bytes:
      return subject.metadata_bytes() != nullptr ? "" : "not looked at: there is no metadata";
    case Need::identity:
      if (!named) return "not looked at: the filename cannot be read";
      [[fallthrough]];
    case Need::metadata:
      return subject.metadata ? "" : "not looked at: the metadata cannot be read";
    case Need::record:
      return subject.record && subject.complete ? "" : "not looked at: RECORD cannot be read";
    case Need::wheel_file:
      return subject.wheel_file && named ? "" : "not looked at: WHEEL cannot be read";
  }
  return {};
}

void run_check(const Check& check, const Subject& subject, const Policy& policy,
               std::vector<CheckResult>& results) {
  if (check.only && check.only != subject.kind) return;
  if (severity_of(check.info, policy) == Severity::off) return;
  if (auto why = unmet(check.need, subject); !why.empty()) {
    results.push_back(skipped(check.info, std::move(why)));
    return;
  }
  Findings findings;
  check.run(subject, findings);
  append_results(check.info, findings, policy, results);
}

void run_table(std::span<const Check> table, const Subject& subject, const Policy& policy,
               std::vector<CheckResult>& results) {
  for (const auto& check : table)
    run_check(check, subject, policy, results);
}

std::optional<Inspection> inspection_of(Subject& subject) {
  if (!subject.metadata || !subject.kind) return std::nullopt;
  auto name = *subject.metadata->name;
  auto version = *subject.metadata->version;
  return Inspection{.filename = subject.filename,
                    .kind = *subject.kind,
                    .size = subject.size,
                    .name = std::move(name),
                    .version = std::move(version),
                    .metadata_bytes = *subject.metadata_bytes(),
                    .metadata = std::move(*subject.metadata),
                    .tags = subject.wheel_name ? subject.wheel_name->tags : std::vector<Tag>{}};
}

Subject inspect(const archive::ByteSource& source, std::string_view filename, const Policy& policy) {
  if (filename.ends_with(".whl")) return inspect_wheel(source, filename, policy);
  if (filename.ends_with(".tar.gz")) return inspect_sdist(source, filename, policy);
  Subject subject;
  subject.filename = filename;
  subject.size = source.size();
  return subject;
}

}  // namespace

std::string_view to_string(Outcome outcome) noexcept {
  switch (outcome) {
    case Outcome::passed:
      return "passed";
    case Outcome::warned:
      return "warned";
    case Outcome::refused:
      return "refused";
    case Outcome::skipped:
      return "skipped";
  }
  return "passed";
}

bool Report::accepted() const noexcept {
  return std::ranges::none_of(results, [](const auto& result) { return result.outcome == Outcome::refused; });
}

std::string Report::refusal() const {
  const auto first = std::ranges::find(results, Outcome::refused, &CheckResult::outcome);
  if (first == results.end()) return {};
  return fmt::format("{}: expected {}, found {}", first->id, first->expected, first->found);
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
  for (const auto& finding : findings.kept()) {
    results.push_back({std::string{check.id}, outcome,
                       finding.expected.empty() ? std::string{check.expected} : finding.expected,
                       finding.found, std::string{check.fix}});
  }
  if (const auto more = findings.count() - findings.kept().size(); more > 0) {
    results.push_back({std::string{check.id}, outcome, std::string{check.expected},
                       fmt::format("{} more of this kind", more), std::string{check.fix}});
  }
}

void append_container_results(const archive::Violations& violations, std::optional<archive::Scope> scope,
                              bool complete, const Policy& policy, std::vector<CheckResult>& results) {
  for (const auto& rule : archive::rules()) {
    const bool applies = rule.scope == archive::Scope::any || !scope || rule.scope == *scope;
    const bool broken = violations.has(rule.rule);
    // A zip's rule broken by what should be a tar says more than silence.
    if (!applies && !broken) continue;
    if (!complete && !broken) {
      results.push_back(skipped(info_of(rule), "not looked at: the archive cannot be read to its end"));
      continue;
    }
    Findings findings;
    for (const auto& violation : violations.kept()) {
      if (violation.rule == rule.rule) findings.add(violation.found);
    }
    for (auto more = findings.count(); more < violations.count(rule.rule); ++more)
      findings.add({});
    append_results(info_of(rule), findings, policy, results);
  }
}

std::span<const CheckInfo> all_checks() {
  static const std::vector<CheckInfo> infos = collect_infos();
  return infos;
}

const CheckInfo* find_check(std::string_view id) {
  const auto infos = all_checks();
  const auto found = std::ranges::find(infos, id, &CheckInfo::id);
  return found == infos.end() ? nullptr : &*found;
}

Report check_file(const archive::ByteSource& source, std::string_view filename, const Policy& policy,
                  const std::optional<FormClaims>& form) {
  auto subject = inspect(source, filename, policy);
  Report report{.filename = std::string{filename}, .inspection = {}, .results = {}};
  if (subject.kind) {
    append_container_results(subject.violations, subject.container, subject.complete, policy, report.results);
  }
  run_table(file_checks(), subject, policy, report.results);
  if (subject.kind) {
    for (const auto table : {&metadata_checks, &wheel_checks, &record_checks, &sdist_checks, &content_checks})
      run_table(table(), subject, policy, report.results);
  }
  if (form) {
    subject.form = &*form;
    run_table(form_checks(), subject, policy, report.results);
  }
  report.inspection = inspection_of(subject);
  return report;
}

Report check_archive(const archive::ByteSource& source, std::string_view filename, const Policy& policy) {
  const auto subject = inspect_archive(source, filename, policy);
  Report report{.filename = std::string{filename}, .inspection = {}, .results = {}};
  append_container_results(subject.violations, subject.container, subject.complete, policy, report.results);
  return report;
}

}  // namespace packhouse::dist

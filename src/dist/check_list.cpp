#include "dist/check_list.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "dist/checks/check_table.hpp"

namespace packhouse::dist {
namespace {

// Rules that keep names portable rather than readers safe: a site that knows its machines may lower them.
bool is_fixed(const archive::RuleInfo& rule) {
  static constexpr std::array switchable{archive::Rule::path_device, archive::Rule::path_trailing,
                                         archive::Rule::name_case_clash, archive::Rule::zip_comment,
                                         archive::Rule::member_mode};
  return std::ranges::find(switchable, rule.rule) == switchable.end();
}

// Windows, and for letter case macOS.
bool concerns_some_systems_alone(const archive::RuleInfo& rule) {
  using archive::Rule;
  return rule.rule == Rule::path_drive || rule.rule == Rule::path_device ||
         rule.rule == Rule::path_trailing || rule.rule == Rule::name_case_clash;
}

constexpr std::array tables{&file_checks,      &metadata_checks, &wheel_checks,   &record_checks,
                            &installed_checks, &sdist_checks,    &content_checks, &form_checks};

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

}  // namespace

CheckInfo info_of(const archive::RuleInfo& rule, std::optional<archive::Scope> scope) {
  const bool warns = !rule.refuses || (scope == archive::Scope::tar_gz && concerns_some_systems_alone(rule));
  return {rule.id, warns ? Severity::warn : Severity::refuse, is_fixed(rule), rule.expected, rule.hint};
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

}  // namespace packhouse::dist

#include "evidence/check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace packhouse {

bool all_passed(const Checks& checks) noexcept {
  return std::ranges::all_of(checks, &Check::passed);
}

std::vector<std::string> refused_ids(const Checks& checks) {
  std::vector<std::string> ids;
  for (const Check& check : checks)
    if (!check.passed) ids.push_back(check.id);
  return ids;
}

RefusalKind worst_refusal(const Checks& checks) noexcept {
  constexpr std::array order{RefusalKind::policy,         RefusalKind::conflict, RefusalKind::missing,
                             RefusalKind::authentication, RefusalKind::approval, RefusalKind::smoke};
  for (const RefusalKind refusal : order) {
    const auto has_refusal = [&](const Check& check) { return !check.passed && check.refusal == refusal; };
    if (std::ranges::any_of(checks, has_refusal)) return refusal;
  }
  return RefusalKind::unavailable;
}

std::string_view to_string(RefusalKind refusal) noexcept {
  switch (refusal) {
    case RefusalKind::policy:
      return "policy";
    case RefusalKind::missing:
      return "missing";
    case RefusalKind::conflict:
      return "conflict";
    case RefusalKind::authentication:
      return "authentication";
    case RefusalKind::approval:
      return "approval";
    case RefusalKind::smoke:
      return "smoke";
    case RefusalKind::unavailable:
      return "unavailable";
  }
  return "policy";
}

json::Value to_json(const Checks& checks) {
  json::Array list;
  for (const Check& check : checks) {
    json::Object entry{{"id", check.id},
                       {"passed", check.passed},
                       {"expected", check.expected},
                       {"found", check.found},
                       {"evidence", json::Array(check.evidence.begin(), check.evidence.end())}};
    if (!check.passed) {
      entry["fault"] = to_string(check.refusal);
      entry["hint"] = check.hint;
    }
    list.push_back(std::move(entry));
  }
  return list;
}

CheckBuilder& CheckBuilder::on(std::vector<std::string> evidence) {
  evidence_ = std::move(evidence);
  return *this;
}

void CheckBuilder::equal(std::string_view id, const Field<std::string>& found, std::string_view expected,
                         std::string_view hint, RefusalKind refusal) {
  require(id, found.ok() && *found == expected, quote(expected), show(found), hint, refusal);
}

void CheckBuilder::equal(std::string_view id, const Field<std::int64_t>& found,
                         const Field<std::int64_t>& expected, std::string_view hint, RefusalKind refusal) {
  require(id, found.ok() && expected.ok() && *found == *expected, show(expected), show(found), hint, refusal);
}

void CheckBuilder::require(std::string_view id, bool passed, std::string expected, std::string found,
                           std::string_view hint, RefusalKind refusal) {
  checks_.push_back({std::string(id), passed, std::move(expected), std::move(found), std::string(hint),
                     refusal, evidence_});
}

std::string list_names(const std::vector<std::string>& names, std::string_view none) {
  constexpr std::size_t most = 20;
  std::vector<std::string> shown;
  for (const std::string& name : names) {
    std::string quoted = quote(name);
    if (std::ranges::find(shown, quoted) == shown.end()) shown.push_back(std::move(quoted));
  }
  if (shown.empty()) return std::string(none);
  const std::size_t more = shown.size() - std::min(shown.size(), most);
  shown.resize(shown.size() - more);
  return join(shown, ", ") + (more == 0 ? "" : fmt::format(" and {} more", more));
}

std::string show(const Field<std::string>& field) {
  return field.ok() ? quote(*field) : field.error().message;
}

std::string show(const Field<std::int64_t>& field) {
  return field.ok() ? fmt::format("{}", *field) : field.error().message;
}

}  // namespace packhouse

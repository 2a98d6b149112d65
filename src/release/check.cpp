#include "release/check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace packhouse::release {

bool all_passed(const Checks& checks) noexcept {
  return std::ranges::all_of(checks, &Check::passed);
}

std::vector<std::string> refused_ids(const Checks& checks) {
  std::vector<std::string> ids;
  for (const Check& check : checks)
    if (!check.passed) ids.push_back(check.id);
  return ids;
}

Fault worst_fault(const Checks& checks) noexcept {
  constexpr std::array order{Fault::policy, Fault::conflict, Fault::missing, Fault::authentication,
                             Fault::approval};
  for (const Fault fault : order) {
    const auto has_fault = [&](const Check& check) { return !check.passed && check.fault == fault; };
    if (std::ranges::any_of(checks, has_fault)) return fault;
  }
  return Fault::smoke;
}

std::string_view to_string(Fault fault) noexcept {
  switch (fault) {
    case Fault::policy:
      return "policy";
    case Fault::missing:
      return "missing";
    case Fault::conflict:
      return "conflict";
    case Fault::authentication:
      return "authentication";
    case Fault::approval:
      return "approval";
    case Fault::smoke:
      return "smoke";
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
      entry["fault"] = to_string(check.fault);
      entry["cure"] = check.cure;
    }
    list.push_back(std::move(entry));
  }
  return list;
}

Examination& Examination::on(std::vector<std::string> evidence) {
  evidence_ = std::move(evidence);
  return *this;
}

void Examination::equal(std::string_view id, const Field<std::string>& found, std::string_view expected,
                        std::string_view cure, Fault fault) {
  that(id, found.ok() && *found == expected, quote(expected), show(found), cure, fault);
}

void Examination::equal(std::string_view id, const Field<std::int64_t>& found,
                        const Field<std::int64_t>& expected, std::string_view cure, Fault fault) {
  that(id, found.ok() && expected.ok() && *found == *expected, show(expected), show(found), cure, fault);
}

void Examination::that(std::string_view id, bool passed, std::string expected, std::string found,
                       std::string_view cure, Fault fault) {
  checks_.push_back(
      {std::string(id), passed, std::move(expected), std::move(found), std::string(cure), fault, evidence_});
}

std::string show(const Field<std::string>& field) {
  return field.ok() ? quote(*field) : field.error().message;
}

std::string show(const Field<std::int64_t>& field) {
  return field.ok() ? fmt::format("{}", *field) : field.error().message;
}

}  // namespace packhouse::release

#include "dist/check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "dist/check_list.hpp"
#include "dist/checks/check_table.hpp"
#include "dist/inspected_file.hpp"
#include "dist/policy_results.hpp"

namespace packhouse::dist {
namespace {

// Why a check cannot say anything; empty if it can.
std::string_view unmet(Need need, const InspectedFile& inspected) {
  const bool named = inspected.name() != nullptr;
  switch (need) {
    case Need::nothing:
      return {};
    case Need::filename:
      return named ? "" : "not looked at: the filename cannot be read";
    case Need::named_contents:
      if (!named) return "not looked at: the filename cannot be read";
      [[fallthrough]];
    case Need::contents:
      return inspected.complete ? "" : "not looked at: the archive cannot be read to its end";
    case Need::metadata_bytes:
      return inspected.metadata_bytes() != nullptr ? "" : "not looked at: there is no metadata";
    case Need::identity:
      if (!named) return "not looked at: the filename cannot be read";
      [[fallthrough]];
    case Need::metadata:
      return inspected.metadata ? "" : "not looked at: the metadata cannot be read";
    case Need::record:
      return inspected.record && inspected.complete ? "" : "not looked at: RECORD cannot be read";
    case Need::wheel_file:
      return inspected.wheel_file && named ? "" : "not looked at: WHEEL cannot be read";
  }
  return {};
}

void run_check(const Check& check, const InspectedFile& inspected, const Policy& policy,
               std::vector<CheckResult>& results) {
  if (check.only && check.only != inspected.kind) return;
  if (const auto why = unmet(check.need, inspected); !why.empty()) {
    append_skipped(check.info, why, policy, results);
    return;
  }
  Findings findings;
  check.run(inspected, findings);
  append_results(check.info, findings, policy, results);
}

void run_table(std::span<const Check> table, const InspectedFile& inspected, const Policy& policy,
               std::vector<CheckResult>& results) {
  for (const auto& check : table)
    run_check(check, inspected, policy, results);
}

std::optional<Inspection> inspection_of(InspectedFile& inspected) {
  if (!inspected.metadata || !inspected.kind) return std::nullopt;
  auto name = *inspected.metadata->name;
  auto version = *inspected.metadata->version;
  return Inspection{.filename = inspected.filename,
                    .kind = *inspected.kind,
                    .size = inspected.size,
                    .name = std::move(name),
                    .version = std::move(version),
                    .metadata_bytes = *inspected.metadata_bytes(),
                    .metadata = std::move(*inspected.metadata),
                    .tags = inspected.wheel_name ? inspected.wheel_name->tags : std::vector<Tag>{}};
}

InspectedFile inspect(const archive::ByteSource& source, std::string_view filename, const Policy& policy) {
  if (filename.ends_with(".whl")) return inspect_wheel(source, filename, policy.archive());
  if (is_sdist_name(filename, policy)) return inspect_sdist(source, filename, policy.archive());
  InspectedFile inspected;
  inspected.filename = filename;
  inspected.size = source.size();
  return inspected;
}

}  // namespace

bool is_sdist_name(std::string_view filename, const Policy& policy) {
  return filename.ends_with(".tar.gz") || (policy.zip_sdists() && filename.ends_with(".zip"));
}

bool is_distribution_name(std::string_view filename, const Policy& policy) {
  return filename.ends_with(".whl") || is_sdist_name(filename, policy);
}

bool Report::accepted() const noexcept {
  return std::ranges::none_of(results, [](const auto& result) { return result.outcome == Outcome::refused; });
}

std::string Report::refusal() const {
  const auto first = std::ranges::find(results, Outcome::refused, &CheckResult::outcome);
  if (first == results.end()) return {};
  const auto* check = find_check(first->id);
  const auto setting = check == nullptr ? std::string{} : lowering(*check);
  return fmt::format("{}: expected {}, found {}{}", first->id, first->expected, first->found,
                     setting.empty() ? "" : "; " + setting);
}

Report check_file(const archive::ByteSource& source, std::string_view filename, const Policy& policy,
                  const std::optional<FormClaims>& form) {
  auto inspected = inspect(source, filename, policy);
  Report report{.filename = std::string{filename}, .inspection = {}, .results = {}};
  if (inspected.kind) {
    append_container_results(inspected.violations, inspected.container, inspected.complete, policy,
                             report.results);
  }
  run_table(file_checks(), inspected, policy, report.results);
  if (inspected.kind) {
    for (const auto table :
         {&metadata_checks, &wheel_checks, &record_checks, &installed_checks, &sdist_checks, &content_checks})
      run_table(table(), inspected, policy, report.results);
  }
  if (form) {
    inspected.form = &*form;
    run_table(form_checks(), inspected, policy, report.results);
  }
  report.inspection = inspection_of(inspected);
  return report;
}

Report check_archive(const archive::ByteSource& source, std::string_view filename, const Policy& policy) {
  const auto inspected = inspect_archive(source, filename, policy.archive());
  Report report{.filename = std::string{filename}, .inspection = {}, .results = {}};
  append_container_results(inspected.violations, inspected.container, inspected.complete, policy,
                           report.results);
  return report;
}

}  // namespace packhouse::dist

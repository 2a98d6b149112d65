#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/error.hpp"
#include "base/text.hpp"
#include "dist/checks/check_table.hpp"

namespace packhouse::dist {
namespace {

constexpr std::string_view extension = ".tar.gz";

std::string expected_folder(const InspectedFile& inspected) {
  return inspected.filename.substr(
      0, inspected.filename.size() - std::min(inspected.filename.size(), extension.size()));
}

void check_top_level(const InspectedFile& inspected, Findings& findings) {
  if (inspected.roots.size() != 1) {
    findings.add(fmt::format("{}, the first {}", inspected.roots.size(),
                             inspected.roots.empty() ? "none" : quote(inspected.roots.front())));
  }
  for (const auto& facts : inspected.members) {
    if (!facts.member.name.contains('/')) findings.add(quote(facts.member.name) + " in no folder");
  }
}

void check_top_level_name(const InspectedFile& inspected, Findings& findings) {
  const auto expected = expected_folder(inspected);
  for (const auto& root : inspected.roots) {
    if (root != expected) findings.add(quote(root), quote(expected));
  }
}

// Case-insensitively, since a file system that ignores case would show this one.
std::vector<std::string> pkg_infos(const InspectedFile& inspected) {
  std::vector<std::string> found;
  for (const auto& facts : inspected.members) {
    const auto parts = split(facts.member.name, '/');
    if (parts.size() == 2 && iequals(parts[1], "PKG-INFO") && facts.is_file())
      found.push_back(facts.member.name);
  }
  return found;
}

void check_pkg_info_present(const InspectedFile& inspected, Findings& findings) {
  if (inspected.metadata_bytes() == nullptr && inspected.too_long.empty()) {
    findings.add("none", "a file " + quote(expected_folder(inspected) + "/PKG-INFO"));
  }
}

void check_pkg_info_single(const InspectedFile& inspected, Findings& findings) {
  const auto found = pkg_infos(inspected);
  if (found.size() > 1) findings.add(quote(found[0]) + " and " + quote(found[1]));
}

void check_metadata_version(const InspectedFile& inspected, Findings& findings) {
  const auto& version = inspected.metadata->metadata_version;
  if (version.starts_with("1.") || version == "2.1") findings.add(quote(version));
}

void check_pyproject(const InspectedFile& inspected, Findings& findings) {
  const auto folder = inspected.roots.size() == 1 ? inspected.roots.front() : expected_folder(inspected);
  if (inspected.find(folder + "/pyproject.toml") == nullptr) findings.add("none");
}

void check_license_files(const InspectedFile& inspected, Findings& findings) {
  if (inspected.metadata_has_newer_fields) return;
  const auto folder = inspected.roots.size() == 1 ? inspected.roots.front() : expected_folder(inspected);
  for (const auto& file : inspected.metadata->license_file) {
    if (inspected.find(folder + "/" + file) == nullptr) findings.add("no " + quote(folder + "/" + file));
  }
}

constexpr auto refuse = Severity::refuse;
constexpr auto warn = Severity::warn;
constexpr std::string_view rebuild = "build with a current backend, and do not edit the sdist";

constexpr std::array table{
    Check{{"sdist.top-level.single", refuse, false, "one top-level folder that holds everything", rebuild},
          Kind::sdist,
          Need::contents,
          check_top_level},
    Check{{"sdist.top-level.name", refuse, false, "a top-level folder named as the file", rebuild},
          Kind::sdist,
          Need::named_contents,
          check_top_level_name},
    Check{{"sdist.pkg-info.present", refuse, true, "a PKG-INFO file in the top-level folder", rebuild},
          Kind::sdist,
          Need::contents,
          check_pkg_info_present},
    Check{{"sdist.pkg-info.single", refuse, true, "one PKG-INFO file in the top-level folder", rebuild},
          Kind::sdist,
          Need::contents,
          check_pkg_info_single},
    Check{{"sdist.metadata-version", warn, false,
           "metadata version 2.2 or later, whose fields a wheel must repeat", "build with a current backend"},
          Kind::sdist,
          Need::metadata,
          check_metadata_version},
    Check{{"sdist.pyproject", warn, false, "a pyproject.toml, which says how to build",
           "add one (PEP 518, PEP 621)"},
          Kind::sdist,
          Need::contents,
          check_pyproject},
    Check{{"sdist.license-files", refuse, false, "every License-File in the sdist", rebuild},
          Kind::sdist,
          Need::metadata,
          check_license_files},
};

}  // namespace

std::span<const Check> sdist_checks() {
  return table;
}

}  // namespace packhouse::dist

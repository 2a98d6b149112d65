#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/error.hpp"
#include "base/text.hpp"
#include "dist/checks/check_table.hpp"

namespace packhouse::dist {
namespace {

void check_top_level(const InspectedFile& inspected, Findings& findings) {
  if (inspected.roots.size() != 1) {
    findings.add(fmt::format("{}, the first {}", inspected.roots.size(),
                             inspected.roots.empty() ? "none" : quote(inspected.roots.front())));
  }
  for (const auto& facts : inspected.members) {
    if (!facts.member.name.contains('/')) findings.add(quote(facts.member.name) + " in no folder");
  }
}

// Another spelling of the name, or of the version with the same numbers: old tools normalised neither.
bool is_same_release(std::string_view folder, const InspectedFile& inspected) {
  const auto read = SdistFilename::read(std::string{folder} + ".tar.gz");
  return read.ok() && read->name == *inspected.name() && read->version.str() == inspected.version()->str();
}

void check_top_level_name(const InspectedFile& inspected, Findings& findings) {
  const auto expected = inspected.sdist_stem();
  for (const auto& root : inspected.roots) {
    if (root != expected && !is_same_release(root, inspected)) findings.add(quote(root), quote(expected));
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
  // The same bytes twice under one name are one file.
  std::ranges::sort(found);
  found.erase(std::ranges::unique(found).begin(), found.end());
  return found;
}

void check_pkg_info_present(const InspectedFile& inspected, Findings& findings) {
  if (inspected.metadata_bytes() == nullptr && inspected.too_long.empty()) {
    findings.add("none", "a file " + quote(std::string{inspected.sdist_stem()} + "/PKG-INFO"));
  }
}

void check_pkg_info_single(const InspectedFile& inspected, Findings& findings) {
  const auto found = pkg_infos(inspected);
  if (found.size() > 1) findings.add(quote(found[0]) + " and " + quote(found[1]));
}

void check_metadata_version(const InspectedFile& inspected, Findings& findings) {
  if (!inspected.metadata->is_at_least("2.2")) findings.add(quote(inspected.metadata->metadata_version));
}

void check_pyproject(const InspectedFile& inspected, Findings& findings) {
  if (inspected.find(inspected.sdist_folder() + "/pyproject.toml") == nullptr) findings.add("none");
}

void check_license_files(const InspectedFile& inspected, Findings& findings) {
  if (!inspected.metadata->is_at_least("2.4") || inspected.has_wrong_value("license-file")) return;
  const auto folder = inspected.sdist_folder();
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

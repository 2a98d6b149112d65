#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/error.hpp"
#include "base/text.hpp"
#include "dist/checks.hpp"

namespace packhouse::dist {
namespace {

constexpr std::string_view extension = ".tar.gz";

std::string expected_folder(const Subject& subject) {
  return subject.filename.substr(
      0, subject.filename.size() - std::min(subject.filename.size(), extension.size()));
}

void check_top_level(const Subject& subject, Findings& findings) {
  if (subject.roots.size() != 1) {
    findings.add(fmt::format("{}, the first {}", subject.roots.size(),
                             subject.roots.empty() ? "none" : quote(subject.roots.front())));
  }
  for (const auto& facts : subject.members) {
    if (!facts.member.name.contains('/')) findings.add(quote(facts.member.name) + " in no folder");
  }
}

void check_top_level_name(const Subject& subject, Findings& findings) {
  const auto expected = expected_folder(subject);
  for (const auto& root : subject.roots) {
    if (root != expected) findings.add(quote(root), quote(expected));
  }
}

// Case-insensitively, since a file system that ignores case would show this one.
std::vector<std::string> pkg_infos(const Subject& subject) {
  std::vector<std::string> found;
  for (const auto& facts : subject.members) {
    const auto parts = split(facts.member.name, '/');
    if (parts.size() == 2 && iequals(parts[1], "PKG-INFO") && facts.is_file())
      found.push_back(facts.member.name);
  }
  return found;
}

void check_pkg_info_present(const Subject& subject, Findings& findings) {
  if (subject.metadata_bytes() == nullptr && subject.too_long.empty()) {
    findings.add("none", "a file " + quote(expected_folder(subject) + "/PKG-INFO"));
  }
}

void check_pkg_info_single(const Subject& subject, Findings& findings) {
  const auto found = pkg_infos(subject);
  if (found.size() > 1) findings.add(quote(found[0]) + " and " + quote(found[1]));
}

void check_metadata_version(const Subject& subject, Findings& findings) {
  const auto& version = subject.metadata->metadata_version;
  if (version.starts_with("1.") || version == "2.1") findings.add(quote(version));
}

void check_pyproject(const Subject& subject, Findings& findings) {
  const auto folder = subject.roots.size() == 1 ? subject.roots.front() : expected_folder(subject);
  if (subject.find(folder + "/pyproject.toml") == nullptr) findings.add("none");
}

void check_license_files(const Subject& subject, Findings& findings) {
  if (subject.metadata_has_newer_fields) return;
  const auto folder = subject.roots.size() == 1 ? subject.roots.front() : expected_folder(subject);
  for (const auto& file : subject.metadata->license_file) {
    if (subject.find(folder + "/" + file) == nullptr) findings.add("no " + quote(folder + "/" + file));
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

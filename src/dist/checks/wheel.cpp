#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/error.hpp"
#include "base/text.hpp"
#include "dist/checks/check_table.hpp"
#include "pep/entry_points.hpp"

namespace packhouse::dist {
namespace {

std::string named_folder(const InspectedFile& inspected, std::string_view suffix) {
  return fmt::format("{}-{}{}", inspected.wheel_name->raw_name, inspected.wheel_name->raw_version, suffix);
}

std::string list(const std::vector<std::string>& names) {
  if (names.empty()) return "none";
  std::vector<std::string> quoted;
  for (std::size_t i = 0; i < std::min<std::size_t>(names.size(), 4); ++i)
    quoted.push_back(quote(names[i]));
  const auto more = names.size() - quoted.size();
  return join(quoted, ", ") + (more > 0 ? fmt::format(" and {} more", more) : "");
}

void check_dist_info_single(const InspectedFile& inspected, Findings& findings) {
  if (inspected.roots.size() != 1) findings.add(list(inspected.roots));
}

void check_dist_info_name(const InspectedFile& inspected, Findings& findings) {
  const auto expected = named_folder(inspected, ".dist-info");
  for (const auto& root : inspected.roots) {
    if (root != expected) findings.add(quote(root), quote(expected));
  }
}

// Case-insensitively, since a file system that ignores case would show this one.
void check_metadata_single(const InspectedFile& inspected, Findings& findings) {
  std::vector<std::string> found;
  for (const auto& facts : inspected.members) {
    const auto& name = facts.member.name;
    const auto slash = name.find('/');
    if (slash == std::string::npos || !ascii_lower(name.substr(0, slash)).ends_with(".dist-info")) continue;
    if (iequals(std::string_view{name}.substr(slash + 1), "METADATA")) found.push_back(name);
  }
  if (found.size() > 1) findings.add(list(found));
}

void require_member(const InspectedFile& inspected, std::string_view file, Findings& findings) {
  const auto path = inspected.root + "/" + std::string{file};
  const auto* facts = inspected.root.empty() ? nullptr : inspected.find(path);
  if (facts == nullptr || !facts->is_file()) {
    findings.add("none", "a file " + quote(named_folder(inspected, ".dist-info/") + std::string{file}));
  }
}

void check_metadata_present(const InspectedFile& inspected, Findings& findings) {
  require_member(inspected, "METADATA", findings);
}

void check_wheel_file_present(const InspectedFile& inspected, Findings& findings) {
  require_member(inspected, "WHEEL", findings);
}

void check_record_present(const InspectedFile& inspected, Findings& findings) {
  require_member(inspected, "RECORD", findings);
}

void check_wheel_file_format(const InspectedFile& inspected, Findings& findings) {
  if (!inspected.wheel_file_fault.empty()) findings.add(inspected.wheel_file_fault);
  if (!inspected.wheel_file) return;
  if (inspected.wheel_file->wheel_version.value_or("").empty()) findings.add("no Wheel-Version");
  if (inspected.wheel_file->tags.empty()) findings.add("no Tag");
}

void check_wheel_version(const InspectedFile& inspected, Findings& findings) {
  const auto version = inspected.wheel_file->wheel_version.value_or("");
  if (!version.empty() && !version.starts_with("1.")) findings.add(quote(version));
}

void check_wheel_tags(const InspectedFile& inspected, Findings& findings) {
  std::vector<Tag> stated;
  for (const auto& text : inspected.wheel_file->tags) {
    const auto expanded = expand_tags(text);
    if (!expanded.ok()) {
      findings.add(expanded.error().line());
      return;
    }
    stated.insert(stated.end(), expanded->begin(), expanded->end());
  }
  std::ranges::sort(stated);
  stated.erase(std::ranges::unique(stated).begin(), stated.end());
  const auto& named = inspected.wheel_name->tags;
  const auto note = [&](const std::vector<Tag>& left, const std::vector<Tag>& right, std::string_view where) {
    std::vector<Tag> only;
    std::ranges::set_difference(left, right, std::back_inserter(only));
    if (!only.empty())
      findings.add(fmt::format("{} {} only (of {})", only.front().str(), where, only.size()));
  };
  note(named, stated, "in the filename");
  note(stated, named, "in WHEEL");
}

void check_wheel_build(const InspectedFile& inspected, Findings& findings) {
  const auto& named = inspected.wheel_name->build;
  const auto& stated = inspected.wheel_file->build;
  const auto name = named ? named->number + named->suffix : std::string{};
  // WHEEL may leave it out; where it states one, it states this one.
  if (!stated || stated->empty()) return;
  const auto digits = stated->find_first_not_of('0');
  const auto normal = digits == std::string::npos ? std::string{"0"} : stated->substr(digits);
  if (*stated != name && normal != name) findings.add(quote(*stated), name.empty() ? "none" : quote(name));
}

void check_purelib_flag(const InspectedFile& inspected, Findings& findings) {
  const auto flag = inspected.wheel_file->root_is_purelib.value_or("");
  if (!iequals(flag, "true") && !iequals(flag, "false")) findings.add(flag.empty() ? "none" : quote(flag));
}

bool is_extension_module(std::string_view name) {
  return name.ends_with(".so") || name.ends_with(".pyd") || name.ends_with(".dylib");
}

void check_purelib_native(const InspectedFile& inspected, Findings& findings) {
  if (!iequals(inspected.wheel_file->root_is_purelib.value_or(""), "true")) return;
  for (const auto& facts : inspected.members) {
    const auto& name = facts.member.name;
    if (!name.contains(".data/") && is_extension_module(name)) findings.add(quote(name));
  }
}

void check_data_folder(const InspectedFile& inspected, Findings& findings) {
  static constexpr std::array<std::string_view, 5> schemes{"purelib", "platlib", "headers", "scripts",
                                                           "data"};
  const auto expected = named_folder(inspected, ".data");
  for (const auto& facts : inspected.members) {
    const auto parts = split(facts.member.name, '/');
    if (!ascii_lower(parts[0]).ends_with(".data") || parts.size() < 2) continue;
    const bool known = parts[1].empty() || std::ranges::find(schemes, parts[1]) != schemes.end();
    if (parts[0] != expected || !known) findings.add(quote(facts.member.name));
  }
}

void check_entry_points(const InspectedFile& inspected, Findings& findings) {
  if (std::ranges::find(inspected.too_long, "entry_points.txt") != inspected.too_long.end()) {
    findings.add("entry_points.txt is longer than 8 MiB");
  }
  const auto file = inspected.kept.find("entry_points.txt");
  if (file == inspected.kept.end()) return;
  const auto parsed = read_entry_points(file->second);
  if (!parsed.ok()) findings.add(parsed.error().line());
}

void check_license_files(const InspectedFile& inspected, Findings& findings) {
  // Before 2.4 setuptools put them beside METADATA, and no specification said where.
  if (!inspected.metadata->is_at_least("2.4") || inspected.has_wrong_value("license-file")) return;
  for (const auto& file : inspected.metadata->license_file) {
    const auto path = inspected.root + "/licenses/" + file;
    if (inspected.find(path) == nullptr) findings.add("no " + quote(path));
  }
}

constexpr auto refuse = Severity::refuse;
constexpr auto warn = Severity::warn;
constexpr std::string_view rebuild = "build with a current backend, and do not edit the wheel";

constexpr std::array table{
    Check{{"wheel.dist-info.single", refuse, true, "one top-level .dist-info folder", rebuild},
          Kind::wheel,
          Need::contents,
          check_dist_info_single},
    Check{{"wheel.dist-info.name", refuse, true, "a .dist-info folder named as the file", rebuild},
          Kind::wheel,
          Need::named_contents,
          check_dist_info_name},
    Check{{"wheel.metadata.single", refuse, true, "one METADATA file", rebuild},
          Kind::wheel,
          Need::contents,
          check_metadata_single},
    Check{{"wheel.metadata.present", refuse, true, "a METADATA file", rebuild},
          Kind::wheel,
          Need::named_contents,
          check_metadata_present},
    Check{{"wheel.wheel-file.present", refuse, true, "a WHEEL file", rebuild},
          Kind::wheel,
          Need::named_contents,
          check_wheel_file_present},
    Check{{"wheel.wheel-file.format", refuse, false, "a WHEEL file with Wheel-Version and Tag", rebuild},
          Kind::wheel,
          Need::contents,
          check_wheel_file_format},
    Check{{"wheel.wheel-file.version", refuse, false, "Wheel-Version 1.x",
           "build for the present wheel format"},
          Kind::wheel,
          Need::wheel_file,
          check_wheel_version},
    Check{{"wheel.wheel-file.tags", refuse, false, "the same tags in WHEEL and in the filename",
           "retag with `wheel tags`, which changes both"},
          Kind::wheel,
          Need::wheel_file,
          check_wheel_tags},
    Check{{"wheel.wheel-file.build", refuse, false, "the same build tag in WHEEL and in the filename",
           "retag with `wheel tags`, which changes both"},
          Kind::wheel,
          Need::wheel_file,
          check_wheel_build},
    Check{{"wheel.wheel-file.purelib", warn, false, "Root-Is-Purelib: true or false", rebuild},
          Kind::wheel,
          Need::wheel_file,
          check_purelib_flag},
    Check{{"wheel.purelib.native", warn, false, "no extension module in a wheel that says it is pure",
           "mark the wheel as platform-specific"},
          Kind::wheel,
          Need::wheel_file,
          check_purelib_native},
    Check{{"wheel.data-folder", refuse, false, "a .data folder named as the file, with known schemes only",
           rebuild},
          Kind::wheel,
          Need::named_contents,
          check_data_folder},
    Check{{"wheel.entry-points", refuse, false, "entry points that installers can read",
           "correct the project's scripts and entry points"},
          Kind::wheel,
          Need::contents,
          check_entry_points},
    Check{{"wheel.license-files", refuse, false, "every License-File below .dist-info/licenses", rebuild},
          Kind::wheel,
          Need::metadata,
          check_license_files},
    Check{{"wheel.record.present", refuse, true, "a RECORD file", rebuild},
          Kind::wheel,
          Need::named_contents,
          check_record_present},
};

}  // namespace

std::span<const Check> wheel_checks() {
  return table;
}

}  // namespace packhouse::dist

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/error.hpp"
#include "base/text.hpp"
#include "dist/checks/check_table.hpp"
#include "dist/platform_tags.hpp"

namespace packhouse::dist {
namespace {

void check_characters(const InspectedFile& inspected, Findings& findings) {
  const bool bad = std::ranges::any_of(inspected.filename, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x21 || byte > 0x7e || c == '/' || c == '\\';
  });
  if (bad) findings.add(quote(inspected.filename));
}

void check_length(const InspectedFile& inspected, Findings& findings) {
  if (inspected.filename.size() > 255) findings.add(fmt::format("{} bytes", inspected.filename.size()));
}

void check_extension(const InspectedFile& inspected, Findings& findings) {
  if (!inspected.kind) findings.add(quote(inspected.filename));
}

void check_wheel_name(const InspectedFile& inspected, Findings& findings) {
  if (!inspected.wheel_name) findings.add(inspected.filename_fault);
}

void check_wheel_name_normalized(const InspectedFile& inspected, Findings& findings) {
  const auto& name = *inspected.wheel_name;
  if (name.raw_name != name.name.filename_form()) {
    findings.add(quote(name.raw_name), quote(name.name.filename_form()) + " in front");
  }
}

void check_wheel_version_normalized(const InspectedFile& inspected, Findings& findings) {
  const auto& name = *inspected.wheel_name;
  if (name.raw_version != name.version.str())
    findings.add(quote(name.raw_version), quote(name.version.str()));
}

// The format allows anything after the digits, but the name ends up in shells, URLs and file systems.
void check_build_tag(const InspectedFile& inspected, Findings& findings) {
  const auto& build = inspected.wheel_name->build;
  const auto sound = [](char c) { return is_ascii_alnum(c) || c == '.' || c == '_' || c == '+'; };
  if (build && !std::ranges::all_of(build->suffix, sound)) findings.add(quote(build->number + build->suffix));
}

void check_tags_sorted(const InspectedFile& inspected, Findings& findings) {
  if (!tags_are_sorted(inspected.wheel_name->raw_tags)) findings.add(quote(inspected.wheel_name->raw_tags));
}

// Each platform of the filename once, in order.
std::vector<std::string> platforms(const InspectedFile& inspected) {
  std::vector<std::string> found;
  for (const auto& tag : inspected.wheel_name->tags)
    found.push_back(tag.platform);
  std::ranges::sort(found);
  found.erase(std::ranges::unique(found).begin(), found.end());
  return found;
}

void check_platform(const InspectedFile& inspected, Findings& findings) {
  for (const auto& platform : platforms(inspected)) {
    if (!is_known_platform(platform)) findings.add(quote(platform));
  }
}

void check_platform_public(const InspectedFile& inspected, Findings& findings) {
  for (const auto& platform : platforms(inspected)) {
    if (is_known_platform(platform) && !is_public_platform(platform)) findings.add(quote(platform));
  }
}

void check_sdist_name(const InspectedFile& inspected, Findings& findings) {
  if (!inspected.sdist_name) findings.add(inspected.filename_fault);
}

void check_sdist_canonical(const InspectedFile& inspected, Findings& findings) {
  const auto canonical = SdistFilename::canonical(inspected.sdist_name->name, inspected.sdist_name->version);
  if (inspected.filename != canonical) findings.add(quote(inspected.filename), quote(canonical));
}

constexpr auto refuse = Severity::refuse;

constexpr std::array table{
    Check{{"file.name.characters", refuse, true, "a filename of visible ASCII, without \"/\" and \"\\\"",
           "rename the file as the build backend wrote it"},
          {},
          Need::nothing,
          check_characters},
    Check{{"file.name.length", refuse, true, "a filename of at most 255 bytes",
           "shorten the version or the tags"},
          {},
          Need::nothing,
          check_length},
    Check{{"file.name.extension", refuse, true, "a filename ending in .whl or .tar.gz",
           "build a wheel or an sdist; sdist.zip = true in the policy, or base = \"mirror\", takes the .zip "
           "of old "
           "releases"},
          {},
          Need::nothing,
          check_extension},
    Check{{"wheel.filename", refuse, true, "name-version[-build]-python-abi-platform.whl",
           "rename the file as the build backend wrote it"},
          Kind::wheel,
          Need::nothing,
          check_wheel_name},
    Check{{"wheel.filename.normalized", Severity::warn, false, "the normalised project name in front",
           "build with a current backend, which normalises the name"},
          Kind::wheel,
          Need::filename,
          check_wheel_name_normalized},
    Check{{"wheel.filename.version", Severity::warn, false, "the version in its normal form",
           "write the version in its normal form in the project"},
          Kind::wheel,
          Need::filename,
          check_wheel_version_normalized},
    Check{{"wheel.filename.build", refuse, false,
           "a build tag of a digit, then letters, digits, \".\", \"_\" and \"+\" only",
           "build again with a plain build number, such as 1"},
          Kind::wheel,
          Need::filename,
          check_build_tag},
    Check{{"wheel.filename.tags-sorted", Severity::off, false, "compressed tag sets in sorted order",
           "build or repair the wheel with a current tool"},
          Kind::wheel,
          Need::filename,
          check_tags_sorted},
    Check{{"wheel.platform", refuse, false, "platform tags that some installer knows",
           "build for a platform of the packaging specifications"},
          Kind::wheel,
          Need::filename,
          check_platform},
    Check{{"wheel.platform.public", Severity::off, false, "platform tags that mean the same on every machine",
           "repair the wheel with auditwheel, so that it is tagged manylinux or musllinux"},
          Kind::wheel,
          Need::filename,
          check_platform_public},
    Check{{"sdist.filename", refuse, true, "name-version.tar.gz",
           "rename the file as the build backend wrote it"},
          Kind::sdist,
          Need::nothing,
          check_sdist_name},
    Check{{"sdist.filename.canonical", Severity::warn, false, "the one name that PEP 625 allows",
           "build with a current backend, which writes that name"},
          Kind::sdist,
          Need::filename,
          check_sdist_canonical},
};

}  // namespace

std::span<const Check> file_checks() {
  return table;
}

}  // namespace packhouse::dist

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/error.hpp"
#include "base/text.hpp"
#include "dist/checks.hpp"
#include "dist/platform_tags.hpp"

namespace packhouse::dist {
namespace {

void check_characters(const Subject& subject, Findings& findings) {
  const bool bad = std::ranges::any_of(subject.filename, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x21 || byte > 0x7e || c == '/' || c == '\\';
  });
  if (bad) findings.add(quote(subject.filename));
}

void check_length(const Subject& subject, Findings& findings) {
  if (subject.filename.size() > 255) findings.add(fmt::format("{} bytes", subject.filename.size()));
}

void check_extension(const Subject& subject, Findings& findings) {
  if (!subject.kind) findings.add(quote(subject.filename));
}

void check_wheel_name(const Subject& subject, Findings& findings) {
  if (!subject.wheel_name) findings.add(subject.filename_fault);
}

void check_wheel_name_normalized(const Subject& subject, Findings& findings) {
  const auto& name = *subject.wheel_name;
  if (name.raw_name != name.name.filename_form()) {
    findings.add(quote(name.raw_name), quote(name.name.filename_form()) + " in front");
  }
}

void check_wheel_version_normalized(const Subject& subject, Findings& findings) {
  const auto& name = *subject.wheel_name;
  if (name.raw_version != name.version.str())
    findings.add(quote(name.raw_version), quote(name.version.str()));
}

void check_tags_sorted(const Subject& subject, Findings& findings) {
  if (!tags_are_sorted(subject.wheel_name->raw_tags)) findings.add(quote(subject.wheel_name->raw_tags));
}

// Each platform of the filename once, in order.
std::vector<std::string> platforms(const Subject& subject) {
  std::vector<std::string> found;
  for (const auto& tag : subject.wheel_name->tags)
    found.push_back(tag.platform);
  std::ranges::sort(found);
  found.erase(std::ranges::unique(found).begin(), found.end());
  return found;
}

void check_platform(const Subject& subject, Findings& findings) {
  for (const auto& platform : platforms(subject)) {
    if (!is_known_platform(platform)) findings.add(quote(platform));
  }
}

void check_platform_public(const Subject& subject, Findings& findings) {
  for (const auto& platform : platforms(subject)) {
    if (is_known_platform(platform) && !is_public_platform(platform)) findings.add(quote(platform));
  }
}

void check_sdist_name(const Subject& subject, Findings& findings) {
  if (!subject.sdist_name) findings.add(subject.filename_fault);
}

void check_sdist_canonical(const Subject& subject, Findings& findings) {
  const auto canonical = SdistFilename::canonical(subject.sdist_name->name, subject.sdist_name->version);
  if (subject.filename != canonical) findings.add(quote(subject.filename), quote(canonical));
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
           "build a wheel or an sdist; other formats are not accepted"},
          {},
          Need::nothing,
          check_extension},
    Check{{"wheel.filename", refuse, true, "name-version[-build]-python-abi-platform.whl",
           "rename the file as the build backend wrote it"},
          Kind::wheel,
          Need::nothing,
          check_wheel_name},
    Check{{"wheel.filename.normalized", refuse, false, "the normalised project name in front",
           "build with a current backend, which normalises the name"},
          Kind::wheel,
          Need::filename,
          check_wheel_name_normalized},
    Check{{"wheel.filename.version", Severity::warn, false, "the version in its normal form",
           "write the version in its normal form in the project"},
          Kind::wheel,
          Need::filename,
          check_wheel_version_normalized},
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
    Check{{"sdist.filename.canonical", refuse, false, "the one name that PEP 625 allows",
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

#include "pep/filename.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "pep/unicode.hpp"

namespace packhouse {
namespace {

// The same fault, at `start` further on in the whole filename.
ParseError moved(const ParseError& error, std::string_view filename, std::size_t start) {
  return ParseError::at(filename, start + error.position, error.message, error.length);
}

std::size_t offset_of(std::string_view part, std::string_view whole) {
  return static_cast<std::size_t>(part.data() - whole.data());
}

// `[\w._]+` without "__", which would be an escaped "-" beside another separator (PEP 427).
std::optional<ParseError> check_raw_name(std::string_view filename, std::string_view name) {
  if (name.empty()) return ParseError::at(filename, 0, "expected a project name, found nothing");
  if (const auto twice = name.find("__"); twice != std::string_view::npos) {
    return ParseError::at(filename, twice, "expected no two underscores in a row in a wheel's project name",
                          2);
  }
  for (std::size_t position = 0; position < name.size();) {
    const auto point = unicode::decode(name, position);
    if (name[position] != '.' && !unicode::is_word(point.value)) {
      return ParseError::at(filename, position,
                            "expected only letters, digits, '.' and '_' in a wheel's project name",
                            point.length);
    }
    position += point.length;
  }
  return std::nullopt;
}

// Digits, then anything.
std::optional<BuildTag> read_build_tag(std::string_view text) {
  const auto end = std::min(text.find_first_not_of("0123456789"), text.size());
  if (end == 0) return std::nullopt;
  auto number = text.substr(0, end);
  number.remove_prefix(std::min(number.find_first_not_of('0'), end - 1));
  const auto suffix = text.substr(end);
  if (suffix.contains('\n')) return std::nullopt;
  return BuildTag{std::string(number), std::string(suffix)};
}

// Fields between dashes; the last holds the tag's own dashes.
std::vector<std::string_view> split_wheel_stem(std::string_view stem, std::size_t count) {
  std::vector<std::string_view> fields;
  while (fields.size() + 1 < count) {
    const auto dash = stem.find('-');
    fields.push_back(stem.substr(0, dash));
    stem.remove_prefix(dash + 1);
  }
  fields.push_back(stem);
  return fields;
}

// One reading of a filename: what a terminal, a log and a file system show must be what is meant.
std::optional<ParseError> check_printable(std::string_view filename) {
  const auto found =
      std::ranges::find_if(filename, [](char c) { return c <= ' ' || c >= '\x7f' || c == '/' || c == '\\'; });
  if (found == filename.end()) return std::nullopt;
  const bool folder = *found == '/' || *found == '\\';
  return ParseError::at(filename, static_cast<std::size_t>(found - filename.begin()),
                        folder ? "expected a filename without folders"
                               : "expected a filename of printable ASCII characters without blanks",
                        1);
}

Parsed<ProjectName> read_name(std::string_view filename, std::string_view raw) {
  auto name = ProjectName::read(raw);
  if (!name.ok()) return moved(name.error(), filename, offset_of(raw, filename));
  return name;
}

}  // namespace

std::strong_ordering BuildTag::operator<=>(const BuildTag& other) const noexcept {
  if (number.size() != other.number.size()) return number.size() <=> other.number.size();
  if (const auto order = number <=> other.number; order != 0) return order;
  return suffix <=> other.suffix;
}

Parsed<WheelFilenameFields> WheelFilenameFields::read(std::string_view filename) {
  if (auto error = check_length(filename)) return *std::move(error);
  constexpr std::string_view extension = ".whl";
  if (!filename.ends_with(extension)) {
    return ParseError::at(filename, filename.size(), "expected a wheel's filename to end in .whl");
  }
  const auto stem = filename.substr(0, filename.size() - extension.size());
  const auto dashes = static_cast<std::size_t>(std::ranges::count(stem, '-'));
  if (dashes != 4 && dashes != 5) {
    return ParseError::at(
        filename, 0,
        fmt::format("expected {{name}}-{{version}}[-{{build}}]-{{python}}-{{abi}}-{{platform}}.whl "
                    "with 4 or 5 dashes, found {}",
                    dashes),
        filename.size());
  }
  const auto fields = split_wheel_stem(stem, dashes - 1);
  if (auto error = check_raw_name(filename, fields[0])) return *std::move(error);
  auto version = Version::read(fields[1]);
  if (!version.ok()) return moved(version.error(), filename, offset_of(fields[1], filename));
  std::optional<BuildTag> build;
  if (dashes == 5) {
    build = read_build_tag(fields[2]);
    if (!build) {
      return ParseError::at(filename, offset_of(fields[2], filename),
                            "expected a build tag to begin with a digit", fields[2].size());
    }
  }
  auto tags = expand_tags(fields.back());
  if (!tags.ok()) return moved(tags.error(), filename, offset_of(fields.back(), filename));
  return WheelFilenameFields{
      fields[0],           fields[1],        fields.back(),   normalize_name(fields[0]),
      *std::move(version), std::move(build), *std::move(tags)};
}

Parsed<WheelFilename> WheelFilename::read(std::string_view filename) {
  if (auto error = check_printable(filename)) return *std::move(error);
  TRY(auto fields, WheelFilenameFields::read(filename));
  TRY(auto name, read_name(filename, fields.raw_name));
  return WheelFilename{std::move(name),
                       std::move(fields.version),
                       std::move(fields.build),
                       std::move(fields.tags),
                       std::string(fields.raw_name),
                       std::string(fields.raw_version),
                       std::string(fields.raw_tags)};
}

Result<WheelFilename> WheelFilename::parse(std::string_view filename) {
  return read(filename).to_result();
}

Parsed<SdistFilenameFields> SdistFilenameFields::read(std::string_view filename) {
  if (auto error = check_length(filename)) return *std::move(error);
  constexpr std::array<std::string_view, 2> extensions = {".tar.gz", ".zip"};
  const auto* const extension =
      std::ranges::find_if(extensions, [&](auto candidate) { return filename.ends_with(candidate); });
  if (extension == extensions.end()) {
    return ParseError::at(filename, filename.size(),
                          "expected an sdist's filename to end in .tar.gz or .zip");
  }
  const auto stem = filename.substr(0, filename.size() - extension->size());
  const auto dash = stem.rfind('-');
  if (dash == std::string_view::npos) {
    return ParseError::at(filename, stem.size(),
                          "expected {name}-{version} in an sdist's filename, found no dash");
  }
  const auto raw_name = stem.substr(0, dash);
  if (raw_name.empty()) return ParseError::at(filename, 0, "expected a project name, found nothing");
  const auto raw_version = stem.substr(dash + 1);
  auto version = Version::read(raw_version);
  if (!version.ok()) return moved(version.error(), filename, dash + 1);
  return SdistFilenameFields{raw_name, raw_version, normalize_name(raw_name), *std::move(version)};
}

Parsed<SdistFilename> SdistFilename::read(std::string_view filename) {
  if (auto error = check_printable(filename)) return *std::move(error);
  TRY(auto fields, SdistFilenameFields::read(filename));
  TRY(auto name, read_name(filename, fields.raw_name));
  return SdistFilename{std::move(name), std::move(fields.version)};
}

Result<SdistFilename> SdistFilename::parse(std::string_view filename) {
  return read(filename).to_result();
}

std::string SdistFilename::canonical(const ProjectName& name, const Version& version) {
  return fmt::format("{}-{}.tar.gz", name.filename_form(), version.str());
}

}  // namespace packhouse

#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pep/project_name.hpp"
#include "pep/tags.hpp"
#include "pep/version.hpp"

namespace packhouse {

/// The optional third field of a wheel's filename: a number without bound, then anything.
struct BuildTag {
  std::string number;  ///< digits without leading zeros
  std::string suffix;

  std::strong_ordering operator<=>(const BuildTag& other) const noexcept;
  bool operator==(const BuildTag& other) const noexcept = default;
};

/// A wheel's filename ("Binary distribution format" specification, PEP 427).
struct WheelFilename {
  ProjectName name;
  Version version;
  std::optional<BuildTag> build;
  std::vector<Tag> tags;  ///< expanded, sorted, each once
  std::string raw_name;   ///< as written: "{raw_name}-{raw_version}.dist-info" is what the wheel must hold
  std::string raw_version;
  std::string raw_tags;  ///< as written, e.g. "py2.py3-none-any"

  /// No folder in front. Refuses whatever names no valid project; other spellings than the normal one are
  /// accepted here and judged elsewhere.
  static Result<WheelFilename> parse(std::string_view filename);
  static Parsed<WheelFilename> read(std::string_view filename);
};

/// An sdist's filename (PEP 625 and the forms before it).
struct SdistFilename {
  ProjectName name;
  Version version;

  /// "….tar.gz" or "….zip"; the last dash separates name and version.
  static Result<SdistFilename> parse(std::string_view filename);
  static Parsed<SdistFilename> read(std::string_view filename);

  /// The one name that PEP 625 allows: "{name}-{version}.tar.gz".
  static std::string canonical(const ProjectName& name, const Version& version);
};

/// The fields of a wheel's filename by the rules of packaging.utils.parse_wheel_filename(), which also lets
/// through names that no project can have, such as "fôo" or "_x": for comparing with other tools.
struct WheelFilenameFields {
  std::string_view raw_name;
  std::string_view raw_version;
  std::string_view raw_tags;
  std::string normalized_name;
  Version version;
  std::optional<BuildTag> build;
  std::vector<Tag> tags;

  /// The views are into `filename`.
  static Parsed<WheelFilenameFields> read(std::string_view filename);
};

/// The same for packaging.utils.parse_sdist_filename().
struct SdistFilenameFields {
  std::string_view raw_name;
  std::string_view raw_version;
  std::string normalized_name;
  Version version;

  static Parsed<SdistFilenameFields> read(std::string_view filename);
};

}  // namespace packhouse

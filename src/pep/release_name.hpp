#pragma once

#include <compare>
#include <string_view>

#include "pep/project_name.hpp"
#include "pep/version.hpp"

namespace packhouse {

/// The name of a release: a project and a version of it, each parsed. The version keeps its spelling, but two
/// spellings of one version (1.0 and 1.0.0, PEP 440) compare equal, so they name one release.
struct ReleaseName {
  ProjectName project;
  Version version;

  /// invalid_input where either is none.
  static Result<ReleaseName> parse(std::string_view project, std::string_view version);

  auto operator<=>(const ReleaseName&) const = default;
};

}  // namespace packhouse

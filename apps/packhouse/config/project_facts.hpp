#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace packhouse::app {

/// What a pyproject.toml says of its project, for the settings and the workflows that `init` writes.
struct ProjectFacts {
  std::string name;                  ///< [project] name; empty: it says none
  std::vector<std::string> scripts;  ///< the names in [project.scripts]
  std::string requires_python;
  std::string build_backend;  ///< "maturin", "hatchling.build"
  bool dynamic_version =
      false;                  ///< the build finds the version, as setuptools-scm and hatch-vcs do from tags
  bool has_settings = false;  ///< there is a table [tool.packhouse]
  std::vector<std::string> dependencies = {};  ///< as written
  /// [project.optional-dependencies], by the extra in its normal form.
  std::map<std::string, std::vector<std::string>> optional_dependencies = {};
  bool dynamic_dependencies = false;  ///< the build finds some of them
};

/// invalid_input for what is no TOML. Whatever has another type than the standard says counts as not there.
Result<ProjectFacts> read_project_facts(std::string_view pyproject);

/// The Python of a workflow, "3.N": the first version that `pythons` names, else the lowest since 3.11 that
/// `requires_python` takes.
std::string python_for(std::string_view requires_python, const std::vector<std::string>& pythons);

/// Where a git remote's address leads: "https://HOST/OWNER/NAME.git", "git@HOST:OWNER/NAME",
/// "ssh://git@HOST:22/OWNER/NAME". nullopt for a folder and for anything else.
struct RemoteFacts {
  std::string host;
  std::string repository;  ///< "OWNER/NAME"
};
std::optional<RemoteFacts> parse_remote(std::string_view url);

}  // namespace packhouse::app

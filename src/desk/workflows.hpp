#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"

namespace packhouse::desk {

/// What a package's workflows depend on.
struct WorkflowSettings {
  std::string workflow;  ///< the path of the one that builds: ".github/workflows/ci.yml"
  std::string branch;
  std::string artifact;
  std::string build_job;
  std::vector<std::vector<std::string>> checks;  ///< each a program and its arguments
  std::vector<std::vector<std::string>> smoke;
};

struct WorkflowFile {
  std::string path;  ///< from the repository's root
  std::string text;
};

/// The workflow that builds and the one that promotes, for GitHub Actions: every action pinned by its commit,
/// no permission that is not needed, inputs through the environment alone. invalid_input for a word that
/// could mean more than itself in YAML or in a shell.
Result<std::vector<WorkflowFile>> github_workflows(const WorkflowSettings& settings);

}  // namespace packhouse::desk

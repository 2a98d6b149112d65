#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"

namespace packhouse::desk {

/// What a package's workflows depend on. Folders and files are relative to the repository's top.
struct WorkflowSettings {
  std::string workflow;  ///< the path of the one that builds: ".github/workflows/ci.yml"
  std::string branch;
  std::string artifact;
  std::string build_job;                         ///< as the forge shows it
  std::vector<std::vector<std::string>> checks;  ///< each a program and its arguments
  std::vector<std::vector<std::string>> smoke;
  std::string project;                 ///< its normalised name
  std::string folder = {};             ///< of the package; empty: the top
  std::string config = {};             ///< for `promote --config`; empty: it finds its settings
  std::string python = "3.11";         ///< "3.N"
  bool version_from_git = false;       ///< the build needs the history and its tags
  bool wheel_matrix = false;           ///< maturin makes a wheel for each system, on a runner of it
  bool attest = false;                 ///< a promotion asks for an attestation of every file
  bool pinned_checks = true;           ///< there is requirements/checks.txt; else no job runs the checks
  bool pinned_build = true;            ///< requirements/build.txt
  bool pinned_runtime = true;          ///< requirements/runtime.txt
  std::string packhouse_requirements;  ///< a file that pins packhouse by hash; empty: the runner has it
};

struct WorkflowFile {
  std::string path;  ///< from the repository's top
  std::string text;
};

/// The workflow that builds, and then the one that promotes, for GitHub Actions: every action pinned by its
/// commit, no permission that is not needed, inputs through the environment alone. invalid_input for a word
/// that could mean more than itself in YAML or in a shell, and where both would be one file.
Result<std::vector<WorkflowFile>> github_workflows(const WorkflowSettings& settings);

/// What a workflow that is there already lacks, in lines for its author; empty: its build job uploads the
/// artifact, and attests it where that is asked for.
Result<std::vector<std::string>> missing_lines(const WorkflowSettings& settings, std::string_view workflow);

}  // namespace packhouse::desk

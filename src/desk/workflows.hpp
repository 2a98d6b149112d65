#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"

namespace packhouse::desk {

/// What a package's workflows depend on. Folders and files are relative to the repository's top.
struct WorkflowSettings {
  std::string forge = "github";
  std::string workflow;  ///< the path of the one that builds: ".github/workflows/ci.yml"
  std::string branch;
  std::string artifact;
  std::string build_job;  ///< as the forge shows it
  /// Of a matrix whose wheels are artifacts of their own: their pattern, and the jobs' as the forge shows
  /// them, "NAME (*)". Empty: the build job collects the wheels into its own artifact.
  std::string wheels_artifact = {};
  std::string wheels_job = {};
  std::vector<std::string> other_branches = {};  ///< names or patterns, beside `branch`
  std::string tags = {};                         ///< "v{version}"; empty: runs of tags are not promoted
  std::vector<std::string> events = {"push"};
  std::vector<std::vector<std::string>> checks;  ///< each a program and its arguments
  std::vector<std::vector<std::string>> smoke;
  std::string project;                 ///< its normalised name
  std::string folder = {};             ///< of the package; empty: the top
  std::string config = {};             ///< for `promote --config`; empty: it finds its settings
  std::string python = "3.11";         ///< "3.N"
  bool version_from_git = false;       ///< the build needs the history and its tags
  bool wheel_matrix = false;           ///< maturin makes a wheel for each system, on a runner of it
  bool wheels_alone = false;           ///< a release has no sdist
  bool attest = false;                 ///< a promotion asks for an attestation of every file
  bool pinned_checks = true;           ///< there is requirements/checks.txt; else no job runs the checks
  bool pinned_build = true;            ///< requirements/build.txt
  bool pinned_runtime = true;          ///< requirements/runtime.txt
  std::string packhouse_requirements;  ///< a file that pins packhouse by hash; empty: the runner has it
  std::string environment = "private-index";  ///< of the secrets
  std::string runs_on = {};                   ///< a runner's label for every job; empty: a hosted one
  bool trusted_publishing = false;            ///< of GitHub: no secret of the index is stored
  bool publish_only = false;                  ///< CI is the repository's own
};

struct WorkflowFile {
  std::string path;  ///< from the repository's top
  std::string text;
};

/// The workflow that builds, and then the one that promotes, in the forge's own words: for GitHub every
/// action pinned by its commit and no permission that is not needed; for Gitea the same in .gitea/workflows
/// with actions that run there; for GitLab jobs of a file that .gitlab-ci.yml includes. Inputs reach commands
/// through the environment alone. invalid_input for a word that could mean more than itself in YAML or in a
/// shell, and where both would be one file.
Result<std::vector<WorkflowFile>> make_workflows(const WorkflowSettings& settings);

/// The path of the one that promotes.
std::string publishing_workflow(const WorkflowSettings& settings);

/// What a workflow that is there already lacks, in lines for its author; empty: its build job uploads the
/// artifact, and attests it where that is asked for; a .gitlab-ci.yml includes the jobs.
Result<std::vector<std::string>> missing_lines(const WorkflowSettings& settings, std::string_view workflow);

}  // namespace packhouse::desk

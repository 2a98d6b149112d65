#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "console/console.hpp"
#include "evidence/check.hpp"
#include "pep/project_name.hpp"
#include "sys/clock.hpp"
#include "sys/file_system.hpp"
#include "sys/process.hpp"

namespace packhouse::source {

/// The commands that must pass before a release, by the project's own tools.
struct ChecklistPolicy {
  std::vector<std::vector<std::string>> commands = {};  ///< empty: default_checklist()
  std::chrono::seconds timeout{1800};                   ///< for each command
};

/// The runbook's: ruff, black, mypy on the project's package, pytest, and a build.
std::vector<std::vector<std::string>> default_checklist(const ProjectName& project);

struct ChecklistRequest {
  ProjectName project;
  Path folder;  ///< the project's, in a git work tree
  Path state;   ///< the desk's state folder
  std::string actor;
  bool allow_dirty = false;  ///< accept a tree with changes; then nothing is recorded
};

/// The outside world. Everything outlives the checklist.
struct ChecklistTools {
  ProcessRunner& processes;
  FileSystem& disk;
  Clock& clock;
  console::Console& console;
  /// Of the commands: the caller's, without secrets.
  std::vector<std::pair<std::string, std::string>> environment;
};

struct ChecklistResult {
  Checks checks;
  json::Object record;  ///< the commit, each command, how it ended and how long it took
  Path kept = {};       ///< the record's file; empty: none was kept
};

/// The record that run_checklist() kept of this commit; nullopt if there is none, if it was changed, or if it
/// is of other commands than the policy's.
Result<std::optional<json::Object>> recorded_checklist(FileSystem& disk, const ChecklistPolicy& policy,
                                                       const ProjectName& project, const Path& state,
                                                       const std::string& commit);

/// Runs every command, also after one that failed, and shows its output as it comes. Checks: `tree.commit`,
/// `tree.clean`, `checklist.command` for each, and `tree.unchanged`, since a tool's changes were not
/// committed. A checklist that passed is recorded: STATE/checklists/PROJECT/COMMIT.json, sealed by its
/// digest, the last one for that commit. Errors: the checklist could not be run.
Result<ChecklistResult> run_checklist(const ChecklistPolicy& policy, const ChecklistRequest& request,
                                      ChecklistTools tools);

}  // namespace packhouse::source

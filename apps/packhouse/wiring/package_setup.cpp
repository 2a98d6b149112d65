#include "wiring/package_setup.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <utility>

#include "base/json.hpp"
#include "base/text.hpp"
#include "desk/workflow_reader.hpp"
#include "source/git_tree.hpp"
#include "wiring/environment.hpp"

namespace packhouse::app {
namespace {

/// Where a forge reads workflows; GitLab reads one file.
std::string workflow_folder(std::string_view forge) {
  return forge == "gitea" ? ".gitea/workflows" : ".github/workflows";
}

/// A setting that may not be known.
struct Question {
  const std::string& given;  ///< by the option
  std::string found;         ///< in the repository
  const char* option;
  const char* what;
};

Result<std::string> answer(const Question& question, bool may_ask) {
  if (!question.given.empty()) return question.given;
  if (!question.found.empty()) return question.found;
  if (!may_ask || ::isatty(STDIN_FILENO) == 0) {
    return Error{Errc::invalid_input, fmt::format("expected {}, found nothing that says it", question.what),
                 fmt::format("give it with {}", question.option)};
  }
  std::cerr << question.what << ": " << std::flush;
  std::string line;
  std::getline(std::cin, line);
  const std::string typed(trim(line));
  if (!typed.empty()) return typed;
  return Error{Errc::invalid_input, fmt::format("expected {}, found an empty line", question.what),
               fmt::format("give it with {}", question.option)};
}

/// The kind by the remote's host, else by what the repository has for one; empty: neither says it.
std::string forge_of(FileSystem& disk, const Path& top, const std::string& host) {
  if (host == "github.com") return "github";
  for (const std::string_view name : {"gitlab", "gitea"})
    if (host.find(name) != std::string::npos) return std::string(name);
  if (disk.size(top / ".gitlab-ci.yml").ok()) return "gitlab";
  if (disk.list(top / ".gitea").ok()) return "gitea";
  return disk.list(top / workflow_folder("github")).ok() || host.empty() ? "github" : "";
}

struct FoundUpload {
  std::string workflow;
  desk::WorkflowUpload upload;
};

/// Of every workflow but those that publish.
std::vector<FoundUpload> find_uploads(FileSystem& disk, const Path& top, const std::string& folder) {
  constexpr std::uint64_t max_workflow = 1U << 20U;
  std::vector<FoundUpload> found;
  const auto names = disk.list(top / folder);
  if (!names.ok()) return found;
  for (const std::string& name : *names) {
    const bool is_workflow = name.ends_with(".yml") || name.ends_with(".yaml");
    if (!is_workflow || name.starts_with("publish-private")) continue;
    const auto text = disk.read(top / folder / name, max_workflow);
    if (!text.ok()) continue;
    for (auto& upload : desk::read_uploads(*text))
      found.push_back({fmt::format("{}/{}", folder, name), std::move(upload)});
  }
  return found;
}

bool is_expression(std::string_view text) {
  return text.find("${{") != std::string_view::npos;
}

/// A matrix uploads under names of its values: from the first expression to the last, whatever they are.
FoundUpload as_pattern(FoundUpload found) {
  std::string& name = found.upload.artifact;
  const std::size_t begin = name.find("${{");
  const std::size_t end = name.rfind("}}");
  if (begin == std::string::npos || end == std::string::npos || end < begin) return found;
  name = name.substr(0, begin) + "*" + name.substr(end + 2);
  // GitHub shows a job of a matrix with its values, unless its name has them.
  std::string& job = found.upload.job;
  const std::size_t value = job.find("${{");
  job = value == std::string::npos ? job + " (*)" : job.substr(0, value) + "*";
  return found;
}

/// Those that hand over the distributions: the only one that fits the choices, else the only one of these
/// whose name begins with "dist", else all of one workflow that do, where one is a matrix's. A package in a
/// folder has one that names it. Empty: it cannot be told.
std::vector<FoundUpload> find_builds(FileSystem& disk, const PackagePlace& place, const std::string& folder,
                                     const std::string& project, const SetupChoices& choices) {
  const auto differs = [](const std::string& choice, const std::string& found) {
    return !choice.empty() && choice != found;
  };
  auto uploads = find_uploads(disk, place.top, folder);
  std::erase_if(uploads, [&](const FoundUpload& each) {
    return differs(choices.workflow, each.workflow) || differs(choices.artifact, each.upload.artifact) ||
           differs(choices.build_job, each.upload.job) ||
           (!place.below.empty() && each.upload.artifact.find(project) == std::string::npos);
  });
  if (uploads.size() > 1) {
    std::erase_if(uploads, [](const FoundUpload& each) { return !each.upload.artifact.starts_with("dist"); });
  }
  const bool one_workflow = std::ranges::all_of(
      uploads, [&](const FoundUpload& each) { return each.workflow == uploads.front().workflow; });
  const bool of_a_matrix = std::ranges::any_of(
      uploads, [](const FoundUpload& each) { return is_expression(each.upload.artifact); });
  if (uploads.size() > 1 && !(one_workflow && of_a_matrix)) return {};
  // A name in full first: an artifact is of the first rule that has it.
  std::ranges::sort(uploads, {}, [](const FoundUpload& each) {
    return std::pair(is_expression(each.upload.artifact), each.upload.artifact);
  });
  std::ranges::transform(uploads, uploads.begin(), as_pattern);
  return uploads;
}

std::string quoted(const std::string& text) {
  return json::canonical(json::Value(text));  // what TOML reads as the same text
}

/// Whether the package's folder has a module of the project's name. A project may have modules of any other.
bool has_module(FileSystem& disk, const Path& folder, const std::string& module) {
  if (disk.size(folder / "src" / "lib.rs").ok()) return true;  // an extension module, named like the project
  return std::ranges::any_of(
      std::initializer_list<Path>{folder, folder / "src", folder / "python"}, [&](const Path& root) {
        return disk.size(root / module / "__init__.py").ok() || disk.size(root / (module + ".py")).ok();
      });
}

/// The scripts as commands; else the import of the package, where it has that name.
std::string smoke_lines(FileSystem& disk, const Path& folder, const std::string& project,
                        const std::vector<std::string>& scripts) {
  const std::string module = replace_all(project, "-", "_");
  if (scripts.empty() && !has_module(disk, folder, module))
    return "# commands = [[\"NAME\", \"--help\"]]\n# imports = [\"MODULE\"]\n";
  if (scripts.empty()) return fmt::format("imports = [{}]\n", quoted(module));
  std::string commands;
  for (const std::string& script : scripts)
    commands += fmt::format("{}[{}, \"--help\"]", commands.empty() ? "" : ", ", quoted(script));
  return fmt::format("commands = [{}]\n", commands);
}

struct Settings {
  std::string forge;
  std::string project;
  std::string repository;
  std::string branch;
  std::string workflow;
  std::vector<desk::WorkflowUpload> builds;
};

/// Where nothing says it: one artifact of one job; of maturin the sdist's, and one of each wheel.
std::vector<desk::WorkflowUpload> usual_builds(const std::string& forge, const PackagePlace& place,
                                               const std::string& project, const ProjectFacts& facts) {
  // The jobs of all packages are in one pipeline.
  if (forge == "gitlab") return {{place.below.empty() ? "build" : "build-" + project, "dist"}};
  if (facts.build_backend != "maturin") return {{"build", "dist"}};
  return {{"build", "dist-sdist"}, {"wheels (*)", "dist-wheels-*"}};
}

std::string usual_workflow(const std::string& forge, const PackagePlace& place, const std::string& project) {
  if (forge == "gitlab") return ".gitlab-ci.yml";
  const std::string own = place.below.empty() ? "ci.yml" : fmt::format("ci-{}.yml", project);
  return fmt::format("{}/{}", workflow_folder(forge), own);
}

/// The workflow and what it hands over: as it is given, else as it is there, else as `init` writes it.
void decide_build(FileSystem& disk, const PackagePlace& place, const ProjectFacts& facts,
                  const SetupChoices& choices, Settings& settings) {
  const auto found = settings.forge == "gitlab" ? std::vector<FoundUpload>{}
                                                : find_builds(disk, place, workflow_folder(settings.forge),
                                                              settings.project, choices);
  settings.workflow = !choices.workflow.empty() ? choices.workflow
                      : !found.empty()          ? found.front().workflow
                                                : usual_workflow(settings.forge, place, settings.project);
  for (const FoundUpload& each : found)
    settings.builds.push_back(each.upload);
  if (found.empty()) settings.builds = usual_builds(settings.forge, place, settings.project, facts);
  if (choices.artifact.empty() && choices.build_job.empty()) return;
  if (settings.builds.size() > 1) settings.builds = {{"build", "dist"}};
  if (!choices.artifact.empty()) settings.builds.front().artifact = choices.artifact;
  if (!choices.build_job.empty()) settings.builds.front().job = choices.build_job;
}

Result<Settings> decide(CommandContext& context, const PackagePlace& place, const ProjectFacts& facts,
                        const SetupChoices& choices) {
  const auto environment = inherited_environment();
  source::GitTree git(context.processes(), place.folder, environment);
  const auto remote = parse_remote(git.remote_url().value_or("")).value_or(RemoteFacts{});
  Settings settings;
  TRY(const auto project,
      answer({choices.project, facts.name, "--project", "the project's name"}, choices.ask));
  TRY(const auto name, ProjectName::parse(project));
  settings.project = name.str();
  TRY(settings.forge, answer({choices.forge, forge_of(context.disk(), place.top, remote.host), "--forge",
                              "the kind of forge: github, gitlab or gitea"},
                             choices.ask));
  TRY(settings.repository,
      answer({choices.repository, remote.repository, "--repository", "the repository as OWNER/NAME"},
             choices.ask));
  TRY(settings.branch,
      answer({choices.branch, git.default_branch().value_or("main"), "--branch", "the branch of releases"},
             choices.ask));
  decide_build(context.disk(), place, facts, choices, settings);
  return settings;
}

/// One text, or an array of several.
std::string texts(const std::vector<desk::WorkflowUpload>& builds,
                  std::string desk::WorkflowUpload::* member) {
  if (builds.size() == 1) return quoted(builds.front().*member);
  std::vector<std::string> words;
  for (const desk::WorkflowUpload& each : builds)
    words.push_back(quoted(each.*member));
  return fmt::format("[{}]", join(words, ", "));
}

std::string table_of(const Settings& settings, const std::string& smoke) {
  std::string table = fmt::format(
      "[tool.packhouse]\nproject = {}\nrepository = {}\nworkflow = {}\nbranch = {}\nartifact = {}\n"
      "build-job = {}\n{}\n[tool.packhouse.smoke]\n{}",
      quoted(settings.project), quoted(settings.repository), quoted(settings.workflow),
      quoted(settings.branch), texts(settings.builds, &desk::WorkflowUpload::artifact),
      texts(settings.builds, &desk::WorkflowUpload::job),
      // The others state none.
      settings.forge == "github" ? "" : "allow-missing-artifact-digest = true\n", smoke);
  if (settings.forge == "github") return table;
  table += fmt::format("\n[tool.packhouse.forge]\nkind = {}\n", quoted(settings.forge));
  return table;
}

/// The rest stays as it is, byte for byte, and the table has its line ends.
std::string append_table(const std::string& pyproject, const std::string& table) {
  const bool ended = pyproject.empty() || pyproject.ends_with('\n');
  const std::string added = (ended ? "\n" : "\n\n") + table;
  const bool crlf = pyproject.find("\r\n") != std::string::npos;
  return pyproject + (crlf ? replace_all(added, "\n", "\r\n") : added);
}

}  // namespace

PackagePlace find_package(const CommandContext& context) {
  const Path folder = context.project_folder();
  Path top = folder;
  while (!std::filesystem::exists(top / ".git") && top.has_relative_path())
    top = top.parent_path();
  if (!std::filesystem::exists(top / ".git")) top = std::filesystem::current_path();
  const Path below = folder.lexically_relative(top);
  return {.top = top, .folder = folder, .below = below == "." ? Path() : below};
}

bool SetupChoices::any() const {
  const auto is_given = [](const std::string& choice) { return !choice.empty(); };
  const std::initializer_list<std::string> all{forge,    project,  repository, branch,
                                               workflow, artifact, build_job};
  return std::ranges::any_of(all, is_given);
}

Result<PackageSetup> set_up_package(CommandContext& context, const PackagePlace& place,
                                    const std::string& pyproject, const ProjectFacts& facts,
                                    const SetupChoices& choices) {
  TRY(const auto settings, decide(context, place, facts, choices));
  const std::string smoke = smoke_lines(context.disk(), place.folder, settings.project, facts.scripts);
  std::string text = append_table(pyproject, table_of(settings, smoke));
  TRY(auto configuration, parse_desk_configuration(text, "pyproject.toml", environment_variable));
  return PackageSetup{std::move(text), std::move(configuration)};
}

}  // namespace packhouse::app

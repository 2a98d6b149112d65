#include "wiring/package_setup.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iostream>

#include "base/json.hpp"
#include "base/text.hpp"
#include "desk/workflow_reader.hpp"
#include "source/git_tree.hpp"
#include "wiring/environment.hpp"

namespace packhouse::app {
namespace {

constexpr std::string_view workflow_folder = ".github/workflows";

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
  return disk.list(top / workflow_folder).ok() || host.empty() ? "github" : "";
}

struct FoundUpload {
  std::string workflow;
  desk::WorkflowUpload upload;
};

/// Of every workflow but those that publish.
std::vector<FoundUpload> find_uploads(FileSystem& disk, const Path& top) {
  constexpr std::uint64_t max_workflow = 1U << 20U;
  std::vector<FoundUpload> found;
  const auto names = disk.list(top / workflow_folder);
  if (!names.ok()) return found;
  for (const std::string& name : *names) {
    const bool is_workflow = name.ends_with(".yml") || name.ends_with(".yaml");
    if (!is_workflow || name.starts_with("publish-private")) continue;
    const auto text = disk.read(top / workflow_folder / name, max_workflow);
    if (!text.ok()) continue;
    for (auto& upload : desk::read_uploads(*text))
      found.push_back({fmt::format("{}/{}", workflow_folder, name), std::move(upload)});
  }
  return found;
}

/// The one that hands over the distributions: the only one that fits the choices, else the only one of these
/// whose name begins with "dist". A package in a folder has one that names it.
std::optional<FoundUpload> find_build(FileSystem& disk, const PackagePlace& place, const std::string& project,
                                      const SetupChoices& choices) {
  const auto differs = [](const std::string& choice, const std::string& found) {
    return !choice.empty() && choice != found;
  };
  auto uploads = find_uploads(disk, place.top);
  std::erase_if(uploads, [&](const FoundUpload& each) {
    return differs(choices.workflow, each.workflow) || differs(choices.artifact, each.upload.artifact) ||
           differs(choices.build_job, each.upload.job) ||
           (!place.below.empty() && each.upload.artifact.find(project) == std::string::npos);
  });
  if (uploads.size() > 1) {
    std::erase_if(uploads, [](const FoundUpload& each) { return !each.upload.artifact.starts_with("dist"); });
  }
  return uploads.size() == 1 ? std::optional(uploads.front()) : std::nullopt;
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
  FoundUpload build;
};

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
  const std::string own = place.below.empty() ? "ci.yml" : fmt::format("ci-{}.yml", settings.project);
  const FoundUpload usual{fmt::format("{}/{}", workflow_folder, own), {"build", "dist"}};
  settings.build = find_build(context.disk(), place, settings.project, choices).value_or(usual);
  if (!choices.workflow.empty()) settings.build.workflow = choices.workflow;
  if (!choices.artifact.empty()) settings.build.upload.artifact = choices.artifact;
  if (!choices.build_job.empty()) settings.build.upload.job = choices.build_job;
  return settings;
}

std::string table_of(const Settings& settings, const std::string& smoke) {
  std::string table = fmt::format(
      "[tool.packhouse]\nproject = {}\nrepository = {}\nworkflow = {}\nbranch = {}\nartifact = {}\n"
      "build-job = {}\n\n[tool.packhouse.smoke]\n{}",
      quoted(settings.project), quoted(settings.repository), quoted(settings.build.workflow),
      quoted(settings.branch), quoted(settings.build.upload.artifact), quoted(settings.build.upload.job),
      smoke);
  if (settings.forge != "github")
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

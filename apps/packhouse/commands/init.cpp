#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "base/text.hpp"
#include "commands/commands.hpp"
#include "desk/workflows.hpp"
#include "wiring/command_context.hpp"

namespace packhouse::app {
namespace {

struct InitOptions {
  DeskOptions desk;
  bool github = false;
};

/// The checklist without its build, which has a job of its own.
std::vector<std::vector<std::string>> checks_of(const DeskConfiguration& configuration) {
  auto commands = configuration.checklist.commands.empty()
                      ? source::default_checklist(configuration.policy.project)
                      : configuration.checklist.commands;
  std::erase_if(commands, [](const std::vector<std::string>& words) {
    return words.size() >= 3 && words[0] == "python" && words[1] == "-m" && words[2] == "build";
  });
  return commands;
}

/// What is there already is kept when it says the same, and is otherwise never overwritten.
Result<bool> must_be_written(Desk& desk, const desk::WorkflowFile& file, const Path& path) {
  const auto found = desk.disk().read(path, 1U << 20U);
  if (!found.ok() && found.error().code == Errc::not_found) return true;
  if (!found.ok()) return found.error();
  if (*found == file.text) return false;
  return Error{Errc::conflict, fmt::format("expected no {}, found one that says something else", file.path),
               "nothing was written: move it away, run this again, and compare the two"};
}

Status write(Desk& desk, const desk::WorkflowFile& file, const Path& path) {
  CHECK_OK(desk.disk().make_folders(path.parent_path()));
  TRY(const auto written, desk.disk().create(path));
  CHECK_OK(written->write(file.text));
  std::filesystem::permissions(path, std::filesystem::perms::group_read | std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  return written->sync();
}

void tell_what_is_left(console::Console& output) {
  output.line("then, in the repository's settings:");
  output.line("  an environment `private-index` with reviewers, and in it the four secrets of the runbook:");
  output.line(
      "  PRIVATE_INDEX_REPOSITORY_URL, PRIVATE_INDEX_USERNAME, PRIVATE_INDEX_PASSWORD, "
      "PRIVATE_INDEX_PIP_INDEX_URL");
  output.line("  a runner group `private-index` whose runners reach the index and have packhouse");
  output.line("and in the repository: requirements/{checks,build,runtime}.txt, pinned with hashes");
}

std::vector<std::vector<std::string>> words_of(const smoke::SmokePolicy& smoke) {
  std::vector<std::vector<std::string>> all;
  for (const auto& command : smoke.commands)
    all.push_back(command.words);
  return all;
}

Result<ExitCode> init(Desk& desk) {
  TRY(const auto configuration, desk.read_configuration());
  const auto& policy = configuration.policy;
  TRY(const auto files, desk::github_workflows({.workflow = policy.workflow,
                                                .branch = policy.branch,
                                                .artifact = policy.artifact,
                                                .build_job = policy.build_job,
                                                .checks = checks_of(configuration),
                                                .smoke = words_of(configuration.smoke)}));
  const Path folder = std::filesystem::current_path();
  std::vector<const desk::WorkflowFile*> missing;
  json::Array written;
  for (const auto& file : files) {
    TRY(const bool wanted, must_be_written(desk, file, folder / file.path));
    if (wanted) missing.push_back(&file);
    desk.output().line(fmt::format("  {}  {}", wanted ? "write" : "keep ", file.path));
  }
  for (const auto* file : missing) {
    CHECK_OK(write(desk, *file, folder / file->path));
    written.emplace_back(file->path);
  }
  tell_what_is_left(desk.output());
  desk.output().document(json::Object{{"outcome", "initialised"}, {"written", std::move(written)}});
  return ExitCode::ok;
}

ExitCode run_init(const InitOptions& options) {
  return at_desk(options.desk, [&](Desk& desk) { return init(desk); });
}

}  // namespace

void register_init(Command root) {
  auto options = std::make_shared<InitOptions>();  // shared by the parser and the action
  const auto command =
      root.command("init", "Write the workflows that build and promote this package", options, run_init);
  command.flag("--github", options->github, "For GitHub Actions").required();
  options->desk.add_to(command);
}

}  // namespace packhouse::app

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

/// The checklist without its build: the workflow builds in a separate job.
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
Result<bool> must_be_written(CommandContext& context, const desk::WorkflowFile& file, const Path& path) {
  const auto found = context.disk().read(path, 1U << 20U);
  if (!found.ok() && found.error().code == Errc::not_found) return true;
  if (!found.ok()) return found.error();
  if (*found == file.text) return false;
  return Error{Errc::conflict, fmt::format("expected no {}, found one that says something else", file.path),
               "nothing was written: move it away, run this again, and compare the two"};
}

Status write(CommandContext& context, const desk::WorkflowFile& file, const Path& path) {
  CHECK_OK(context.disk().make_folders(path.parent_path()));
  TRY(const auto written, context.disk().create(path));
  CHECK_OK(written->write(file.text));
  std::filesystem::permissions(path, std::filesystem::perms::group_read | std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  return written->sync();
}

void show_remaining_steps(console::Console& console) {
  console.line("then, in the repository's settings:");
  console.line("  an environment `private-index` with reviewers, and in it the four secrets of the runbook:");
  console.line(
      "  PRIVATE_INDEX_REPOSITORY_URL, PRIVATE_INDEX_USERNAME, PRIVATE_INDEX_PASSWORD, "
      "PRIVATE_INDEX_PIP_INDEX_URL");
  console.line("  a runner group `private-index` whose runners reach the index and have packhouse");
  console.line("and in the repository: requirements/{checks,build,runtime}.txt, pinned with hashes");
}

std::vector<std::vector<std::string>> words_of(const smoke::SmokePolicy& smoke) {
  std::vector<std::vector<std::string>> all;
  for (const auto& command : smoke.commands)
    all.push_back(command.words);
  return all;
}

Result<ExitCode> init(CommandContext& context) {
  TRY(const auto configuration, context.read_configuration());
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
    TRY(const bool wanted, must_be_written(context, file, folder / file.path));
    if (wanted) missing.push_back(&file);
    context.console().line(fmt::format("  {}  {}", wanted ? "write" : "keep ", file.path));
  }
  for (const auto* file : missing) {
    CHECK_OK(write(context, *file, folder / file->path));
    written.emplace_back(file->path);
  }
  show_remaining_steps(context.console());
  context.console().document(json::Object{{"outcome", "initialised"}, {"written", std::move(written)}});
  return ExitCode::ok;
}

ExitCode run_init(const InitOptions& options) {
  return with_context(options.desk, [&](CommandContext& context) { return init(context); });
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

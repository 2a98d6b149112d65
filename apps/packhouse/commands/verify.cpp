#include <fmt/format.h>

#include <memory>

#include "commands/commands.hpp"
#include "source/checklist.hpp"
#include "wiring/command_context.hpp"
#include "wiring/environment.hpp"

namespace packhouse::app {
namespace {

struct VerifyOptions {
  DeskOptions desk;
  bool allow_dirty = false;
};

Result<ExitCode> verify(CommandContext& context, const VerifyOptions& options) {
  TRY(const auto configuration, context.read_configuration());
  TRY(auto state, context.state_folder());
  const source::ChecklistRequest request{.project = configuration.policy.project,
                                         .folder = context.project_folder(),
                                         .state = std::move(state),
                                         .actor = context.actor(),
                                         .allow_dirty = options.allow_dirty};
  TRY(const auto result, source::run_checklist(configuration.checklist, request,
                                               {context.processes(), context.disk(), context.clock(),
                                                context.console(), inherited_environment()}));
  const bool passed = all_passed(result.checks);
  context.console().summarise_checks("verify", result.checks);
  context.conclude({{"outcome", passed ? "passed" : "refused"},
                    {"project", request.project.str()},
                    {"record", result.record},
                    {"kept", result.kept.string()},
                    {"checks", to_json(result.checks)}},
                   result.checks);
  if (!passed) return context.refuse(result.checks);
  const auto& commit = result.record.at("commit").get_string();
  context.console().line(fmt::format("verified {} at {}{}", request.project.str(), std::string_view(commit),
                                     result.kept.empty() ? ", with changes: nothing is recorded" : ""));
  return ExitCode::ok;
}

ExitCode run_verify(const VerifyOptions& options) {
  return with_guarded_context(options.desk,
                              [&](CommandContext& context) { return verify(context, options); });
}

}  // namespace

void register_verify(Command root) {
  auto options = std::make_shared<VerifyOptions>();  // shared by the parser and the action
  const auto command = root.command("verify", "Run the pre-release checklist and record it for the commit",
                                    options, run_verify);
  command.flag("--allow-dirty", options->allow_dirty, "Also with uncommitted changes; records nothing");
  options->desk.add_to(command);
}

}  // namespace packhouse::app

#include "desk/rollback.hpp"

#include <fmt/format.h>

#include <memory>

#include "commands/commands.hpp"
#include "wiring/release_context.hpp"

namespace packhouse::app {
namespace {

struct RollbackOptions {
  DeskOptions desk;
  std::string version;
  std::string reason;
};

ExitCode finish(CommandContext& context, const desk::RollbackRequest& request,
                const desk::RollbackOutcome& outcome) {
  using Kind = desk::RollbackOutcome::Kind;
  if (outcome.kind == Kind::failed && outcome.error) return context.fail(*outcome.error, outcome.document);
  context.conclude(outcome.document, outcome.checks);
  const std::string name = fmt::format("{} {}", request.release.project.str(), request.release.version.str());
  if (outcome.kind == Kind::refused) {
    context.console().line(
        fmt::format("NOT rolled back {}: {}", name, fmt::join(refused_ids(outcome.checks), ", ")));
    return exit_code_for(worst_refusal(outcome.checks));
  }
  context.console().line(fmt::format(
      "rolled back {}: {}", name,
      outcome.chosen ? "installers now get " + outcome.chosen->str() : "installers now get no version"));
  return ExitCode::ok;
}

Result<ExitCode> rollback(CommandContext& context, const RollbackOptions& options) {
  TRY(auto version, source::parse_release_version(options.version));
  TRY(const auto configuration, context.read_configuration());
  TRY(const auto secrets, context.index_secrets());
  TRY(const auto addresses, index_addresses(secrets, configuration.plain_http_allowed));
  TRY(auto state, context.state_folder());
  const desk::RollbackRequest request{.release = {configuration.policy.project, std::move(version)},
                                      .reason = options.reason,
                                      .mode = configuration.withdrawal,
                                      .state = std::move(state),
                                      .actor = context.actor()};
  client::IndexClient index(context.client(), addresses.upload, addresses.simple);
  const auto tools = smoke_release_tools(context, index);
  return finish(context, request, desk::rollback(configuration.smoke, addresses.simple, request, tools));
}

ExitCode run_rollback(const RollbackOptions& options) {
  return with_guarded_context(options.desk,
                              [&](CommandContext& context) { return rollback(context, options); });
}

}  // namespace

void register_rollback(Command root) {
  auto options = std::make_shared<RollbackOptions>();  // shared by the parser and the action
  const auto command = root.command(
      "rollback", "Withdraw a version on the index, and prove that the previous one is installed again",
      options, run_rollback);
  command.text("version", options->version, "The bad version").placeholder("VERSION").required();
  command.text("--reason", options->reason, "Why; kept in the journal and shown by the index").required();
  options->desk.add_to(command);
}

}  // namespace packhouse::app

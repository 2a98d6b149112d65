#include "smoke/smoke_check.hpp"

#include <fmt/format.h>

#include <memory>

#include "commands/commands.hpp"
#include "desk/smoke_release.hpp"
#include "wiring/release_context.hpp"

namespace packhouse::app {
namespace {

struct SmokeOptions {
  DeskOptions desk;
  std::string version;
};

Result<ExitCode> smoke(CommandContext& context, const SmokeOptions& options) {
  using Kind = desk::SmokeOutcome::Kind;
  TRY(auto version, source::parse_release_version(options.version));
  TRY(const auto configuration, context.read_configuration());
  TRY(const auto secrets, context.index_secrets());
  TRY(const auto simple, simple_address(secrets, configuration.plain_http_allowed));
  TRY(auto state, context.state_folder());
  const desk::SmokeRequest request{
      {configuration.policy.project, std::move(version)}, std::move(state), context.actor()};
  client::IndexClient index(context.client(), simple, simple);
  const auto tools = smoke_release_tools(context, index);
  const auto outcome = desk::smoke_release(configuration.smoke, simple, request, tools);
  if (outcome.kind == Kind::failed && outcome.error) return context.fail(*outcome.error, outcome.document);
  context.conclude(outcome.document, outcome.checks);
  if (outcome.kind == Kind::refused) return context.refuse(outcome.checks);
  context.console().line(
      fmt::format("smoke passed {} {}", request.release.project.str(), request.release.version.str()));
  return ExitCode::ok;
}

ExitCode run_smoke_command(const SmokeOptions& options) {
  return with_guarded_context(options.desk, [&](CommandContext& context) { return smoke(context, options); });
}

}  // namespace

void register_smoke(Command root) {
  auto options = std::make_shared<SmokeOptions>();  // shared by the parser and the action
  const auto command = root.command("smoke", "Install a released version as a user would, and prove it works",
                                    options, run_smoke_command);
  command.text("version", options->version, "The version on the index").placeholder("VERSION").required();
  options->desk.add_to(command);
}

}  // namespace packhouse::app

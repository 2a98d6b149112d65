#include "smoke/smoke_check.hpp"

#include <fmt/format.h>

#include <memory>

#include "commands/commands.hpp"
#include "desk/smoke_release.hpp"
#include "wiring/command_context.hpp"

namespace packhouse::app {
namespace {

struct SmokeOptions {
  DeskOptions desk;
  std::string version;
};

Result<ExitCode> smoke(Desk& desk, const SmokeOptions& options) {
  using Kind = desk::SmokeOutcome::Kind;
  TRY(auto version, source::parse_release_version(options.version));
  TRY(const auto configuration, desk.read_configuration());
  TRY(const auto simple, simple_address(desk.secrets()));
  TRY(auto state, desk.state_folder());
  const desk::SmokeRequest request{configuration.policy.project, std::move(version), std::move(state),
                                   desk.actor()};
  client::IndexClient index(desk.client(), simple, simple);
  const desk::SmokeReleaseTools tools{index,         desk.disk(),     desk.processes(),   desk.clock(),
                                      desk.output(), desk.redactor(), desk.search_path(), desk.pip_network()};
  const auto outcome = desk::smoke_release(configuration.smoke, simple, request, tools);
  if (outcome.kind == Kind::failed && outcome.error) return desk.fail(*outcome.error, outcome.document);
  desk.output().document(outcome.document);
  if (outcome.kind == Kind::refused) {
    desk.output().line(fmt::format("refused: {}", fmt::join(refused_ids(outcome.checks), ", ")));
    return exit_code_for(worst_refusal(outcome.checks));
  }
  desk.output().line(fmt::format("smoke passed {} {}", request.project.str(), request.version.str()));
  return ExitCode::ok;
}

ExitCode run_smoke_command(const SmokeOptions& options) {
  return at_guarded_desk(options.desk, [&](Desk& desk) { return smoke(desk, options); });
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

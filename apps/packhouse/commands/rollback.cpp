#include "desk/rollback.hpp"

#include <fmt/format.h>

#include <memory>

#include "commands/commands.hpp"
#include "wiring/command_context.hpp"

namespace packhouse::app {
namespace {

struct RollbackOptions {
  DeskOptions desk;
  std::string version;
  std::string reason;
};

ExitCode finish(Desk& desk, const desk::RollbackRequest& request, const desk::RollbackOutcome& outcome) {
  using Kind = desk::RollbackOutcome::Kind;
  if (outcome.kind == Kind::failed && outcome.error) return desk.fail(*outcome.error, outcome.document);
  desk.output().document(outcome.document);
  const std::string name = fmt::format("{} {}", request.project.str(), request.version.str());
  if (outcome.kind == Kind::refused) {
    desk.output().line(
        fmt::format("NOT rolled back {}: {}", name, fmt::join(refused_ids(outcome.checks), ", ")));
    return exit_code_for(worst_refusal(outcome.checks));
  }
  desk.output().line(fmt::format(
      "rolled back {}: {}", name,
      outcome.chosen ? "installers now get " + outcome.chosen->str() : "installers now get no version"));
  return ExitCode::ok;
}

Result<ExitCode> rollback(Desk& desk, const RollbackOptions& options) {
  TRY(auto version, source::parse_release_version(options.version));
  TRY(const auto configuration, desk.read_configuration());
  TRY(const auto addresses, index_addresses(desk.secrets()));
  TRY(auto state, desk.state_folder());
  const desk::RollbackRequest request{.project = configuration.policy.project,
                                      .version = std::move(version),
                                      .reason = options.reason,
                                      .mode = configuration.withdrawal,
                                      .state = std::move(state),
                                      .actor = desk.actor()};
  client::IndexClient index(desk.client(), addresses.upload, addresses.simple);
  const desk::SmokeReleaseTools tools{index,         desk.disk(),     desk.processes(),   desk.clock(),
                                      desk.output(), desk.redactor(), desk.search_path(), desk.pip_network()};
  return finish(desk, request, desk::rollback(configuration.smoke, addresses.simple, request, tools));
}

ExitCode run_rollback(const RollbackOptions& options) {
  return at_guarded_desk(options.desk, [&](Desk& desk) { return rollback(desk, options); });
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

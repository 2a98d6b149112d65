#include "release/rollback.hpp"

#include <fmt/format.h>

#include <memory>

#include "command.hpp"
#include "desk.hpp"

namespace packhouse::app {
namespace {

struct RollbackOptions {
  DeskOptions desk;
  std::string version;
  std::string reason;
};

ExitCode finish(Desk& desk, const release::RollbackRequest& request,
                const release::RollbackOutcome& outcome) {
  using Kind = release::RollbackOutcome::Kind;
  if (outcome.kind == Kind::failed && outcome.error) return desk.fail(*outcome.error, outcome.document);
  desk.output().document(outcome.document);
  const std::string name = fmt::format("{} {}", request.project.str(), request.version.str());
  if (outcome.kind == Kind::refused) {
    desk.output().line(
        fmt::format("NOT rolled back {}: {}", name, fmt::join(release::refused_ids(outcome.checks), ", ")));
    return exit_code_for(release::worst_fault(outcome.checks));
  }
  desk.output().line(fmt::format(
      "rolled back {}: {}", name,
      outcome.chosen ? "installers now get " + outcome.chosen->str() : "installers now get no version"));
  return ExitCode::ok;
}

Result<ExitCode> rollback(Desk& desk, const RollbackOptions& options) {
  TRY(auto version, release::parse_release_version(options.version));
  TRY(const auto configuration, desk.read_configuration());
  TRY(const auto addresses, index_addresses(desk.secrets()));
  TRY(auto state, desk.state_folder());
  const release::RollbackRequest request{.project = configuration.policy.project,
                                         .version = std::move(version),
                                         .reason = options.reason,
                                         .how = configuration.withdrawal,
                                         .state = std::move(state),
                                         .actor = desk.actor()};
  release::IndexClient index(desk.client(), addresses.upload, addresses.simple);
  const release::SmokeReleaseTools tools{
      index,         desk.disk(),     desk.processes(),   desk.clock(),
      desk.output(), desk.redactor(), desk.search_path(), desk.pip_network()};
  return finish(desk, request, release::rollback(configuration.smoke, addresses.simple, request, tools));
}

ExitCode run_rollback(const RollbackOptions& options) {
  const auto desk = Desk::make(options.desk);
  if (!desk.ok()) return report(desk.error());
  const InterruptGuard guard((*desk)->temporary());
  const auto code = rollback(**desk, options);
  return code.ok() ? *code : (*desk)->fail(code.error());
}

}  // namespace

void register_rollback(CLI::App& root, Action& chosen) {
  auto options = std::make_shared<RollbackOptions>();  // shared: with the closure that outlives this call
  CLI::App* command = root.add_subcommand(
      "rollback", "Withdraw a version on the index, and prove that the previous one is installed again");
  command->add_option("version", options->version, "The bad version")->type_name("VERSION")->required();
  command->add_option("--reason", options->reason, "Why; kept in the journal and shown by the index")
      ->required();
  options->desk.add_to(*command);
  command->callback([options, &chosen] { chosen = [options] { return run_rollback(*options); }; });
}

}  // namespace packhouse::app

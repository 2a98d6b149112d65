#include "desk/reconcile.hpp"

#include <fmt/format.h>

#include <memory>

#include "commands/commands.hpp"
#include "wiring/release_context.hpp"

namespace packhouse::app {
namespace {

struct ReconcileOptions {
  DeskOptions desk;
  std::string version;
  std::string build_run_id;
};

Result<ExitCode> reconcile(CommandContext& context, const ReconcileOptions& options) {
  using Kind = desk::ReconcileOutcome::Kind;
  TRY(const auto run, source::RunId::parse(options.build_run_id));
  TRY(auto version, source::parse_release_version(options.version));
  TRY(auto state, context.state_folder());
  TRY(const auto release_context, ReleaseContext::open(context));
  const desk::ReconcileRequest request{run, std::move(version), std::move(state), context.actor()};
  const auto outcome = desk::reconcile(release_context->settings(), request, release_context->tools());
  if (outcome.kind == Kind::failed && outcome.error) return context.fail(*outcome.error, outcome.document);
  context.conclude(outcome.document, outcome.checks);
  if (outcome.kind == Kind::refused) return context.refuse(outcome.checks);
  const bool agrees = outcome.kind == Kind::agrees;
  context.console().line(fmt::format("{} {} by run {}: what CI builds {} what was released; it stays {}",
                                     release_context->settings().source.policy.project.str(), options.version,
                                     run.str(), agrees ? "agrees with" : "DIFFERS from",
                                     source::local_label));
  return agrees ? ExitCode::ok : ExitCode::conflict;
}

ExitCode run_reconcile(const ReconcileOptions& options) {
  return with_guarded_context(options.desk,
                              [&](CommandContext& context) { return reconcile(context, options); });
}

}  // namespace

void register_reconcile(Command recover) {
  auto options = std::make_shared<ReconcileOptions>();  // shared by the parser and the action
  const auto command = recover.command(
      "reconcile", "Compare what CI builds with what was released without it", options, run_reconcile);
  command.text("version", options->version, "What was recovered").placeholder("VERSION").required();
  command.text("--build-run-id", options->build_run_id, "The CI run of the commit that was released")
      .placeholder("N")
      .required();
  options->desk.add_to(command);
}

}  // namespace packhouse::app

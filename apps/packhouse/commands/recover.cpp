#include "desk/recover.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "base/text.hpp"
#include "commands/commands.hpp"
#include "desk/reconcile.hpp"
#include "wiring/forge_access.hpp"
#include "wiring/inherited_environment.hpp"
#include "wiring/release_context.hpp"

namespace packhouse::app {
namespace {

struct RecoverOptions {
  DeskOptions desk;
  std::string version;
  std::string reason;
  std::vector<std::string> approvals;
  bool anew = false;
};

struct ReconcileOptions {
  DeskOptions desk;
  std::string version;
  std::string build_run_id;
};

/// What the first call ends with: what the owners are to do, and how it goes on.
void ask_for_approvals(Desk& desk, const std::string& version, const desk::RecoverOutcome& outcome) {
  desk.output().line(
      fmt::format("built and planned, and nothing was sent. Two owners who did not build it read the plan, "
                  "and each runs:"));
  desk.output().line(fmt::format("  packhouse approve {} --key KEY --out NAME.json", outcome.plan.string()));
  desk.output().line("then, with the very same files:");
  desk.output().line(
      fmt::format("  packhouse recover {} --approval FIRST.json --approval SECOND.json", version));
}

void summarise(Desk& desk, const std::string& name, const desk::PromoteOutcome& outcome) {
  desk.output().summarise(fmt::format("**{}** was built locally and released as `{}`.\n",
                                      console::escape_markdown(name), source::local_label));
  if (const auto* proof = outcome.document.if_contains("proof"); proof != nullptr && proof->is_string()) {
    desk.output().summarise(
        "CI was not available: " + console::escape_markdown(std::string_view(proof->get_string())) + "\n");
  }
}

ExitCode finish(Desk& desk, const source::Policy& policy, const std::string& version,
                const desk::RecoverOutcome& outcome) {
  using Kind = desk::PromoteOutcome::Kind;
  const auto& release = outcome.release;
  if (release.kind == Kind::failed && release.error) return desk.fail(*release.error, release.document);
  desk.output().document(release.document);
  if (release.kind == Kind::refused) {
    const auto refused = refused_ids(release.checks);
    const bool waits = refused == std::vector<std::string>{"approval.enough"} && !outcome.plan.empty();
    if (waits) ask_for_approvals(desk, version, outcome);
    return tell_refusal(desk, release.checks);
  }
  const std::string name = fmt::format("{} {}", policy.project.str(), version);
  summarise(desk, name, release);
  desk.output().line(fmt::format("released {}, {} for ever", name, source::local_label));
  return ExitCode::ok;
}

Result<ExitCode> recover(Desk& desk, const RecoverOptions& options) {
  if (options.version.empty()) {
    return Error{Errc::invalid_input, "expected a version, found none",
                 "packhouse recover VERSION --reason WHY"};
  }
  TRY(auto version, source::parse_release_version(options.version));
  TRY(auto approvals, read_approvals(options.approvals, desk));
  TRY(auto state, desk.state_folder());
  TRY(const auto world, ReleaseWorld::open(desk));
  const DeskConfiguration& configuration = world->configuration();
  const source::RecoverRequest request{.version = std::move(version),
                                       .reason = options.reason,
                                       .anew = options.anew,
                                       .folder = std::filesystem::current_path(),
                                       .state = std::move(state),
                                       .actor = desk.actor(),
                                       .api = forge_question(configuration.forge).url,
                                       .approvals = std::move(approvals),
                                       .environment = inherited_environment()};
  const auto outcome = desk::recover(world->settings(), configuration.recovery, configuration.checklist,
                                     request, world->tools());
  return finish(desk, configuration.policy, options.version, outcome);
}

Result<ExitCode> reconcile(Desk& desk, const ReconcileOptions& options) {
  using Kind = desk::ReconcileOutcome::Kind;
  TRY(const auto run, source::RunId::parse(options.build_run_id));
  TRY(auto version, source::parse_release_version(options.version));
  TRY(auto state, desk.state_folder());
  TRY(const auto world, ReleaseWorld::open(desk));
  const desk::ReconcileRequest request{run, std::move(version), std::move(state), desk.actor()};
  const auto outcome = desk::reconcile(world->settings(), request, world->tools());
  if (outcome.kind == Kind::failed && outcome.error) return desk.fail(*outcome.error, outcome.document);
  desk.output().document(outcome.document);
  if (outcome.kind == Kind::refused) return tell_refusal(desk, outcome.checks);
  const bool agrees = outcome.kind == Kind::agrees;
  desk.output().line(fmt::format("{} {} by run {}: what CI builds {} what was released; it stays {}",
                                 world->settings().source.policy.project.str(), options.version, run.str(),
                                 agrees ? "agrees with" : "DIFFERS from", source::local_label));
  return agrees ? ExitCode::ok : ExitCode::conflict;
}

ExitCode run_recover(const RecoverOptions& options) {
  return at_guarded_desk(options.desk, [&](Desk& desk) { return recover(desk, options); });
}

ExitCode run_reconcile(const ReconcileOptions& options) {
  return at_guarded_desk(options.desk, [&](Desk& desk) { return reconcile(desk, options); });
}

void add_reconcile(Command recover) {
  auto options = std::make_shared<ReconcileOptions>();  // shared by the parser and the action
  const auto command = recover.command(
      "reconcile", "Compare what CI builds with what was released without it", options, run_reconcile);
  command.text("version", options->version, "What was recovered").placeholder("VERSION").required();
  command.text("--build-run-id", options->build_run_id, "The CI run of the commit that was released")
      .placeholder("N")
      .required();
  options->desk.add_to(command);
}

}  // namespace

void register_recover(Command root) {
  auto options = std::make_shared<RecoverOptions>();  // shared by the parser and the action
  const auto command = root.command(
      "recover", "Release files that are built here, with two owners' yes, when CI cannot give them", options,
      run_recover);
  command.text("version", options->version, "The version that it must be").placeholder("VERSION");
  command.text("--reason", options->reason, "Why; kept in the journal and approved by the owners");
  command.list("--approval", options->approvals, "What an owner signed with `packhouse approve`; several")
      .placeholder("FILE");
  command.flag("--anew", options->anew, "Build again, and give up what was built and approved before");
  options->desk.add_to(command);
  add_reconcile(command);
}

}  // namespace packhouse::app

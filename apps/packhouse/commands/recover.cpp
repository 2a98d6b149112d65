#include "desk/recover.hpp"

#include <fmt/format.h>

#include <memory>

#include "base/text.hpp"
#include "commands/commands.hpp"
#include "wiring/environment.hpp"
#include "wiring/forge_access.hpp"
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

/// What the first call ends with: what the owners are to do, and how it goes on.
void ask_for_approvals(CommandContext& context, const std::string& version,
                       const desk::RecoverOutcome& outcome) {
  context.console().line(
      fmt::format("built and planned, and nothing was sent. Two owners who did not build it read the plan, "
                  "and each runs:"));
  context.console().line(
      fmt::format("  packhouse approve {} --key KEY --out NAME.json", outcome.plan.string()));
  context.console().line("then, with the very same files:");
  context.console().line(
      fmt::format("  packhouse recover {} --approval FIRST.json --approval SECOND.json", version));
}

void summarise(CommandContext& context, const std::string& name, const desk::PromoteOutcome& outcome) {
  context.console().summarise(fmt::format("**{}** was built locally and released as `{}`.\n",
                                          console::escape_markdown(name), source::local_label));
  if (const auto* proof = outcome.document.if_contains("proof"); proof != nullptr && proof->is_string()) {
    context.console().summarise(
        "CI was not available: " + console::escape_markdown(std::string_view(proof->get_string())) + "\n");
  }
}

ExitCode finish(CommandContext& context, const source::Policy& policy, const std::string& version,
                const desk::RecoverOutcome& outcome) {
  using Kind = desk::PromoteOutcome::Kind;
  const auto& release = outcome.release;
  if (release.kind == Kind::failed && release.error) return context.fail(*release.error, release.document);
  const std::string name = fmt::format("{} {}", policy.project.str(), version);
  if (release.kind == Kind::released) summarise(context, name, release);
  context.conclude(release.document, release.checks);
  if (release.kind == Kind::refused) {
    const auto refused = refused_ids(release.checks);
    const bool waits = refused == std::vector<std::string>{"approval.enough"} && !outcome.plan.empty();
    if (waits) ask_for_approvals(context, version, outcome);
    return context.refuse(release.checks);
  }
  context.console().line(fmt::format("released {}, {} for ever", name, source::local_label));
  return ExitCode::ok;
}

Result<ExitCode> recover(CommandContext& context, const RecoverOptions& options) {
  if (options.version.empty()) {
    return Error{Errc::invalid_input, "expected a version, found none",
                 "packhouse recover VERSION --reason WHY"};
  }
  TRY(auto version, source::parse_release_version(options.version));
  TRY(auto approvals, read_approvals(options.approvals, context));
  TRY(auto state, context.state_folder());
  TRY(const auto release_context, ReleaseContext::open(context));
  const DeskConfiguration& configuration = release_context->configuration();
  CHECK_OK(source::check_version(configuration.policy, version));
  const source::RecoverRequest request{.version = std::move(version),
                                       .reason = options.reason,
                                       .anew = options.anew,
                                       .folder = context.project_folder(),
                                       .state = std::move(state),
                                       .actor = context.actor(),
                                       .api = forge_question(*configuration.forge).url,
                                       .approvals = std::move(approvals),
                                       .environment = inherited_environment()};
  const auto outcome = desk::recover(release_context->settings(), configuration.recovery,
                                     configuration.checklist, request, release_context->tools());
  return finish(context, configuration.policy, options.version, outcome);
}

ExitCode run_recover(const RecoverOptions& options) {
  return with_guarded_context(options.desk,
                              [&](CommandContext& context) { return recover(context, options); });
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
  register_reconcile(command);
}

}  // namespace packhouse::app
